import { constants, publicEncrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { hashLength } from './algorithms.ts';
import type { EncryptionAlgorithmRow } from './algorithms.ts';
import { invalidArgument } from './errors.ts';

/** Octets that padding takes from an RSA block (RFC 8017 sections 7.1.1 and 7.2.1). */
function overhead(row: EncryptionAlgorithmRow): number {
  return row.mode === 'oaep' ? 2 * hashLength[row.hash ?? 'sha1'] + 2 : 11;
}

/** The longest plaintext in octets that an RSA algorithm takes with a modulus of so many bits. */
export function maxRsaPlaintext(row: EncryptionAlgorithmRow, modulusBits: number): number {
  return Math.ceil(modulusBits / 8) - overhead(row);
}

/**
 * Encrypts with an RSA public key in this process.
 *
 * @throws ERR_INVALID_ARGUMENT for a plaintext that is too long.
 */
export function encryptWithPublicKey(
  row: EncryptionAlgorithmRow,
  publicKey: KeyObject,
  plaintext: Uint8Array,
): Uint8Array {
  if (row.family !== 'RSA') throw invalidArgument(`${row.name} does not encrypt with a public key`);
  const most = maxRsaPlaintext(row, publicKey.asymmetricKeyDetails?.modulusLength ?? 0);
  if (plaintext.length > most)
    throw invalidArgument(`${row.name} with this key takes at most ${most} octets`);
  const options =
    row.mode === 'oaep'
      ? { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: row.hash ?? 'sha1' }
      : { padding: constants.RSA_PKCS1_PADDING };
  return new Uint8Array(publicEncrypt({ key: publicKey, ...options }, plaintext));
}
