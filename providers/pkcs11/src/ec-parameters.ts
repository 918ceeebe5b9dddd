import { curves } from '@keyway/core/driver';
import type { KeyCurveName } from '@keyway/core/driver';

/** DER of the curves' object identifiers, which is CKA_EC_PARAMS (RFC 5480 section 2.1.1.1, RFC 8410 section 3). */
const oids: Readonly<Record<KeyCurveName, string>> = {
  'P-256': '06082a8648ce3d030107',
  'P-384': '06052b81040022',
  'P-521': '06052b81040023',
  'P-256K': '06052b8104000a',
  Ed25519: '06032b6570',
};

/** The older form of PKCS #11 v3.0 for Edwards curves: PrintableString `edwards25519`. */
const edwardsName = '130c656477617264733235353139';

const octetsOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** CKA_EC_PARAMS of a curve. `name` is the form that some tokens want for Ed25519. */
export function ecParameters(curve: KeyCurveName, form: 'oid' | 'name' = 'oid'): Uint8Array {
  return octetsOf(curve === 'Ed25519' && form === 'name' ? edwardsName : oids[curve]);
}

/** The curve that CKA_EC_PARAMS means; undefined for one that is not in the contract. */
export function curveOfParameters(parameters: Uint8Array): KeyCurveName | undefined {
  const hex = Buffer.from(parameters).toString('hex');
  if (hex === edwardsName) return 'Ed25519';
  return Object.values(curves).find(({ name }) => oids[name] === hex)?.name;
}

/** Octets of a public point: uncompressed, or the 32 of Ed25519. */
const pointLength = (curve: KeyCurveName): number =>
  curve === 'Ed25519' ? 32 : 1 + 2 * curves[curve].coordinateLength;

/** What stands before a point as a DER OCTET STRING: P-521 needs the long form of the length. */
function octetStringHeader(length: number): Uint8Array {
  return length < 0x80 ? Uint8Array.of(0x04, length) : Uint8Array.of(0x04, 0x81, length);
}

/** CKA_EC_POINT of a public key: a DER OCTET STRING, as the standard says. */
export function encodePoint(point: Uint8Array): Uint8Array {
  const header = octetStringHeader(point.length);
  return Uint8Array.from([...header, ...point]);
}

/**
 * The point in CKA_EC_POINT: DER OCTET STRING or, as some tokens give it, the bare octets. The length tells which, since a
 * bare point begins with 04, too. Undefined for anything else, compressed points included.
 */
export function decodePoint(curve: KeyCurveName, value: Uint8Array): Uint8Array | undefined {
  const length = pointLength(curve);
  const header = octetStringHeader(length);
  let point: Uint8Array | undefined;
  if (value.length === length) point = value;
  else if (value.length === header.length + length && header.every((octet, at) => value[at] === octet)) {
    point = value.subarray(header.length);
  }
  if (point === undefined || (curve !== 'Ed25519' && point[0] !== 0x04)) return undefined;
  return Uint8Array.from(point);
}
