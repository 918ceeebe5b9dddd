import { equal, ok } from 'node:assert/strict';
import type {
  CryptographyClient,
  EncryptionAlgorithm,
  EncryptionAlgorithmRow,
  KeyWrapAlgorithm,
} from '@keyway/core';
import type { CaseContext } from './case-context.ts';
import { importOf, kindFor } from './key-kinds.ts';
import { makeTwoVersions, shareKey } from './make-key.ts';
import type { MadeKey, MakeKeyOptions, TwoVersions } from './make-key.ts';
import { decryptOutside } from './outside/encryption.ts';
import { opensslDecrypts } from './outside/openssl.ts';
import type { AnyOf } from './requires.ts';

/** What the cases encrypt: whole blocks, because CBC without padding needs them. */
export const plaintext: Uint8Array = new TextEncoder().encode(
  'Forty-eight octets, three blocks of sixteen each',
);

/** A symmetric key to be wrapped. */
export const keyToWrap: Uint8Array = Uint8Array.from({ length: 32 }, (_, index) => 255 - 7 * index);

function encrypting(row: EncryptionAlgorithmRow): MakeKeyOptions {
  return { keyOperations: row.operations, origin: row.mode === 'provider' ? 'created' : 'imported' };
}

/** Gives a key for an encryption or wrap algorithm, shared with other cases; imported, so that it can be checked outside. */
export function makeEncryptionKey(
  context: CaseContext,
  row: EncryptionAlgorithmRow,
  options: MakeKeyOptions = {},
): Promise<MadeKey> {
  return shareKey(context, kindFor(row), { ...encrypting(row), ...options });
}

/** Gives a key that is to have two versions. */
export function makeTwoEncryptionVersions(
  context: CaseContext,
  row: EncryptionAlgorithmRow,
): Promise<TwoVersions> {
  return makeTwoVersions(context, kindFor(row), encrypting(row));
}

/** The requirement that `makeEncryptionKey` can make its key. */
export function encryptionKey(row: EncryptionAlgorithmRow): AnyOf {
  if (row.mode !== 'provider') return importOf(kindFor(row));
  return {
    anyOf: [
      { operation: 'createKey', keyType: 'oct', size: 256 },
      { operation: 'createKey', keyType: 'oct-HSM', size: 256 },
    ],
  };
}

/** The algorithm, typed for `encrypt`. */
export function encryptionName(row: EncryptionAlgorithmRow): EncryptionAlgorithm {
  return row.name as EncryptionAlgorithm;
}

/** The algorithm, typed for `wrapKey`. */
export function wrapName(row: EncryptionAlgorithmRow): KeyWrapAlgorithm {
  return row.name as KeyWrapAlgorithm;
}

/** Opens outside what the vault (or core) has sealed, by node:crypto and, where it can, by the openssl program. */
export async function checkOpens(
  context: CaseContext,
  row: EncryptionAlgorithmRow,
  key: MadeKey,
  sealed: {
    readonly ciphertext: Uint8Array;
    readonly iv?: Uint8Array | undefined;
    readonly authenticationTag?: Uint8Array | undefined;
  },
  expected: Uint8Array,
  aad?: Uint8Array,
): Promise<void> {
  if (key.privateKey === undefined) throw new Error('A check outside needs a key that was made outside');
  ok(decryptOutside(row, key.privateKey, sealed, aad).equals(expected), 'node:crypto opens it');
  if (!context.openssl || row.mode === 'gcm') return;
  const iv = sealed.iv === undefined ? undefined : Buffer.from(sealed.iv);
  const opened = await opensslDecrypts(row, key.privateKey, { ciphertext: sealed.ciphertext, iv });
  ok(opened.equals(expected), 'openssl opens it');
}

/** Checks the shape of what `encrypt` gives. */
export function checkParts(
  row: EncryptionAlgorithmRow,
  parts: { readonly iv: Uint8Array | undefined; readonly authenticationTag: Uint8Array | undefined },
): void {
  if (row.mode === 'provider') return;
  equal(parts.iv?.length, row.ivLength, 'the IV has its length');
  equal(parts.authenticationTag?.length, row.tagLength, 'the tag has its length');
}

/** Both ways of asking, where the vault has both: RSA runs in this process, or at the vault. */
export async function clientsFor(
  context: CaseContext,
  row: EncryptionAlgorithmRow,
  key: MadeKey,
): Promise<readonly CryptographyClient[]> {
  const operation = row.operations.includes('encrypt') ? 'encrypt' : 'wrapKey';
  const auto = await context.manager.getCryptographyClient(key.name);
  const { by } = context.capabilities.supports({ operation, algorithm: row.name });
  if (!row.local || by !== 'driver') return [auto];
  return [auto, await context.manager.getCryptographyClient(key.name, { execution: 'remote' })];
}

/** A copy with one bit changed. */
export function changed(octets: Uint8Array, at: number = octets.length >> 1): Uint8Array {
  const copy = Uint8Array.from(octets);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
