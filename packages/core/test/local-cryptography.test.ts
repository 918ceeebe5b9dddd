import { createPublicKey, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encryptWithPublicKey, maxRsaPlaintext } from '../src/local-cryptography.ts';
import { opensslDecrypt } from './openssl.ts';
import { encryptionRow } from './signature-rows.ts';

const keys = ([2048, 3072] as const).map(
  (bits) => [bits, generateKeyPairSync('rsa', { modulusLength: bits }).privateKey] as const,
);
const paddings = {
  RSA1_5: ['rsa_padding_mode:pkcs1'],
  'RSA-OAEP': ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha1', 'rsa_mgf1_md:sha1'],
  'RSA-OAEP-256': ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'],
} as const;
const names = ['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256'] as const;
const cells = names.flatMap((name) => keys.map(([bits, key]) => [name, bits, key] as const));

describe('encryption with an RSA public key', () => {
  it.each(cells)(
    '%s with %i bits: openssl decrypts it, from nothing to the longest plaintext',
    (name, bits, privateKey) => {
      const row = encryptionRow(name);
      const publicKey = createPublicKey(privateKey);
      const most = maxRsaPlaintext(row, bits);
      for (const length of [0, 1, 32, most]) {
        const plaintext = new Uint8Array(length).fill(0xa5);
        const ciphertext = encryptWithPublicKey(row, publicKey, plaintext);
        expect(Object.getPrototypeOf(ciphertext)).toBe(Uint8Array.prototype);
        expect(ciphertext).toHaveLength(bits / 8);
        expect(opensslDecrypt(privateKey, ciphertext, paddings[name])).toEqual(plaintext);
      }
    },
  );

  it.each(cells)(
    '%s with %i bits: one octet too many is refused, without the plaintext in the message',
    (name, bits, privateKey) => {
      const row = encryptionRow(name);
      const plaintext = Buffer.alloc(maxRsaPlaintext(row, bits) + 1, 'secret');
      const encrypt = () => encryptWithPublicKey(row, createPublicKey(privateKey), plaintext);
      expect(encrypt).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
      expect(encrypt).not.toThrow(/secret/);
    },
  );

  it.each([
    ['RSA1_5', 2048, 245],
    ['RSA-OAEP', 2048, 214],
    ['RSA-OAEP-256', 2048, 190],
    ['RSA-OAEP-256', 4096, 446],
  ])('%s takes at most %i bits: %i octets (RFC 8017 section 7)', (name, bits, most) => {
    expect(maxRsaPlaintext(encryptionRow(name), bits)).toBe(most);
  });

  it('comes back from node:crypto, and is never twice the same', () => {
    const [, privateKey] = keys[0] ?? [];
    if (privateKey === undefined) throw new Error('There is no key');
    const publicKey = createPublicKey(privateKey);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 190 }), (plaintext) => {
        const row = encryptionRow('RSA-OAEP-256');
        const ciphertext = encryptWithPublicKey(row, publicKey, plaintext);
        expect(new Uint8Array(privateDecrypt({ key: privateKey, oaepHash: 'sha256' }, ciphertext))).toEqual(
          plaintext,
        );
        expect(encryptWithPublicKey(row, publicKey, plaintext)).not.toEqual(ciphertext);
      }),
      { numRuns: 20 },
    );
  });

  it('is not for a symmetric algorithm, and needs an RSA key', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
    expect(() => encryptWithPublicKey(encryptionRow('A256GCM'), publicKey, new Uint8Array(1))).toThrow(
      invalid,
    );
    expect(() => encryptWithPublicKey(encryptionRow('RSA-OAEP'), publicKey, new Uint8Array(1))).toThrow(
      invalid,
    );
  });
});
