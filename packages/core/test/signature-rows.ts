import { findAlgorithm } from '../src/algorithms.ts';
import type { EncryptionAlgorithmRow, SignatureAlgorithmRow } from '../src/algorithms.ts';

/** The row of a signature algorithm. */
export function signatureRow(name: string): SignatureAlgorithmRow {
  const row = findAlgorithm(name);
  if (row?.kind !== 'signature') throw new Error(`${name} does not sign`);
  return row;
}

/** The row of an encryption algorithm. */
export function encryptionRow(name: string): EncryptionAlgorithmRow {
  const row = findAlgorithm(name);
  if (row?.kind !== 'encryption') throw new Error(`${name} does not encrypt`);
  return row;
}

/** Octets of hexadecimal text; blanks are free. */
export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));

/** A copy with one octet changed. */
export function withFlipped(octets: Uint8Array, index: number, mask = 1): Uint8Array {
  const copy = Uint8Array.from(octets);
  copy[index] = (copy[index] ?? 0) ^ mask;
  return copy;
}
