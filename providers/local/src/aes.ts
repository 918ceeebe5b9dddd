import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { freshOctets, integrityError, invalidArgument } from '@keyway/core/driver';
import type { CiphertextParts, EncryptionAlgorithmRow } from '@keyway/core/driver';
import { aesNames } from './algorithms.ts';

/** Associated data that is absent and associated data of no octets are the same to GCM. */
const nothing = new Uint8Array();

function names(row: EncryptionAlgorithmRow): (typeof aesNames)[number] {
  const found = aesNames[row.size ?? 256];
  if (found === undefined) throw invalidArgument(`${row.name} is not an AES algorithm`);
  return found;
}

/** Encrypts with AES-GCM under a fresh random 96-bit IV; 128-bit tag (NIST SP 800-38D). */
export function encryptGcm(
  row: EncryptionAlgorithmRow,
  key: KeyObject,
  plaintext: Uint8Array,
  aad?: Uint8Array,
): CiphertextParts {
  const iv = octetsOf(randomBytes(12));
  const cipher = createCipheriv(names(row).gcm, key, iv);
  if (aad !== undefined) cipher.setAAD(aad);
  const ciphertext = joined(cipher.update(plaintext), cipher.final());
  return { ciphertext, iv, authenticationTag: octetsOf(cipher.getAuthTag()) };
}

/** The octets of a Buffer that node:crypto has made for us alone. */
function octetsOf(made: Buffer): Uint8Array {
  return new Uint8Array(made.buffer, made.byteOffset, made.length);
}

/** `final` of a stream mode gives nothing: then there is nothing to copy. */
function joined(first: Buffer, last: Buffer): Uint8Array {
  if (last.length === 0) return octetsOf(first);
  const whole = freshOctets(first, last);
  first.fill(0);
  last.fill(0);
  return whole;
}

/** Decrypts AES-GCM. @throws ERR_INTEGRITY */
export function decryptGcm(
  row: EncryptionAlgorithmRow,
  key: KeyObject,
  parts: CiphertextParts,
  aad: Uint8Array = nothing,
): Uint8Array {
  const { iv, authenticationTag, ciphertext } = parts;
  if (iv?.length !== 12 || authenticationTag?.length !== 16) throw integrityError();
  const decipher = createDecipheriv(names(row).gcm, key, iv, { authTagLength: 16 });
  decipher.setAAD(aad);
  decipher.setAuthTag(authenticationTag);
  const plaintext = decipher.update(ciphertext);
  try {
    return joined(plaintext, decipher.final());
  } catch {
    plaintext.fill(0);
    throw integrityError();
  }
}

/** Encrypts with AES-CBC: whole blocks, or with PKCS#7 padding. */
export function encryptCbc(
  row: EncryptionAlgorithmRow,
  key: KeyObject,
  plaintext: Uint8Array,
  iv: Uint8Array,
): CiphertextParts {
  const padded = row.mode === 'cbcpad';
  if (!padded && plaintext.length % 16 !== 0)
    throw invalidArgument(`${row.name} takes a multiple of 16 octets`);
  const cipher = createCipheriv(names(row).cbc, key, iv).setAutoPadding(padded);
  return { ciphertext: freshOctets(cipher.update(plaintext), cipher.final()), iv };
}

/** Decrypts AES-CBC. @throws ERR_INTEGRITY */
export function decryptCbc(row: EncryptionAlgorithmRow, key: KeyObject, parts: CiphertextParts): Uint8Array {
  if (parts.iv?.length !== 16) throw integrityError();
  const decipher = createDecipheriv(names(row).cbc, key, parts.iv).setAutoPadding(row.mode === 'cbcpad');
  const plaintext = decipher.update(parts.ciphertext);
  try {
    return joined(plaintext, decipher.final());
  } catch {
    plaintext.fill(0);
    throw integrityError();
  }
}

/** The initial value of RFC 3394 section 2.2.3.1. */
const wrapIv = new Uint8Array(8).fill(0xa6);

/** Wraps a key with AES-KW (RFC 3394). */
export function wrapAes(row: EncryptionAlgorithmRow, key: KeyObject, keyToWrap: Uint8Array): Uint8Array {
  if (keyToWrap.length < 16 || keyToWrap.length % 8 !== 0) {
    throw invalidArgument(`${row.name} wraps a multiple of 8 octets, at least 16`);
  }
  const cipher = createCipheriv(names(row).wrap, key, wrapIv);
  return freshOctets(cipher.update(keyToWrap), cipher.final());
}

/** Unwraps a key with AES-KW. @throws ERR_INTEGRITY */
export function unwrapAes(row: EncryptionAlgorithmRow, key: KeyObject, wrappedKey: Uint8Array): Uint8Array {
  if (wrappedKey.length < 24 || wrappedKey.length % 8 !== 0) throw integrityError();
  try {
    const decipher = createDecipheriv(names(row).wrap, key, wrapIv);
    return joined(decipher.update(wrappedKey), decipher.final());
  } catch {
    throw integrityError();
  }
}

const formatOctet = 1;
const saltLength = 32;
const tagLength = 16;

/** A key and nonce for one message only, so that no number of messages wears out the vault's key. */
function messageKey(key: KeyObject, salt: Uint8Array, purpose: string): { key: Uint8Array; iv: Uint8Array } {
  const derived = new Uint8Array(hkdfSync('sha256', key, salt, `keyway-local provider 1 ${purpose}`, 44));
  return { key: derived.subarray(0, 32), iv: derived.subarray(32) };
}

/**
 * Encrypts in this vault's own format: `01 ‖ salt (32) ‖ AES-256-GCM ciphertext ‖ tag (16)`, with key and nonce made by
 * HKDF-SHA-256 from the vault's key, the salt and the purpose (`encrypt` or `wrapKey`).
 */
export function sealForProvider(
  key: KeyObject,
  purpose: 'encrypt' | 'wrapKey',
  plaintext: Uint8Array,
  aad: Uint8Array = nothing,
): Uint8Array {
  const salt = randomBytes(saltLength);
  const message = messageKey(key, salt, purpose);
  const cipher = createCipheriv('aes-256-gcm', message.key, message.iv);
  cipher.setAAD(aad);
  const parts = [cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
  message.key.fill(0);
  return freshOctets(Uint8Array.of(formatOctet), salt, ...parts);
}

/** Opens this vault's own format. @throws ERR_INTEGRITY */
export function openForProvider(
  key: KeyObject,
  purpose: 'encrypt' | 'wrapKey',
  sealed: Uint8Array,
  aad: Uint8Array = nothing,
): Uint8Array {
  const start = 1 + saltLength;
  if (sealed.length < start + tagLength || sealed[0] !== formatOctet) throw integrityError();
  const message = messageKey(key, sealed.subarray(1, start), purpose);
  const decipher = createDecipheriv('aes-256-gcm', message.key, message.iv);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-tagLength));
  message.key.fill(0);
  const plaintext = decipher.update(sealed.subarray(start, -tagLength));
  try {
    return joined(plaintext, decipher.final());
  } catch {
    plaintext.fill(0);
    throw integrityError();
  }
}
