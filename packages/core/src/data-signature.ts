import {
  constants,
  createHmac,
  generateKeyPairSync,
  sign as nodeSign,
  timingSafeEqual,
  verify as nodeVerify,
} from 'node:crypto';
import type { KeyObject, SignKeyObjectInput } from 'node:crypto';
import { hashLength } from './algorithms.ts';
import type { SignatureAlgorithmRow } from './algorithms.ts';
import { fitsKey, requireFit } from './key-fit.ts';
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
 * @throws TypeError for a key that the algorithm does not run on.
 */
export function signDataWith(row: SignatureAlgorithmRow, key: KeyObject, data: Uint8Array): Uint8Array {
  requireFit(row, key);
  const made =
    row.family === 'oct'
      ? mac(row, key, data)
      : nodeSign(row.hash ?? null, data, { key, ...optionsFor(row) });
  return new Uint8Array(made.buffer, made.byteOffset, made.length);
}

function mac(row: SignatureAlgorithmRow, key: KeyObject, data: Uint8Array): Buffer {
  return createHmac(row.hash ?? 'sha256', key)
    .update(data)
    .digest();
}

/** Octets of a signature by this key; undefined where the key is none of the algorithm's. */
function lengthFor(row: SignatureAlgorithmRow, key: KeyObject): number | undefined {
  if (row.signatureLength !== 'modulus') return row.signatureLength;
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return bits === undefined ? undefined : Math.ceil(bits / 8);
}

/**
 * Verifies a signature over data with a public key, or a MAC with its secret key in constant time, by node:crypto. Whatever
 * is malformed is false; a signature has exactly the octets of its algorithm and key (OpenSSL takes a PSS signature that
 * has lost its leading zeros).
 */
export function verifyDataWith(
  row: SignatureAlgorithmRow,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!fitsKey(row, key) || signature.length !== lengthFor(row, key)) return false;
  if (row.family === 'EC' && row.curve !== undefined && !p1363InRange(signature, row.curve)) return false;
  if (row.family === 'oct') return timingSafeEqual(mac(row, key, data), signature);
  try {
    return nodeVerify(row.hash ?? null, data, { key, ...optionsFor(row) }, signature);
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
