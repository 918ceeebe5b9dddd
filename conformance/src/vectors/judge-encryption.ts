import { createDecipheriv } from 'node:crypto';
import type { AlgorithmName, EncryptionAlgorithm, KeyWrapAlgorithm } from '@keyway/core';
import { rsaKey } from './judge-signing.ts';
import type { GroupJudge } from './judge-vectors.ts';
import { isSame, octets, octKey, unlessRefused } from './vault-keys.ts';
import type { VaultKeys } from './vault-keys.ts';

/** RSA: decrypted by the vault. */
export function rsaDecryptJudge(algorithm: AlgorithmName, keys: VaultKeys): GroupJudge {
  const name = algorithm as EncryptionAlgorithm;
  return async (group) => {
    const client = await keys.client(rsaKey(group), algorithm, ['encrypt', 'decrypt']);
    return async ({ texts, result }) => {
      if ((texts['label'] ?? '') !== '') return { lacks: 'OAEP label' };
      const ciphertext = octets(texts, 'ct');
      const opened = await unlessRefused(client.decrypt(name, ciphertext));
      if (opened === undefined) return 'invalid';
      if (algorithm === 'RSA1_5' && result === 'invalid') {
        // Against Bleichenbacher a vault may answer bad padding with octets derived from key and ciphertext.
        const again = await client.decrypt(name, ciphertext);
        return isSame(again.plaintext, opened.plaintext) ? 'implicitly-rejected' : 'valid';
      }
      return isSame(opened.plaintext, octets(texts, 'msg')) ? 'valid' : 'invalid';
    };
  };
}

const aes = (size: number | undefined, mode: string): AlgorithmName => `A${size}${mode}` as AlgorithmName;

/** AES-GCM: decrypted by the vault; it makes its own vectors when it encrypts. */
export function gcmJudge(keys: VaultKeys): GroupJudge {
  return (group) => {
    const algorithm = aes(group.numbers['keySize'], 'GCM');
    return async ({ texts, result }) => {
      const iv = octets(texts, 'iv');
      if (iv.length !== 12 && result !== 'invalid')
        return { lacks: 'initialisation vector of other than 96 bits' };
      const client = await keys.client(octKey(texts['key'] ?? ''), algorithm, ['encrypt', 'decrypt']);
      const opening = client.decrypt(algorithm as EncryptionAlgorithm, octets(texts, 'ct'), {
        iv,
        authenticationTag: octets(texts, 'tag'),
        additionalAuthenticatedData: octets(texts, 'aad'),
      });
      const opened = await unlessRefused(opening);
      return opened !== undefined && isSame(opened.plaintext, octets(texts, 'msg')) ? 'valid' : 'invalid';
    };
  };
}

/** AES-CBC with padding: decrypted and, where the vector is valid, encrypted again. */
export function cbcJudge(keys: VaultKeys): GroupJudge {
  return (group) => {
    const algorithm = aes(group.numbers['keySize'], 'CBCPAD');
    const name = algorithm as EncryptionAlgorithm;
    return async ({ texts, result }) => {
      const client = await keys.client(octKey(texts['key'] ?? ''), algorithm, ['encrypt', 'decrypt']);
      const ciphertext = octets(texts, 'ct');
      const iv = octets(texts, 'iv');
      const opened = await unlessRefused(client.decrypt(name, ciphertext, { iv }));
      if (opened === undefined) return 'invalid';
      const plaintext = octets(texts, 'msg');
      const again =
        result === 'valid' ? (await client.encrypt(name, plaintext, { iv })).ciphertext : ciphertext;
      return isSame(opened.plaintext, plaintext) && isSame(again, ciphertext) ? 'valid' : 'invalid';
    };
  };
}

/** AES key wrap: unwrapped and, where the vector is valid, wrapped again. */
export function keyWrapJudge(keys: VaultKeys): GroupJudge {
  return (group) => {
    const algorithm = aes(group.numbers['keySize'], 'KW');
    const name = algorithm as KeyWrapAlgorithm;
    return async ({ texts, result }) => {
      const client = await keys.client(octKey(texts['key'] ?? ''), algorithm, ['wrapKey', 'unwrapKey']);
      const wrapped = octets(texts, 'ct');
      const opened = await unlessRefused(client.unwrapKey(name, wrapped));
      if (opened === undefined) return 'invalid';
      const secret = octets(texts, 'msg');
      const again = result === 'valid' ? (await client.wrapKey(name, secret)).encryptedKey : wrapped;
      return isSame(opened.key, secret) && isSame(again, wrapped) ? 'valid' : 'invalid';
    };
  };
}

/**
 * Opens AES key wrap with padding (RFC 5649), outside any vault: how the suite reads a released key.
 *
 * @returns Nothing where it does not open.
 */
export function unwrapPadded(key: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  const cipher = `id-aes${key.length * 8}-wrap-pad`;
  try {
    const decipher = createDecipheriv(cipher, key, Buffer.from('a65959a6', 'hex'));
    return Buffer.concat([decipher.update(wrapped), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** AES key wrap with padding: no algorithm of its own, but what the suite reads released keys with. */
export const paddedKeyWrapJudge: GroupJudge =
  () =>
  ({ texts }) => {
    const opened = unwrapPadded(octets(texts, 'key'), octets(texts, 'ct'));
    return Promise.resolve(
      opened !== undefined && isSame(opened, octets(texts, 'msg')) ? 'valid' : 'invalid',
    );
  };
