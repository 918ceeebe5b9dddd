import { KeyManagerError } from '@keyway/core/driver';
import type { KeyCurveName } from '@keyway/core/driver';
import { ecParameters } from './ec-parameters.ts';
import type { KeyKind } from './key-kind.ts';
import { materialOf, objectTemplate } from './key-templates.ts';
import { requireBackupOf } from './key-wrapping.ts';
import { checkFresh } from './made-objects.ts';
import type { MadeObjects } from './made-objects.ts';
import { ckm } from './mechanisms.ts';
import { findObjects } from './object-set.ts';
import { publicAttributeNames, publicJwkOf } from './public-attributes.ts';
import { repeatFailed } from './repeat-failed.ts';
import type { Template } from './token/attributes.ts';
import type { Mechanism } from './token/mechanism.ts';
import type { JobCall } from './token/token.ts';
import type { ObjectPlace, TokenAccess } from './token-access.ts';
import { formOf } from './token-features.ts';
import type { TokenFeatures } from './token-features.ts';

/** 65537, the exponent of every RSA key that is made here. */
const publicExponent = Uint8Array.of(1, 0, 1);

/** How a pair is generated: the mechanism, and what its public template says of the material. */
export function pairGeneration(
  material: 'RSA' | KeyCurveName,
  size: number | undefined,
  features: Pick<TokenFeatures, 'make Ed25519'>,
): { readonly mechanism: Mechanism; readonly material: Template } {
  if (material === 'RSA') {
    return {
      mechanism: { type: ckm.rsaKeyPairGen },
      material: { modulusBits: size ?? 2048, publicExponent },
    };
  }
  const finding = features['make Ed25519'];
  const form = finding.works && finding.form === 'name' ? 'name' : 'oid';
  return {
    mechanism: { type: material === 'Ed25519' ? ckm.ecEdwardsKeyPairGen : ckm.ecKeyPairGen },
    material: { ecParams: ecParameters(material, form) },
  };
}

/** Destroys what a failed making has left, as far as that works: the first error is the one to tell. */
export async function discard(
  { token }: Pick<TokenAccess, 'token'>,
  handles: readonly bigint[],
  call: JobCall,
): Promise<void> {
  for (const handle of handles) {
    try {
      await token.run('destroy', { object: { handle } }, call);
    } catch {
      // The flow that asked sweeps what stays under its CKA_ID.
    }
  }
}

/** Whether anything is there of a version whose making has failed: then that is for the flow to take back. */
async function leftOf(
  access: TokenAccess,
  { id }: ObjectPlace,
  call: JobCall,
): Promise<'something' | undefined> {
  const found = await findObjects(access, id, call);
  return Object.values(found).some(({ length }) => length > 0) ? 'something' : undefined;
}

async function generateSecret(
  access: TokenAccess,
  kind: KeyKind,
  place: ObjectPlace,
  call: JobCall,
): Promise<MadeObjects> {
  const { token, features } = access;
  const type = materialOf(kind) === 'AES' ? ckm.aesKeyGen : ckm.genericSecretKeyGen;
  const size = kind.size ?? 256;
  const template = { ...objectTemplate('secret', kind, place, features), valueLen: size / 8 };
  const key = await repeatFailed(
    () => token.run('generateKey', { mechanism: { type }, template }, call),
    () => leftOf(access, place, call),
    call,
  );
  try {
    return await checkFresh(access, { key, kind: { ...kind, size }, generated: true }, call);
  } catch (error) {
    await discard(access, [key], call);
    throw error;
  }
}

async function generatePair(
  access: TokenAccess,
  kind: KeyKind,
  place: ObjectPlace,
  call: JobCall,
): Promise<MadeObjects> {
  const { token, features } = access;
  const material = materialOf(kind) as 'RSA' | KeyCurveName;
  const size = material === 'RSA' ? (kind.size ?? 2048) : undefined;
  const generation = pairGeneration(material, size, features);
  const request = {
    mechanism: generation.mechanism,
    publicTemplate: { ...objectTemplate('public', kind, place, features), ...generation.material },
    privateTemplate: objectTemplate('private', kind, place, features),
  };
  const made = await repeatFailed(
    () => token.run('generateKeyPair', request, call),
    () => leftOf(access, place, call),
    call,
  );
  try {
    const object = { handle: made.publicKey };
    const publicKey = publicJwkOf(
      await token.run('read', { object, attributes: publicAttributeNames }, call),
    );
    if (publicKey === undefined) {
      throw new KeyManagerError(
        'ERR_INTEGRITY',
        'The token gave a public key that is none of what was asked for',
      );
    }
    const fresh = {
      key: made.privateKey,
      kind: { ...kind, size },
      generated: true,
      publicKey,
      publicObject: made.publicKey,
    };
    return await checkFresh(access, fresh, call);
  } catch (error) {
    await discard(access, [made.privateKey, made.publicKey], call);
    throw error;
  }
}

/**
 * Makes the objects of a new version on the token: hardened, usable for what was asked and nothing else, every attribute
 * read back.
 *
 * @throws ERR_UNSUPPORTED where the token cannot make such a key, or did not keep it as it was told.
 */
export async function generateObjects(
  access: TokenAccess,
  kind: KeyKind,
  place: ObjectPlace,
  call: JobCall,
): Promise<MadeObjects> {
  requireBackupOf(access.features, kind);
  const material = materialOf(kind);
  if (material === 'AES' || material === 'HMAC') return generateSecret(access, kind, place, call);
  return generatePair(access, kind, place, call);
}

/** `oid` or `name`: what CKA_EC_PARAMS of Ed25519 keys holds on this token. */
export function edwardsForm(features: TokenFeatures): 'oid' | 'name' {
  return formOf(features, 'make Ed25519') === 'name' ? 'name' : 'oid';
}
