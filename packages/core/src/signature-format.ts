import { derTag, writeDer, writeDerUnsigned } from './der.ts';
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
  const content = der[1] === 0x81 ? 3 : 2;
  const length = der[content - 1] ?? 0;
  const minimal = content === 2 ? length < 0x80 : length >= 0x80;
  if (der[0] !== derTag.sequence || !minimal || der.length !== content + length) return undefined;
  const signature = new Uint8Array(2 * coordinateLength);
  const end = copyInteger(der, content, signature, coordinateLength);
  if (end === undefined) return undefined;
  return copyInteger(der, end, signature, 2 * coordinateLength) === der.length ? signature : undefined;
}

/** Copies a minimal INTEGER above zero to where it ends in a coordinate. Gives where the next element begins. */
function copyInteger(der: Uint8Array, at: number, to: Uint8Array, until: number): number | undefined {
  const length = der[at + 1] ?? 0x80;
  const end = at + 2 + length;
  if (der[at] !== derTag.integer || length === 0 || length >= 0x80 || end > der.length) return undefined;
  let start = at + 2;
  const first = der[start] ?? 0;
  if (first >= 0x80) return undefined;
  if (first === 0) {
    start++;
    if (start === end || (der[start] ?? 0) < 0x80) return undefined;
  }
  if (end - start > to.length / 2) return undefined;
  for (let index = end - 1, target = until - 1; index >= start; index--, target--)
    to[target] = der[index] ?? 0;
  return end;
}

function isZero(octets: Uint8Array): boolean {
  return octets.every((octet) => octet === 0);
}
