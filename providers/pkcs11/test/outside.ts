import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import type { CipherGCMTypes, KeyObject } from 'node:crypto';
import type { EncryptionAlgorithmRow, JsonWebKey, SignatureAlgorithmRow } from '@keyway/core/driver';

/** The same algorithms by node:crypto alone: nothing of Keyway, nothing of the token. */

const saltLengths = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;

function options(row: SignatureAlgorithmRow, key: KeyObject): Parameters<typeof verify>[2] {
  if (row.family === 'EC') return { key, dsaEncoding: 'ieee-p1363' };
  if (row.padding !== 'pss') return { key };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLengths[row.hash ?? 'sha256'] };
}

/** Signs data, or makes its MAC. */
export function signOutside(row: SignatureAlgorithmRow, key: KeyObject, data: Uint8Array): Uint8Array {
  if (row.family === 'oct') {
    return createHmac(row.hash ?? '', key)
      .update(data)
      .digest();
  }
  return sign(row.hash ?? null, data, options(row, key) as Parameters<typeof sign>[2]);
}

/** Verifies a signature. */
export function verifyOutside(
  row: SignatureAlgorithmRow,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (row.family === 'oct') return Buffer.from(signOutside(row, key, data)).equals(signature);
  return verify(row.hash ?? null, data, options(row, key), signature);
}

function rsa(row: EncryptionAlgorithmRow, key: KeyObject): Parameters<typeof publicEncrypt>[0] {
  if (row.mode === 'pkcs1') return { key, padding: constants.RSA_PKCS1_PADDING };
  return { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: row.hash };
}

/** A ciphertext in its parts. */
export interface Parts {
  readonly ciphertext: Uint8Array;
  readonly iv?: Uint8Array | undefined;
  readonly authenticationTag?: Uint8Array | undefined;
}

/** Encrypts, or wraps a key. */
export function encryptOutside(
  row: EncryptionAlgorithmRow,
  key: KeyObject,
  plaintext: Uint8Array,
  aad: Uint8Array = new Uint8Array(),
): Parts {
  if (row.family === 'RSA') return { ciphertext: publicEncrypt(rsa(row, key), plaintext) };
  if (row.mode === 'kw') {
    const cipher = createCipheriv(`id-aes${row.size}-wrap`, key, Buffer.alloc(8, 0xa6));
    return { ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final()]) };
  }
  if (row.mode === 'gcm') {
    const iv = randomBytes(12);
    const cipher = createCipheriv(`aes-${row.size}-gcm` as CipherGCMTypes, key, iv).setAAD(aad);
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return { ciphertext, iv, authenticationTag: cipher.getAuthTag() };
  }
  const iv = randomBytes(16);
  const cipher = createCipheriv(`aes-${row.size}-cbc`, key, iv).setAutoPadding(row.mode === 'cbcpad');
  return { ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final()]), iv };
}

/** Decrypts, or unwraps a key. */
export function decryptOutside(
  row: EncryptionAlgorithmRow,
  key: KeyObject,
  { ciphertext, iv = new Uint8Array(), authenticationTag = new Uint8Array() }: Parts,
  aad: Uint8Array = new Uint8Array(),
): Uint8Array {
  if (row.family === 'RSA') return privateDecrypt(rsa(row, key), ciphertext);
  if (row.mode === 'kw') {
    const decipher = createDecipheriv(`id-aes${row.size}-wrap`, key, Buffer.alloc(8, 0xa6));
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  }
  if (row.mode === 'gcm') {
    const decipher = createDecipheriv(`aes-${row.size}-gcm` as CipherGCMTypes, key, iv);
    decipher.setAAD(aad).setAuthTag(authenticationTag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  }
  const decipher = createDecipheriv(`aes-${row.size}-cbc`, key, iv).setAutoPadding(row.mode === 'cbcpad');
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

/** RFC 5649: what was wrapped under an AES key of 256 bits. */
export function unwrapPaddedOutside(key: Uint8Array, wrapped: Uint8Array): Buffer {
  const decipher = createDecipheriv('id-aes256-wrap-pad', key, Buffer.from('a65959a6', 'hex'));
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

const pairs = {
  'RSA-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'RSA-3072': () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
  'RSA-4096': () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  'P-256K': () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
} as const;

/** Kinds of pairs. */
export type PairName = keyof typeof pairs;

/** A new pair of the outside. */
export function outsidePair(name: PairName): {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
} {
  return pairs[name]();
}

/** The private JWK of a key, symmetric ones included. */
export function jwkOf(key: KeyObject): JsonWebKey {
  return key.export({ format: 'jwk' }) as JsonWebKey;
}
