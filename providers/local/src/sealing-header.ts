import { createHash } from 'node:crypto';
import {
  decodeBase64Url,
  encodeBase64Url,
  findAlgorithm,
  integrityError,
  parseKeyId,
} from '@keyway/core/driver';
import type { KeyWrapAlgorithm } from '@keyway/core';
import { checkScryptParameters } from './scrypt-parameters.ts';
import type { ScryptParameters } from './scrypt-parameters.ts';

/** What seals a vault, without any secret. A key file and a key that is given are the same. */
export type SealingMethod =
  | { readonly kind: 'passphrase'; readonly scrypt: ScryptParameters; readonly salt: Uint8Array }
  | { readonly kind: 'key' }
  | {
      readonly kind: 'keyManager';
      /** Portable id of the version that wraps. */
      readonly keyId: string;
      readonly algorithm: KeyWrapAlgorithm;
      readonly wrapped: Uint8Array;
    };

/** A header that has been read. */
export interface ParsedHeader {
  readonly method: SealingMethod;
  /** Tells, with the right secret, that secret and method belong together. */
  readonly check: Uint8Array;
}

const checkLength = 32;
const sumLength = 16;
const saltLength = 16;
const maxWrappedLength = 4096;

/** The method as canonical JSON: members in one order, no spaces. It is what `check` is made over. */
export function formatMethod(method: SealingMethod): string {
  return JSON.stringify(methodMembers(method));
}

function methodMembers(method: SealingMethod): Readonly<Record<string, unknown>> {
  const { kind } = method;
  switch (kind) {
    case 'passphrase': {
      const { n, r, p } = method.scrypt;
      return { v: 1, kind, n, r, p, salt: encodeBase64Url(method.salt) };
    }
    case 'key':
      return { v: 1, kind };
    case 'keyManager': {
      const { keyId, algorithm, wrapped } = method;
      return { v: 1, kind, keyId, algorithm, wrapped: encodeBase64Url(wrapped) };
    }
  }
}

/** The header's text: the method, `check`, and an unkeyed `sum` that tells damage from a wrong secret. */
export function formatSealingHeader({ method, check }: ParsedHeader): string {
  const checked = { ...methodMembers(method), check: encodeBase64Url(check) };
  const sum = createHash('sha256').update(JSON.stringify(checked)).digest().subarray(0, sumLength);
  return JSON.stringify({ ...checked, sum: encodeBase64Url(sum) });
}

/**
 * Reads a header's text, which must be exactly what {@link formatSealingHeader} writes. Does no work that the text could
 * make long.
 *
 * @throws ERR_INTEGRITY
 */
export function parseSealingHeader(text: string): ParsedHeader {
  const members = parseObject(text);
  const check = octets(members, 'check', checkLength, checkLength);
  const header = { method: parseMethod(members), check };
  if (formatSealingHeader(header) !== text) throw integrityError();
  if (header.method.kind === 'passphrase') checkScryptParameters(header.method.scrypt);
  return header;
}

type Members = Readonly<Record<string, unknown>>;

function parseObject(text: string): Members {
  if (typeof text !== 'string') throw integrityError();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw integrityError();
  }
  if (typeof parsed !== 'object' || parsed === null) throw integrityError();
  return parsed as Members;
}

function octets(members: Members, name: string, least: number, most: number): Uint8Array {
  const value = members[name];
  const decoded = typeof value === 'string' ? decodeBase64Url(value) : undefined;
  if (decoded === undefined || decoded.length < least || decoded.length > most) throw integrityError();
  return decoded;
}

function parseMethod(members: Members): SealingMethod {
  switch (members['kind']) {
    case 'passphrase': {
      const [n, r, p] = [members['n'], members['r'], members['p']];
      if (typeof n !== 'number' || typeof r !== 'number' || typeof p !== 'number') throw integrityError();
      return {
        kind: 'passphrase',
        scrypt: { n, r, p },
        salt: octets(members, 'salt', saltLength, saltLength),
      };
    }
    case 'key':
      return { kind: 'key' };
    case 'keyManager': {
      const { keyId, algorithm } = checkWrapping(members['keyId'], members['algorithm']);
      return {
        kind: 'keyManager',
        keyId,
        algorithm,
        wrapped: octets(members, 'wrapped', 1, maxWrappedLength),
      };
    }
    default:
      throw integrityError();
  }
}

/** Tells whether this is the name of an algorithm that wraps keys. */
export function isWrapAlgorithm(name: string): name is KeyWrapAlgorithm {
  const row = findAlgorithm(name);
  return row?.kind === 'encryption' && row.operations.includes('wrapKey');
}

function checkWrapping(keyId: unknown, algorithm: unknown): { keyId: string; algorithm: KeyWrapAlgorithm } {
  if (typeof keyId !== 'string' || typeof algorithm !== 'string' || !isWrapAlgorithm(algorithm))
    throw integrityError();
  try {
    parseKeyId(keyId);
  } catch {
    throw integrityError();
  }
  return { keyId, algorithm };
}
