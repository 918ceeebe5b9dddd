import { randomBytes } from 'node:crypto';
import type { EncryptionAlgorithmRow } from '../algorithms.ts';
import { checkBytes } from '../arguments.ts';
import type { DecryptOptions } from '../cryptography-client.ts';
import { integrityError, invalidArgument } from '../errors.ts';
import type { CiphertextParts, KeyRecord } from '../key-driver.ts';
import { maxRsaPlaintext } from '../local-cryptography.ts';
import type { AlgorithmPlan } from './algorithm-plan.ts';

type Plan = AlgorithmPlan<EncryptionAlgorithmRow>;

/** The IV that goes to the driver: for CBC the caller's or a fresh one, else none; the vault makes GCM's. */
export function ivFor(row: EncryptionAlgorithmRow, given: unknown): Uint8Array | undefined {
  const takesIv = row.mode === 'cbc' || row.mode === 'cbcpad';
  if (given === undefined) return takesIv ? Uint8Array.from(randomBytes(16)) : undefined;
  const iv = checkBytes(given, 'options.iv');
  if (!takesIv) throw invalidArgument(`${row.name} takes no IV: the vault makes it`);
  if (iv.length !== row.ivLength) throw invalidArgument(`The IV of ${row.name} has ${row.ivLength} octets`);
  return iv;
}

/** Octets that RSA or the vault can take at most; undefined where nothing is known. */
function most(plan: Plan, record: KeyRecord): number | undefined {
  const vault = plan.answer.limits['maxBytes'];
  if (plan.row.family !== 'RSA' || record.size === undefined) return vault;
  return Math.min(maxRsaPlaintext(plan.row, record.size), vault ?? Number.POSITIVE_INFINITY);
}

/** Checks the length of a plaintext. */
export function checkPlaintext(plan: Plan, plaintext: Uint8Array, record: KeyRecord): void {
  const limit = most(plan, record);
  if (limit !== undefined && plaintext.length > limit) {
    throw invalidArgument(`${plan.row.name} with this key takes at most ${limit} octets`);
  }
  if (plan.row.mode === 'cbc' && plaintext.length % 16 !== 0) {
    throw invalidArgument(`${plan.row.name} does not pad: the plaintext must be a multiple of 16 octets`);
  }
}

/** Checks the length of a key to be wrapped (RFC 3394: a multiple of 8 octets, at least 16). */
export function checkKeyToWrap(plan: Plan, key: Uint8Array, record: KeyRecord): void {
  if (key.length === 0) throw invalidArgument('The key to wrap must not be empty');
  checkPlaintext(plan, key, record);
  if (plan.row.mode === 'kw' && (key.length < 16 || key.length % 8 !== 0)) {
    throw invalidArgument(`${plan.row.name} wraps keys of a multiple of 8 octets, at least 16`);
  }
}

/** A wrapped key that cannot be one is not sent; like all others it fails without detail. */
export function checkWrappedKey(
  row: EncryptionAlgorithmRow,
  wrapped: Uint8Array,
  record: KeyRecord,
  keyId: string,
): void {
  const { length } = wrapped;
  const possible =
    row.mode === 'kw'
      ? length >= 24 && length % 8 === 0
      : row.family === 'RSA'
        ? record.size === undefined || length === Math.ceil(record.size / 8)
        : length > 0;
  if (!possible) throw integrityError({ keyId });
}

function part(
  given: unknown,
  length: number | undefined,
  what: string,
  row: EncryptionAlgorithmRow,
): Uint8Array | undefined {
  if (length === undefined) {
    if (given !== undefined) throw invalidArgument(`${row.name} has no ${what}`);
    return undefined;
  }
  if (given === undefined) throw invalidArgument(`${row.name} needs options.${what}, as encrypt gave it`);
  const octets = checkBytes(given, `options.${what}`);
  if (octets.length !== length) throw invalidArgument(`The ${what} of ${row.name} has ${length} octets`);
  return octets;
}

/** Checks that a ciphertext comes with exactly the parts its algorithm has. */
export function checkCiphertextParts(
  row: EncryptionAlgorithmRow,
  ciphertext: Uint8Array,
  options: DecryptOptions,
): CiphertextParts {
  const iv = part(options.iv, row.ivLength, 'iv', row);
  const authenticationTag = part(options.authenticationTag, row.tagLength, 'authenticationTag', row);
  return {
    ciphertext,
    ...(iv === undefined ? {} : { iv }),
    ...(authenticationTag === undefined ? {} : { authenticationTag }),
  };
}
