import { constants, createHash, createHmac, sign, timingSafeEqual, verify } from 'node:crypto';
import type { SignKeyObjectInput, VerifyKeyObjectInput } from 'node:crypto';
import type { JsonWebKey } from '@keyway/core';
import type { SignatureAlgorithmRow } from '@keyway/core';
import { outsidePrivateKey, outsidePublicKey, outsideSecret } from './public-key.ts';

/** The digest that an algorithm signs. */
export function digestOutside(row: SignatureAlgorithmRow, data: Uint8Array): Buffer {
  if (row.hash === undefined) throw new Error(`${row.name} takes no digest`);
  return createHash(row.hash).update(data).digest();
}

/** Signs data with a private (or symmetric) JWK, by node:crypto. */
export function signOutside(row: SignatureAlgorithmRow, key: JsonWebKey, data: Uint8Array): Buffer {
  if (row.family === 'oct')
    return createHmac(row.hash ?? '', outsideSecret(key))
      .update(data)
      .digest();
  const input: SignKeyObjectInput = { key: outsidePrivateKey(key), ...parameters(row) };
  return sign(hashOf(row), data, input);
}

/** Verifies a signature with a public (or symmetric) JWK, by node:crypto. ECDSA signatures are P1363. */
export function verifyOutside(
  row: SignatureAlgorithmRow,
  key: JsonWebKey,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (row.family === 'oct') {
    const expected = signOutside(row, key, data);
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  }
  const input: VerifyKeyObjectInput = { key: outsidePublicKey(key), ...parameters(row) };
  return verify(hashOf(row), data, input, signature);
}

/** Algorithms that hash inside (Ed25519, ML-DSA) name no hash. */
function hashOf(row: SignatureAlgorithmRow): string | null {
  return row.family === 'OKP' || row.family === 'AKP' ? null : (row.hash ?? null);
}

function parameters(row: SignatureAlgorithmRow): Omit<SignKeyObjectInput, 'key'> {
  if (row.padding === 'pkcs1') return { padding: constants.RSA_PKCS1_PADDING };
  if (row.padding === 'pss') {
    return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  }
  return row.family === 'EC' ? { dsaEncoding: 'ieee-p1363' } : {};
}
