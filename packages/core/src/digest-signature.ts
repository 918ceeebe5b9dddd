import type { KeyObject } from 'node:crypto';
import { hashLength } from './algorithms.ts';
import type { SignatureAlgorithmRow } from './algorithms.ts';
import { signEcdsaDigest, verifyEcdsaDigest } from './ecdsa-digest.ts';
import { invalidArgument } from './errors.ts';
import { fitsKey, requireFit } from './key-fit.ts';
import { signPkcs1Digest, signPssDigest, verifyPkcs1Digest, verifyPssDigest } from './rsa-digest.ts';
import { p1363InRange } from './signature-format.ts';

/** The hash of an algorithm that takes digests, the digest's length checked against it. */
function hashFor(row: SignatureAlgorithmRow, digest: Uint8Array): NonNullable<SignatureAlgorithmRow['hash']> {
  const { hash } = row;
  if (hash === undefined || row.input !== 'digest')
    throw invalidArgument(`${row.name} takes data, not a digest`);
  if (digest.length !== hashLength[hash])
    throw invalidArgument(`${row.name} takes a digest of ${hashLength[hash]} octets`);
  return hash;
}

/**
 * Signs a digest with a private key in this process. For providers that hold the key; ECDSA is not constant-time.
 *
 * @returns ECDSA: `r ‖ s`; RSA: octets of the modulus. PSS takes a salt of the hash's length.
 * @throws ERR_INVALID_ARGUMENT for a digest of the wrong length, or an algorithm that takes data only; TypeError for a key
 * that the algorithm does not run on.
 */
export async function signDigest(
  row: SignatureAlgorithmRow,
  privateKey: KeyObject,
  digest: Uint8Array,
): Promise<Uint8Array> {
  const hash = hashFor(row, digest);
  requireFit(row, privateKey);
  if (row.curve !== undefined) return signEcdsaDigest(row.curve, privateKey, digest);
  return row.padding === 'pss'
    ? signPssDigest(hash, privateKey, digest)
    : signPkcs1Digest(hash, privateKey, digest);
}

/** Verifies a signature over a digest with a public key. Whatever is malformed is false, and so is any by another kind of key. */
export async function verifyDigest(
  row: SignatureAlgorithmRow,
  publicKey: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const hash = hashFor(row, digest);
  if (!fitsKey(row, publicKey)) return false;
  if (row.curve !== undefined) {
    return p1363InRange(signature, row.curve) && verifyEcdsaDigest(row.curve, publicKey, digest, signature);
  }
  const verify = row.padding === 'pss' ? verifyPssDigest : verifyPkcs1Digest;
  return verify(hash, publicKey, digest, signature);
}
