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
import { fitsKey, misfit } from './key-fit.ts';
import { curves } from './key-types.ts';
import { derToP1363, p1363InRange, p1363ToDer } from './signature-format.ts';

/** What is the same for every use of a key with an algorithm. */
interface Prepared {
  /** How node:crypto is to pad and encode, with the key. */
  readonly options: KeyObject | SignKeyObjectInput;
  /** Octets of a signature. */
  readonly length: number;
}

/** By key and algorithm: asking a key object what it is takes longer than all else that is added to node:crypto here. */
const prepared = new WeakMap<KeyObject, Map<string, Prepared>>();

/** Undefined for a key that the algorithm does not run on. */
function prepare(row: SignatureAlgorithmRow, key: KeyObject): Prepared | undefined {
  let known = prepared.get(key);
  const found = known?.get(row.name);
  if (found !== undefined) return found;
  if (!fitsKey(row, key)) return undefined;
  if (known === undefined) prepared.set(key, (known = new Map()));
  const made = { options: optionsFor(row, key), length: lengthFor(row, key) };
  known.set(row.name, made);
  return made;
}

/**
 * Where node:crypto's own choice is right the bare key is given: with options an RSA signature takes 6 % longer, an ECDSA
 * signature 25 %, far more than reading its DER.
 */
function optionsFor(row: SignatureAlgorithmRow, key: KeyObject): KeyObject | SignKeyObjectInput {
  if (row.padding !== 'pss') return key;
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashLength[row.hash ?? 'sha256'] };
}

function lengthFor(row: SignatureAlgorithmRow, key: KeyObject): number {
  if (row.signatureLength !== 'modulus') return row.signatureLength;
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

/**
 * Signs data with a private key, or makes its MAC with a secret key, by node:crypto.
 *
 * @returns ECDSA: `r ‖ s`; RSA: octets of the modulus; Ed25519 64 octets; ML-DSA and HMAC as their rows say.
 * @throws TypeError for a key that the algorithm does not run on.
 */
export function signDataWith(row: SignatureAlgorithmRow, key: KeyObject, data: Uint8Array): Uint8Array {
  const ready = prepare(row, key);
  if (ready === undefined) throw misfit(row);
  const made = row.family === 'oct' ? mac(row, key, data) : nodeSign(row.hash ?? null, data, ready.options);
  if (row.family === 'EC') return p1363Of(made, ready.length / 2);
  return new Uint8Array(made.buffer, made.byteOffset, made.length);
}

function p1363Of(der: Uint8Array, coordinateLength: number): Uint8Array {
  const signature = derToP1363(der, coordinateLength);
  if (signature === undefined) throw new TypeError('OpenSSL made an ECDSA signature that is not DER');
  return signature;
}

function mac(row: SignatureAlgorithmRow, key: KeyObject, data: Uint8Array): Buffer {
  return createHmac(row.hash ?? 'sha256', key)
    .update(data)
    .digest();
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
  const ready = prepare(row, key);
  if (ready === undefined || signature.length !== ready.length) return false;
  if (row.family === 'oct') return timingSafeEqual(mac(row, key, data), signature);
  const encoded = encodedFor(row, signature);
  if (encoded === undefined) return false;
  try {
    return nodeVerify(row.hash ?? null, data, ready.options, encoded);
  } catch {
    return false;
  }
}

/** A signature as node:crypto takes it with a bare key; undefined for an ECDSA signature out of range. */
function encodedFor(row: SignatureAlgorithmRow, signature: Uint8Array): Uint8Array | undefined {
  if (row.family !== 'EC' || row.curve === undefined) return signature;
  return p1363InRange(signature, row.curve)
    ? p1363ToDer(signature, curves[row.curve].coordinateLength)
    : undefined;
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
