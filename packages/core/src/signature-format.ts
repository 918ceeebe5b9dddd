import { derTag, readDerSequence, readDerUnsigned, writeDer, writeDerUnsigned } from './der.ts';
import { curves } from './key-types.ts';
import type { KeyCurveName } from './key-types.ts';

/** The order n of the base point of each curve that ECDSA runs on (SEC 2 sections 2.4 and 2.5 ff.). */
const orders: Readonly<Partial<Record<KeyCurveName, string>>> = {
  'P-256': 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  'P-384': 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  'P-521':
    '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  'P-256K': 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141',
};

const orderOctets = new Map<string, Buffer>(
  Object.entries(orders).map(([curve, hex]) => [curve, Buffer.from(hex, 'hex')]),
);

/** Whether `signature` is `r ‖ s` of the curve's length with 0 < r, s < n. Signatures are public: not constant-time. */
export function p1363InRange(signature: Uint8Array, curve: KeyCurveName): boolean {
  const order = orderOctets.get(curve);
  const length = curves[curve].coordinateLength;
  if (order === undefined || signature.length !== 2 * length) return false;
  return [signature.subarray(0, length), signature.subarray(length)].every(
    (half) => half.some((octet) => octet !== 0) && order.compare(half) > 0,
  );
}

/** Converts `r ‖ s` (IEEE P1363) to an ECDSA-Sig-Value (RFC 3279 section 2.2.3); undefined where it is malformed. */
export function p1363ToDer(signature: Uint8Array, coordinateLength: number): Uint8Array | undefined {
  if (signature.length !== 2 * coordinateLength) return undefined;
  const r = signature.subarray(0, coordinateLength);
  const s = signature.subarray(coordinateLength);
  if (isZero(r) || isZero(s)) return undefined;
  return writeDer(derTag.sequence, writeDerUnsigned(r), writeDerUnsigned(s));
}

/** Converts a strict, minimal ECDSA-Sig-Value to `r ‖ s`; undefined where it is malformed, negative, zero or too long. */
export function derToP1363(der: Uint8Array, coordinateLength: number): Uint8Array | undefined {
  const elements = readDerSequence(der);
  if (elements?.length !== 2) return undefined;
  const signature = new Uint8Array(2 * coordinateLength);
  for (const [index, element] of elements.entries()) {
    const integer = readDerUnsigned(element);
    if (integer === undefined || integer.length > coordinateLength || isZero(integer)) return undefined;
    signature.set(integer, (index + 1) * coordinateLength - integer.length);
  }
  return signature;
}

function isZero(octets: Uint8Array): boolean {
  return octets.every((octet) => octet === 0);
}
