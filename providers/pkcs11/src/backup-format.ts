import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  decodeBase64Url,
  encodeBase64Url,
  freshOctets,
  integrityError,
  invalidArgument,
  KeyManagerError,
} from '@keyway/core/driver';
import type { JsonWebKey } from '@keyway/core/driver';
import type { JobCall } from './token/token.ts';

/** The key of one version in a backup. */
export interface BackupKey {
  readonly publicKey?: JsonWebKey | undefined;
  /** The private or secret key, wrapped by RFC 5649 under the backup key. */
  readonly wrapped: Uint8Array;
}

/** A key with all its versions. */
export interface BackupContent {
  /** What the vault keeps about it, as it keeps it. */
  readonly document: string;
  /** CKA_ID of the backup key that has wrapped, which stays on its token. */
  readonly wrappingKey: Uint8Array;
  /** In the order of the document's versions. */
  readonly keys: readonly BackupKey[];
}

/** The keys on the token that authenticate what the vault writes. The code under the first one is written. */
export interface Authenticator {
  codes(message: Uint8Array, call: JobCall): Promise<readonly Uint8Array[]>;
}

const magic = new TextEncoder().encode('KWPB');
const formatOctet = 1;
const headLength = magic.length + 1;
const codeLength = 32;
const saltLength = 16;
const tagLength = 16;
/** The key is of one salt, and so of one text: one IV will do. */
const iv = new Uint8Array(12);
const wrapFormat = 'AES-KWP';

/** What a code is over: the same keys also authenticate records. */
function message(namespace: string, octets: Uint8Array): Uint8Array {
  return freshOctets(new TextEncoder().encode(`keyway-pkcs11 backup 1\0${namespace}\0`), octets);
}

/**
 * What the key that seals the text is made from. The keys of versions are wrapped by the token; their names, dates and tags are
 * nobody's business either.
 */
function sealMessage(namespace: string, salt: Uint8Array): Uint8Array {
  return freshOctets(new TextEncoder().encode(`keyway-pkcs11 backup seal 1\0${namespace}\0`), salt);
}

function sealText(text: Uint8Array, key: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  return freshOctets(cipher.update(text), cipher.final(), cipher.getAuthTag());
}

function openText(sealed: Uint8Array, key: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength });
  decipher.setAuthTag(sealed.subarray(-tagLength));
  try {
    return freshOctets(decipher.update(sealed.subarray(0, -tagLength)), decipher.final());
  } catch {
    throw integrityError();
  }
}

/** Canonical JSON: one order, no spaces. */
function formatText({ document, wrappingKey, keys }: BackupContent): string {
  return JSON.stringify([
    document,
    wrapFormat,
    encodeBase64Url(wrappingKey),
    keys.map(({ publicKey, wrapped }) => [publicKey ?? null, encodeBase64Url(wrapped)]),
  ]);
}

/**
 * Writes a backup: `'KWPB' ‖ 01 ‖ salt ‖ sealed text ‖ code`. The text is JSON of the document, the wrapping format, the
 * wrapping key and the wrapped keys, sealed with AES-256-GCM under HMAC-SHA-256 of the salt; the code is HMAC-SHA-256 over all
 * before it; both under a key of the token.
 */
export async function formatBackup(
  content: BackupContent,
  namespace: string,
  authenticator: Authenticator,
  call: JobCall,
): Promise<Uint8Array> {
  const salt = randomBytes(saltLength);
  const [key] = await authenticator.codes(sealMessage(namespace, salt), call);
  if (key?.length !== codeLength) throw integrityError();
  const sealed = sealText(new TextEncoder().encode(formatText(content)), key);
  key.fill(0);
  const octets = freshOctets(magic, Uint8Array.of(formatOctet), salt, sealed);
  const [code] = await authenticator.codes(message(namespace, octets), call);
  if (code?.length !== codeLength) throw integrityError();
  return freshOctets(octets, code);
}

/** Whether octets claim to be a backup. One octet of the magic may be wrong: then it is a damaged backup. */
function looksLikeBackup(bytes: Uint8Array): boolean {
  return magic.filter((octet, index) => bytes[index] === octet).length >= magic.length - 1;
}

/**
 * Reads a backup. Nothing of it is looked at before its code is found right.
 *
 * @throws ERR_INVALID_ARGUMENT for something that is no backup at all.
 * @throws ERR_INTEGRITY for a damaged one, and for one of another token or namespace.
 * @throws ERR_UNSUPPORTED for one of a later version.
 */
export async function parseBackup(
  bytes: Uint8Array,
  namespace: string,
  authenticator: Authenticator,
  call: JobCall,
): Promise<BackupContent> {
  if (!(bytes instanceof Uint8Array) || !looksLikeBackup(bytes)) {
    throw invalidArgument('This is not a backup of a PKCS#11 vault');
  }
  if (bytes.length < headLength + saltLength + tagLength + codeLength) throw integrityError();
  const octets = bytes.slice(0, -codeLength);
  const code = bytes.slice(-codeLength);
  const codes = await authenticator.codes(message(namespace, octets), call);
  const by = codes.findIndex((each) => each.length === codeLength && timingSafeEqual(each, code));
  if (by < 0) throw integrityError();
  if (bytes[magic.length] !== formatOctet) {
    throw new KeyManagerError(
      'ERR_UNSUPPORTED',
      'The backup is of a version that this release does not know',
    );
  }
  const salt = octets.subarray(headLength, headLength + saltLength);
  const key = (await authenticator.codes(sealMessage(namespace, salt), call))[by];
  if (key?.length !== codeLength) throw integrityError();
  const text = openText(octets.subarray(headLength + saltLength), key);
  key.fill(0);
  return parseText(new TextDecoder().decode(text));
}

function parseText(text: string): BackupContent {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw integrityError();
  }
  const [document, format, wrappingKey, keys, ...more] = Array.isArray(parsed)
    ? (parsed as readonly unknown[])
    : [];
  const id = typeof wrappingKey === 'string' ? decodeBase64Url(wrappingKey) : undefined;
  if (typeof document !== 'string' || format !== wrapFormat || id === undefined) throw integrityError();
  if (!Array.isArray(keys) || more.length > 0) throw integrityError();
  return { document, wrappingKey: id, keys: keys.map(toKey) };
}

function toKey(value: unknown): BackupKey {
  const [publicKey, wrapped, ...more] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  const octets = typeof wrapped === 'string' ? decodeBase64Url(wrapped) : undefined;
  if (octets === undefined || more.length > 0) throw integrityError();
  if (publicKey === null) return { wrapped: octets };
  if (typeof publicKey !== 'object') throw integrityError();
  return { publicKey: publicKey as JsonWebKey, wrapped: octets };
}
