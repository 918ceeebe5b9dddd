import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { freshOctets, integrityError } from '@keyway/core/driver';

const formatOctet = 1;
const ivLength = 12;
const tagLength = 16;

/**
 * Node decrypts into a buffer one octet longer than the result, copies the result, and frees the longer one as it is. In
 * pieces of so many octets, no freed buffer has held more of a secret than this, and each mostly gets the memory of the one
 * before.
 */
const pieceLength = 8;

/**
 * Seals octets with AES-256-GCM under a fresh random 96-bit IV (NIST SP 800-38D).
 *
 * The result is `01 ‖ IV (12) ‖ ciphertext ‖ tag (16)`. One key may seal up to 2^32 times.
 *
 * @param key 32 octets.
 * @param aad What the sealed octets are; they open with exactly the same only.
 */
export function sealBytes(key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength });
  cipher.setAAD(aad);
  return freshOctets(
    Uint8Array.of(formatOctet),
    iv,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  );
}

/**
 * Opens what {@link sealBytes} has made. The caller zeroes the result where it is secret.
 *
 * @throws ERR_INTEGRITY for whatever does not open, without detail.
 */
export function openBytes(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  const start = 1 + ivLength;
  if (sealed.length < start + tagLength || sealed[0] !== formatOctet) throw integrityError();
  const iv = sealed.subarray(1, start);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-tagLength));
  // Memory of its own: V8 moves short arrays of its heap about.
  const plaintext = new Uint8Array(new ArrayBuffer(sealed.length - start - tagLength));
  for (let at = 0; at < plaintext.length; at += pieceLength) {
    const piece = decipher.update(
      sealed.subarray(start + at, Math.min(start + at + pieceLength, sealed.length - tagLength)),
    );
    plaintext.set(piece, at);
    piece.fill(0);
  }
  try {
    decipher.final();
  } catch {
    plaintext.fill(0);
    throw integrityError();
  }
  return plaintext;
}
