import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { HashName } from './algorithms.ts';
import { invalidArgument } from './errors.ts';
import { freshOctets } from './fresh-octets.ts';
import type { KeyExportEncryptionAlgorithm } from './key-types.ts';

/** The hash of RSA-OAEP, for label and MGF1, of each way to wrap a key that is released or imported. */
const oaepHashes: Readonly<Record<KeyExportEncryptionAlgorithm, HashName>> = {
  CKM_RSA_AES_KEY_WRAP: 'sha1',
  RSA_AES_KEY_WRAP_256: 'sha256',
  RSA_AES_KEY_WRAP_384: 'sha384',
};

/** The alternative initial value of RFC 5649 section 3. */
const paddedWrapIv = Uint8Array.of(0xa6, 0x59, 0x59, 0xa6);

/**
 * Wraps octets of any length from 1 with AES key wrap with padding (RFC 5649, `CKM_AES_KEY_WRAP_KWP`).
 *
 * @param key 16, 24 or 32 octets.
 */
export function wrapPadded(key: Uint8Array, octets: Uint8Array): Uint8Array {
  const cipher = createCipheriv(`id-aes${key.length * 8}-wrap-pad`, key, paddedWrapIv);
  return freshOctets(cipher.update(octets), cipher.final());
}

/**
 * Wraps octets for the holder of an RSA key (PKCS#11 v3.0 section 2.1.21, `CKM_RSA_AES_KEY_WRAP`):
 * `RSA-OAEP(fresh AES-256 key) ‖ AES-KWP(octets)`. The first part is as long as the modulus.
 *
 * @throws ERR_INVALID_ARGUMENT for another algorithm.
 */
export function rsaAesKeyWrap(
  algorithm: KeyExportEncryptionAlgorithm,
  publicKey: KeyObject,
  octets: Uint8Array,
): Uint8Array {
  // An absent hash would silently be SHA-1.
  if (!Object.hasOwn(oaepHashes, algorithm)) throw invalidArgument('This is not a key export algorithm');
  const key = randomBytes(32);
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const encryptedKey = publicEncrypt({ key: publicKey, padding, oaepHash: oaepHashes[algorithm] }, key);
    return freshOctets(encryptedKey, wrapPadded(key, octets));
  } finally {
    key.fill(0);
  }
}
