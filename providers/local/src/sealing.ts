import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CryptographyClient, KeyWrapAlgorithm } from '@keyway/core';
import { freshOctets, integrityError, invalidArgument, KeyManagerError } from '@keyway/core/driver';
import { readKeyFile } from './key-file.ts';
import { defaultScrypt, derivePassphraseKey } from './scrypt-parameters.ts';
import { formatMethod, formatSealingHeader, isWrapAlgorithm, parseSealingHeader } from './sealing-header.ts';
import type { SealingMethod } from './sealing-header.ts';

export { openBytes, sealBytes } from './sealed-bytes.ts';

/**
 * What a vault is sealed with.
 *
 * - `passphrase`: through scrypt with a fresh salt; text is taken as UTF-8, as it is.
 * - `keyFile`, `key`: 32 octets. A vault that is sealed with one opens with the other, and all vaults that are sealed
 *   with the same octets have the same sealing key, so that they restore each other's backups.
 * - `keyManager`: a key of another vault wraps a fresh random key. The client must be of the same version at each opening.
 *   A symmetric key also vouches for the header; with an RSA key, whoever knows its public half can make one.
 */
export type SealingSource =
  | { readonly kind: 'passphrase'; readonly passphrase: Uint8Array | string }
  | { readonly kind: 'keyFile'; readonly path: string }
  | { readonly kind: 'key'; readonly key: Uint8Array }
  | {
      readonly kind: 'keyManager';
      readonly client: CryptographyClient;
      readonly algorithm: KeyWrapAlgorithm;
    };

/** What a vault stores about its sealing: canonical JSON without any secret. */
export interface SealingHeader {
  readonly text: string;
}

const keyLength = 32;

/** Seals for the first time. The caller zeroes the sealing key, which has 32 octets. */
export async function createSealing(
  source: SealingSource,
): Promise<{ readonly header: SealingHeader; readonly sealingKey: Uint8Array }> {
  const { method, root } = await createRoot(source);
  try {
    const text = formatSealingHeader({ method, check: checkValue(root, method) });
    return { header: { text }, sealingKey: derive(root, 'sealing key') };
  } finally {
    root.fill(0);
  }
}

/**
 * Gives the sealing key of a header again. The caller zeroes it.
 *
 * @throws ERR_UNAUTHENTICATED for another passphrase, key, wrapping key or kind of sealing.
 * @throws ERR_INTEGRITY for a header that is damaged, or asks for scrypt parameters out of bounds.
 */
export async function openSealing(header: SealingHeader, source: SealingSource): Promise<Uint8Array> {
  const { method, check } = parseSealingHeader(header.text);
  const root = await openRoot(method, source);
  try {
    if (!timingSafeEqual(checkValue(root, method), check)) throw wrongSecret(method);
    return derive(root, 'sealing key');
  } finally {
    root.fill(0);
  }
}

function derive(root: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', root, new Uint8Array(), `keyway-local ${purpose} 1`, keyLength));
}

function checkValue(root: Uint8Array, method: SealingMethod): Uint8Array {
  const key = derive(root, 'sealing check');
  const value = createHmac('sha256', key).update(formatMethod(method)).digest();
  key.fill(0);
  return value;
}

function wrongSecret({ kind }: SealingMethod): KeyManagerError {
  if (kind === 'keyManager') return integrityError();
  return unauthenticated(
    kind === 'passphrase' ? 'The passphrase does not open the vault' : 'The key does not open the vault',
  );
}

function unauthenticated(message: string, keyId?: string): KeyManagerError {
  return new KeyManagerError('ERR_UNAUTHENTICATED', message, { keyId });
}

/** A root is what sealing key and check value are derived from. The caller zeroes it. */
async function createRoot(source: SealingSource): Promise<{ method: SealingMethod; root: Uint8Array }> {
  switch (source.kind) {
    case 'passphrase': {
      const method = {
        kind: 'passphrase',
        scrypt: defaultScrypt,
        salt: Uint8Array.from(randomBytes(16)),
      } as const;
      return {
        method,
        root: await derivePassphraseKey(source.passphrase, method.salt, method.scrypt),
      };
    }
    case 'keyFile':
    case 'key':
      return { method: { kind: 'key' }, root: await readKey(source) };
    case 'keyManager':
      return wrapRoot(source);
  }
}

async function readKey(source: Extract<SealingSource, { kind: 'key' | 'keyFile' }>): Promise<Uint8Array> {
  if (source.kind === 'keyFile') return readKeyFile(source.path);
  if (!(source.key instanceof Uint8Array)) throw new TypeError('key must be a Uint8Array');
  if (source.key.length !== keyLength) throw invalidArgument(`The key must have ${keyLength} octets`);
  return freshOctets(source.key);
}

async function wrapRoot(
  source: Extract<SealingSource, { kind: 'keyManager' }>,
): Promise<{ method: SealingMethod; root: Uint8Array }> {
  const { client, algorithm } = source;
  if (!isWrapAlgorithm(algorithm))
    throw invalidArgument('The algorithm that seals the vault does not wrap keys');
  const root = freshOctets(randomBytes(keyLength));
  try {
    const { encryptedKey: wrapped } = await client.wrapKey(algorithm, root);
    return { method: { kind: 'keyManager', keyId: client.keyId, algorithm, wrapped }, root };
  } catch (error) {
    root.fill(0);
    throw error;
  }
}

const kindNames: Readonly<Record<SealingMethod['kind'], string>> = {
  passphrase: 'a passphrase',
  key: 'a key of 32 octets',
  keyManager: 'a key of another vault',
};

async function openRoot(method: SealingMethod, source: SealingSource): Promise<Uint8Array> {
  if (method.kind === 'passphrase' && source.kind === 'passphrase') {
    return derivePassphraseKey(source.passphrase, method.salt, method.scrypt);
  }
  if (method.kind === 'key' && (source.kind === 'key' || source.kind === 'keyFile')) return readKey(source);
  if (method.kind === 'keyManager' && source.kind === 'keyManager') return unwrapRoot(method, source);
  throw unauthenticated(`The vault is sealed with ${kindNames[method.kind]}, which was not given`);
}

async function unwrapRoot(
  method: Extract<SealingMethod, { kind: 'keyManager' }>,
  source: Extract<SealingSource, { kind: 'keyManager' }>,
): Promise<Uint8Array> {
  const { keyId, algorithm, wrapped } = method;
  if (source.client.keyId !== keyId)
    throw unauthenticated(`The vault is sealed with another key: ${keyId}`, keyId);
  if (source.algorithm !== algorithm)
    throw unauthenticated(`The vault is sealed with algorithm ${algorithm}`, keyId);
  return (await source.client.unwrapKey(algorithm, wrapped)).key;
}
