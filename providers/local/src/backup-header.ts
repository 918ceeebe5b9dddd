import { createHash } from 'node:crypto';
import {
  decodeBase64Url,
  encodeBase64Url,
  freshOctets,
  integrityError,
  invalidArgument,
  KeyManagerError,
} from '@keyway/core/driver';
import { checkScryptParameters } from './scrypt-parameters.ts';
import type { ScryptParameters } from './scrypt-parameters.ts';

/** What opens a backup: a backup key of a vault, by its id, or a passphrase. */
export type BackupMethod =
  | { readonly key: string }
  | { readonly scrypt: ScryptParameters; readonly salt: Uint8Array };

const magic = new TextEncoder().encode('KWLB');
const formatOctet = 1;
const textAt = 7;
const sumLength = 16;
const saltLength = 16;
const keyIdText = /^[0-9A-Za-z_-]{1,64}$/;

/** Canonical JSON: members in one order, no spaces. */
function formatMethod(method: BackupMethod): string {
  if ('key' in method) return JSON.stringify({ key: method.key });
  const { n, r, p } = method.scrypt;
  return JSON.stringify({ n, r, p, salt: encodeBase64Url(method.salt) });
}

function sumOf(octets: Uint8Array): Uint8Array {
  return createHash('sha256').update(octets).digest().subarray(0, sumLength);
}

/**
 * The header of a backup: `'KWLB' ‖ 01 ‖ length of the text (u16, big-endian) ‖ text ‖ sum`, where `sum` is the first 16
 * octets of SHA-256 over everything before it. The sum is no protection, which is the seal's: it tells a damaged header
 * from one of another vault, of another passphrase or of a later version.
 */
export function formatBackupHeader(method: BackupMethod): Uint8Array {
  if ('key' in method && !keyIdText.test(method.key))
    throw invalidArgument('This is not the id of a backup key');
  const text = new TextEncoder().encode(formatMethod(method));
  const octets = freshOctets(magic, Uint8Array.of(formatOctet, text.length >> 8, text.length & 255), text);
  return freshOctets(octets, sumOf(octets));
}

/**
 * Whether octets claim to be a backup. One octet of the magic may be wrong: then it is a backup with a changed octet, and
 * that must be ERR_INTEGRITY like any other.
 */
function looksLikeBackup(bytes: Uint8Array): boolean {
  return magic.filter((octet, index) => bytes[index] === octet).length >= magic.length - 1;
}

/**
 * Reads the header of a backup.
 *
 * @returns `length`: where the sealed content begins.
 * @throws ERR_INVALID_ARGUMENT for something that is no backup at all.
 * @throws ERR_INTEGRITY for a damaged header, and for scrypt parameters out of bounds.
 * @throws ERR_UNSUPPORTED for a backup of a later version.
 */
export function parseBackupHeader(bytes: Uint8Array): {
  readonly method: BackupMethod;
  readonly length: number;
} {
  if (!(bytes instanceof Uint8Array) || !looksLikeBackup(bytes)) {
    throw invalidArgument('This is not a backup of a local vault');
  }
  if (bytes.length < textAt) throw integrityError();
  const sumAt = textAt + new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint16(5);
  const length = sumAt + sumLength;
  if (bytes.length < length) throw integrityError();
  const sum = sumOf(bytes.subarray(0, sumAt));
  if (!sum.every((octet, index) => octet === bytes[sumAt + index])) throw integrityError();
  if (bytes[4] !== formatOctet) {
    throw new KeyManagerError(
      'ERR_UNSUPPORTED',
      'The backup is of a version that this release does not know',
    );
  }
  return { method: parseMethod(bytes.subarray(textAt, sumAt)), length };
}

function parseMethod(octets: Uint8Array): BackupMethod {
  const text = Buffer.from(octets).toString('latin1');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw integrityError();
  }
  if (typeof parsed !== 'object' || parsed === null) throw integrityError();
  const method = toMethod(parsed as Readonly<Record<string, unknown>>);
  if (formatMethod(method) !== text) throw integrityError();
  if (!('key' in method)) checkScryptParameters(method.scrypt);
  return method;
}

function toMethod(members: Readonly<Record<string, unknown>>): BackupMethod {
  const { key, n, r, p, salt } = members;
  if (typeof key === 'string' && keyIdText.test(key)) return { key };
  const octets = typeof salt === 'string' ? decodeBase64Url(salt) : undefined;
  if (
    typeof n !== 'number' ||
    typeof r !== 'number' ||
    typeof p !== 'number' ||
    octets?.length !== saltLength
  ) {
    throw integrityError();
  }
  return { scrypt: { n, r, p }, salt: octets };
}
