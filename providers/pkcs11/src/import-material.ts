import { constants, createPrivateKey, createPublicKey, publicEncrypt } from 'node:crypto';
import type { JsonWebKeyInput } from 'node:crypto';
import {
  decodeBase64Url,
  freshOctets,
  invalidArgument,
  KeyManagerError,
  rsaAesKeyWrap,
  toPublicJwk,
} from '@keyway/core/driver';
import type { JsonWebKey } from '@keyway/core/driver';
import { oaep } from './algorithms.ts';
import type { KeyKind } from './key-kind.ts';
import { keyWrapPadded, oaepHash, requireBackupOf } from './key-wrapping.ts';
import { materialOf, objectTemplate, secretClassOf } from './key-templates.ts';
import { checkFresh } from './made-objects.ts';
import type { MadeObjects } from './made-objects.ts';
import { discard, edwardsForm } from './make-objects.ts';
import { plainTemplateOf } from './plain-material.ts';
import { pointOfJwk, publicTemplateOf } from './public-attributes.ts';
import type { Template } from './token/attributes.ts';
import type { JobCall } from './token/token.ts';
import type { ObjectPlace, TokenAccess } from './token-access.ts';
import { formOf, works } from './token-features.ts';
import { withWrappingPair } from './wrapping-pair.ts';

/** Material in the form in which it is wrapped. */
interface ImportableMaterial {
  /** PKCS#8 DER, or the plain octets of a symmetric key. Whoever holds it last must zero it. */
  readonly octets: Uint8Array;
  readonly publicKey: JsonWebKey | undefined;
}

/** Takes material from a private JWK that core has checked. */
function importableMaterial(jwk: JsonWebKey): ImportableMaterial {
  if (jwk.kty === 'oct') {
    const octets = decodeBase64Url(jwk.k ?? '');
    if (octets === undefined) throw invalidArgument('The key is not a symmetric JWK');
    return { octets, publicKey: undefined };
  }
  const input: Pick<JsonWebKeyInput, 'format'> & { key: unknown } = { key: jwk, format: 'jwk' };
  const key = createPrivateKey(input as JsonWebKeyInput);
  const der = key.export({ format: 'der', type: 'pkcs8' });
  try {
    return { octets: freshOctets(der), publicKey: toPublicJwk(createPublicKey(key)) };
  } finally {
    der.fill(0);
  }
}

/** Unwraps material on the token: symmetric keys directly, PKCS#8, which is too long for that, by a fresh AES key. */
function unwrapMaterial(
  { token, features }: Pick<TokenAccess, 'token' | 'features'>,
  { octets, publicKey }: ImportableMaterial,
  template: Template,
  call: JobCall,
): Promise<bigint> {
  const hash = oaepHash(features);
  return withWrappingPair(token, call, async (pair) => {
    const key = { handle: pair.privateKey };
    const mechanism = oaep(hash);
    if (publicKey === undefined) {
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      const wrapped = freshOctets(publicEncrypt({ key: pair.publicKey, padding, oaepHash: hash }, octets));
      return token.run('unwrap', { key, mechanism, wrapped, template }, call);
    }
    const twice = rsaAesKeyWrap(
      hash === 'sha256' ? 'RSA_AES_KEY_WRAP_256' : 'CKM_RSA_AES_KEY_WRAP',
      pair.publicKey,
      octets,
    );
    const modulus = (pair.publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
    const [wrappedKey, wrapped] = [twice.slice(0, modulus), twice.slice(modulus)];
    const inner = keyWrapPadded(features);
    return token.run('unwrapTwice', { key, mechanism, wrappedKey, inner, wrapped, template }, call);
  });
}

/** What a template of a private key holds beside the usual, where the token asks for it. */
export function unwrapExtras(
  { features }: Pick<TokenAccess, 'features'>,
  kind: KeyKind,
  publicKey: JsonWebKey | undefined,
): Template {
  const wanted = formOf(features, `unwrap ${materialOf(kind)}`) === 'nss-db' && publicKey?.kty === 'EC';
  return wanted ? { nssDb: pointOfJwk(publicKey) } : {};
}

async function putSecret(
  access: TokenAccess,
  kind: KeyKind,
  place: ObjectPlace,
  jwk: JsonWebKey,
  call: JobCall,
): Promise<{ readonly key: bigint; readonly publicKey: JsonWebKey | undefined }> {
  const { token, features } = access;
  const name = materialOf(kind);
  const template = objectTemplate(secretClassOf(kind), kind, place, features);
  const material = importableMaterial(jwk);
  const { publicKey } = material;
  try {
    if (works(features, `unwrap ${name}`)) {
      const whole = { ...template, ...unwrapExtras(access, kind, publicKey) };
      return { key: await unwrapMaterial(access, material, whole, call), publicKey };
    }
    if (!access.plainImport || !works(features, `create ${name}`)) throw cannotImport(access, kind);
    const plain = plainTemplateOf(jwk, edwardsForm(features));
    return { key: await token.run('create', { template: { ...template, ...plain } }, call), publicKey };
  } finally {
    material.octets.fill(0);
  }
}

function cannotImport({ features }: TokenAccess, kind: KeyKind): KeyManagerError {
  const name = materialOf(kind);
  const finding = features[`unwrap ${name}`];
  const reason = finding.works ? '' : finding.reason;
  return new KeyManagerError('ERR_UNSUPPORTED', `The token does not unwrap such a key: ${reason}`, {
    alternative: works(features, `create ${name}`) ? 'the option plainImport' : 'createKey',
  });
}

/**
 * Brings the objects of a new version in from outside: the private or secret key by unwrapping on the token, so that it
 * never passes the module in the clear, and the public object beside it.
 *
 * @throws ERR_UNSUPPORTED where the token does not unwrap such a key and plain attributes were not allowed.
 */
export async function importObjects(
  access: TokenAccess,
  kind: KeyKind,
  place: ObjectPlace,
  jwk: JsonWebKey,
  call: JobCall,
): Promise<MadeObjects> {
  requireBackupOf(access.features, kind);
  const { key, publicKey } = await putSecret(access, kind, place, jwk, call);
  return putPublic(access, { key, kind, generated: false, publicKey }, place, call);
}

/** Puts the public object beside a private key that came in, and checks both. What fails leaves nothing behind. */
export async function putPublic(
  access: TokenAccess,
  fresh: Parameters<typeof checkFresh>[1],
  place: ObjectPlace,
  call: JobCall,
): Promise<MadeObjects> {
  const { token, features } = access;
  const { key, kind, publicKey } = fresh;
  const handles = [key];
  try {
    let publicObject: bigint | undefined;
    if (publicKey !== undefined) {
      const template = {
        ...objectTemplate('public', kind, place, features),
        ...publicTemplateOf(publicKey, edwardsForm(features)),
      };
      publicObject = await token.run('create', { template }, call);
      handles.push(publicObject);
    }
    return await checkFresh(access, { ...fresh, publicObject }, call);
  } catch (error) {
    await discard(access, handles, call);
    throw error;
  }
}
