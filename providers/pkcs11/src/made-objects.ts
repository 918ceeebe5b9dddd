import { KeyManagerError, spkiDigest } from '@keyway/core/driver';
import type { JsonWebKey } from '@keyway/core/driver';
import type { KeyKind } from './key-kind.ts';
import { secretClassOf, usageTemplate } from './key-templates.ts';
import { provePair } from './prove-pair.ts';
import type { JobCall } from './token/token.ts';
import type { AttributeName, Attributes } from './token/attributes.ts';
import type { TokenAccess } from './token-access.ts';

/** What is known of new objects, all of it checked. */
export interface MadeObjects {
  /** Public members only; absent for symmetric keys. Proved to belong to the private key. */
  readonly publicKey?: JsonWebKey | undefined;
  /** SHA-256 over the SubjectPublicKeyInfo: belongs into the record of the version. */
  readonly publicKeyDigest?: Uint8Array | undefined;
  /** Bits of the RSA modulus or of the symmetric key. */
  readonly size?: number | undefined;
  /** Whether the token says that it made the key itself. Some say no of all keys. */
  readonly local: boolean;
  readonly extractable: boolean;
  /** The new objects themselves, as long as this process knows them by their handles. */
  readonly objects: readonly bigint[];
}

/** What is read back of a new key. */
const checkedNames = [
  'token',
  'private',
  'sensitive',
  'extractable',
  'alwaysSensitive',
  'neverExtractable',
  'local',
] as const satisfies readonly AttributeName[];

/** Objects that were just made. */
export interface FreshObjects {
  /** The private or secret key. */
  readonly key: bigint;
  readonly kind: KeyKind;
  /** Whether the token has made the key, so that it can never have been outside. */
  readonly generated: boolean;
  readonly publicKey?: JsonWebKey | undefined;
  /** The public object beside it. */
  readonly publicObject?: bigint | undefined;
}

function notAsAsked(what: string): KeyManagerError {
  return new KeyManagerError('ERR_UNSUPPORTED', `The token did not keep the key as it was told: ${what}`, {
    provider: 'pkcs11',
  });
}

function checkKept(attributes: Attributes, { kind, generated }: FreshObjects): void {
  const wanted: Attributes = {
    token: true,
    private: true,
    sensitive: true,
    extractable: kind.backup === true,
    ...(generated ? { alwaysSensitive: true, neverExtractable: kind.backup !== true } : {}),
  };
  for (const name of checkedNames) {
    const value = wanted[name];
    if (value !== undefined && attributes[name] !== value)
      throw notAsAsked(`${name} is not ${String(value)}`);
  }
}

/**
 * Checks new objects: kept as they were told to be, and, for pairs, the private key belonging to the public one.
 *
 * @throws ERR_UNSUPPORTED for a token that did otherwise, ERR_INTEGRITY for halves that do not fit.
 */
export async function checkFresh(
  { token, features }: TokenAccess,
  fresh: FreshObjects,
  call: JobCall,
): Promise<MadeObjects> {
  const { key, kind, publicKey } = fresh;
  const attributes = await token.run('read', { object: { handle: key }, attributes: checkedNames }, call);
  checkKept(attributes, fresh);
  const objects = fresh.publicObject === undefined ? [key] : [key, fresh.publicObject];
  const facts = {
    local: attributes.local === true,
    extractable: attributes.extractable === true,
    objects,
  };
  if (publicKey === undefined) return { ...facts, size: kind.size };
  const { sign = false, decrypt = false } = usageTemplate(secretClassOf(kind), kind, features);
  const proof = { token, features, key: { handle: key }, publicJwk: publicKey };
  if ((await provePair(proof, { sign, decrypt }, call)) === false) {
    throw new KeyManagerError(
      'ERR_INTEGRITY',
      'The token gave a public key that its private key does not fit',
    );
  }
  return { ...facts, size: kind.size, publicKey, publicKeyDigest: spkiDigest(publicKey) };
}
