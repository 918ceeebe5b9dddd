import type { KeyObject } from 'node:crypto';
import type { SignatureAlgorithmRow } from './algorithms.ts';
import { curves } from './key-types.ts';

/**
 * Tells whether a key object is of the kind that a signature algorithm runs on. Nothing below would: OpenSSL signs on
 * whatever curve the key has, and the octets of a P-256 key and signature are as many as those of secp256k1.
 */
export function fitsKey(row: SignatureAlgorithmRow, key: KeyObject): boolean {
  if (row.family === 'oct') return key.type === 'secret';
  if (row.family === 'RSA') return key.asymmetricKeyType === 'rsa';
  if (row.family === 'EC') {
    const { curve } = row;
    return curve !== undefined && key.asymmetricKeyDetails?.namedCurve === curves[curve].nodeName;
  }
  // Ed25519 and ML-DSA: node:crypto writes the algorithm's name in lower case.
  return key.asymmetricKeyType === row.name.toLowerCase();
}

/** The error for a key that the algorithm does not run on. */
export function misfit(row: SignatureAlgorithmRow): TypeError {
  return new TypeError(`${row.name} does not run on a key of this kind`);
}

/** Refuses to use a key that the algorithm does not run on. */
export function requireFit(row: SignatureAlgorithmRow, key: KeyObject): void {
  if (!fitsKey(row, key)) throw misfit(row);
}
