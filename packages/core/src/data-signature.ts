import { constants, createHmac, generateKeyPairSync, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import type { KeyObject, SignKeyObjectInput } from 'node:crypto';
import { hashLength } from './algorithms.ts';
import type { SignatureAlgorithmRow } from './algorithms.ts';
import { p1363InRange } from './signature-format.ts';

/** How node:crypto is to pad and encode, by algorithm: made once, without the key. */
const nodeOptions = new Map<string, Omit<SignKeyObjectInput, 'key'>>();

function optionsFor(row: SignatureAlgorithmRow): Omit<SignKeyObjectInput, 'key'> {
  const known = nodeOptions.get(row.name);
  if (known !== undefined) return known;
  const made: Omit<SignKeyObjectInput, 'key'> =
    row.family === 'EC'
      ? { dsaEncoding: 'ieee-p1363' }
      : row.padding === 'pss'
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashLength[row.hash ?? 'sha256'] }
        : row.padding === 'pkcs1'
          ? { padding: constants.RSA_PKCS1_PADDING }
          : {};
  nodeOptions.set(row.name, made);
  return made;
}

/**
 * Signs data with a private key, or makes its MAC with a secret key, by node:crypto.
 *
 * @returns ECDSA: `r ‖ s`; RSA: octets of the modulus; Ed25519 64 octets; ML-DSA and HMAC as their rows say.
 */
export function signDataWith(row: SignatureAlgorithmRow, key: KeyObject, data: Uint8Array): Uint8Array {
  if (row.family === 'oct') return createHmac(row.hash ?? 'sha256', key).update(data).digest();
  return nodeSign(row.hash ?? null, data, { key, ...optionsFor(row) });
}

/** Verifies a signature over data with a public key, by node:crypto. Whatever is malformed is false. */
export function verifyDataWith(
  row: SignatureAlgorithmRow,
  publicKey: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (row.signatureLength !== 'modulus' && signature.length !== row.signatureLength) return false;
  if (row.family === 'EC' && row.curve !== undefined && !p1363InRange(signature, row.curve)) return false;
  try {
    return nodeVerify(row.hash ?? null, data, { key: publicKey, ...optionsFor(row) }, signature);
  } catch {
    return false;
  }
}

let mlDsa: boolean | undefined;

/** Whether this Node can make and use ML-DSA keys (24.6 on); tried once. */
export function supportsMlDsa(): boolean {
  mlDsa ??= tryMlDsa();
  return mlDsa;
}

function tryMlDsa(): boolean {
  try {
    const { privateKey } = generateKeyPairSync('ml-dsa-44');
    return privateKey.export({ format: 'jwk' }).kty === 'AKP';
  } catch {
    return false;
  }
}
