import {
  constants,
  createCipheriv,
  createDecipheriv,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import type { CipherGCM, DecipherGCM } from 'node:crypto';
import type { EncryptionAlgorithmRow, JsonWebKey } from '@keyway/core';
import { outsidePrivateKey, outsidePublicKey, outsideSecret } from './public-key.ts';

/** A ciphertext in its parts. */
export interface OutsideCiphertext {
  readonly ciphertext: Buffer;
  readonly iv?: Buffer | undefined;
  readonly authenticationTag?: Buffer | undefined;
}

/** Encrypts with a public RSA or a symmetric JWK, by node:crypto. `aad` goes with GCM. */
export function encryptOutside(
  row: EncryptionAlgorithmRow,
  key: JsonWebKey,
  plaintext: Uint8Array,
  aad?: Uint8Array,
): OutsideCiphertext {
  if (row.family === 'RSA') {
    return { ciphertext: publicEncrypt({ key: outsidePublicKey(key), ...padding(row) }, plaintext) };
  }
  if (row.mode === 'kw') return { ciphertext: wrapOutside(row, key, plaintext) };
  const iv = randomBytes(row.ivLength ?? 16);
  const cipher = createCipheriv(cipherName(row), outsideSecret(key), iv);
  cipher.setAutoPadding(row.mode === 'cbcpad');
  if (aad !== undefined) (cipher as CipherGCM).setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  if (row.mode !== 'gcm') return { ciphertext, iv };
  return { ciphertext, iv, authenticationTag: (cipher as CipherGCM).getAuthTag() };
}

/** Decrypts with a private RSA or a symmetric JWK, by node:crypto. Throws where that fails. */
export function decryptOutside(
  row: EncryptionAlgorithmRow,
  key: JsonWebKey,
  parts: {
    readonly ciphertext: Uint8Array;
    readonly iv?: Uint8Array | undefined;
    readonly authenticationTag?: Uint8Array | undefined;
  },
  aad?: Uint8Array,
): Buffer {
  if (row.family === 'RSA') {
    return privateDecrypt({ key: outsidePrivateKey(key), ...padding(row) }, parts.ciphertext);
  }
  if (row.mode === 'kw') return unwrapOutside(row, key, parts.ciphertext);
  if (parts.iv === undefined) throw new Error('The ciphertext has no IV');
  const decipher = createDecipheriv(cipherName(row), outsideSecret(key), parts.iv);
  decipher.setAutoPadding(row.mode === 'cbcpad');
  if (row.mode === 'gcm') (decipher as DecipherGCM).setAuthTag(parts.authenticationTag ?? Buffer.alloc(0));
  if (aad !== undefined) (decipher as DecipherGCM).setAAD(aad);
  return Buffer.concat([decipher.update(parts.ciphertext), decipher.final()]);
}

function wrapOutside(row: EncryptionAlgorithmRow, key: JsonWebKey, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv(cipherName(row), outsideSecret(key), keyWrapIv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

function unwrapOutside(row: EncryptionAlgorithmRow, key: JsonWebKey, wrapped: Uint8Array): Buffer {
  const decipher = createDecipheriv(cipherName(row), outsideSecret(key), keyWrapIv);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

/** RFC 3394 section 2.2.3.1. */
const keyWrapIv = Buffer.from('a6a6a6a6a6a6a6a6', 'hex');

/** node:crypto's name of a symmetric algorithm. */
function cipherName(row: EncryptionAlgorithmRow): string {
  if (row.mode === 'kw') return `aes${row.size}-wrap`;
  return `aes-${row.size}-${row.mode === 'gcm' ? 'gcm' : 'cbc'}`;
}

function padding(row: EncryptionAlgorithmRow): { padding: number; oaepHash?: string } {
  if (row.mode === 'pkcs1') return { padding: constants.RSA_PKCS1_PADDING };
  return {
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    ...(row.hash === undefined ? {} : { oaepHash: row.hash }),
  };
}
