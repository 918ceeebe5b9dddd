import { createECDH } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { derOfP1363, p1363OfDer } from './ecdsa-forms.ts';

/** Group orders (SEC 2, section 2), and node:crypto's names. */
const groups: Readonly<Record<string, { readonly node: string; readonly order: bigint }>> = {
  'P-256': {
    node: 'prime256v1',
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  'P-384': {
    node: 'secp384r1',
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  'P-521': {
    node: 'secp521r1',
    order: (1n << 521n) - (1n << 260n) + 0xa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
  secp256k1: {
    node: 'secp256k1',
    order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  },
};

/**
 * ECDSA over a digest (FIPS 186-5, section 6.4), which node:crypto lacks: it makes the points, the rest is arithmetic.
 * For keys of tests only, since its time depends on the key.
 */
export function signDigest(key: KeyObject, digest: Buffer): Buffer {
  const { order, octets, z, d, group } = prepare(key, digest);
  const nonce = createECDH(group);
  nonce.generateKeys();
  const k = toInteger(nonce.getPrivateKey());
  const r = xOf(nonce.getPublicKey(), octets) % order;
  const s = (inverse(k, order) * (z + r * d)) % order;
  return derOfP1363(Buffer.concat([toOctets(r, octets), toOctets(s, octets)]));
}

/** Verifies by the private key: `k = (z + r·d) / s` must give the point whose x is r. */
export function verifyDigest(key: KeyObject, digest: Buffer, der: Buffer): boolean {
  const { order, octets, z, d, group } = prepare(key, digest);
  const signature = p1363OfDer(der, octets);
  const r = toInteger(signature.subarray(0, octets));
  const s = toInteger(signature.subarray(octets));
  if (r === 0n || s === 0n || r >= order || s >= order) return false;
  const k = (inverse(s, order) * (z + r * d)) % order;
  if (k === 0n) return false;
  const nonce = createECDH(group);
  nonce.setPrivateKey(toOctets(k, octets));
  return xOf(nonce.getPublicKey(), octets) % order === r;
}

interface Prepared {
  readonly group: string;
  readonly order: bigint;
  /** Octets of a coordinate. */
  readonly octets: number;
  /** The digest, which is never longer than the order in KMS. */
  readonly z: bigint;
  readonly d: bigint;
}

function prepare(key: KeyObject, digest: Buffer): Prepared {
  const jwk = key.export({ format: 'jwk' });
  const group = groups[String(jwk.crv)];
  if (group === undefined) throw new TypeError('The key is on no curve of KMS');
  const bits = group.order.toString(2).length;
  const d = toInteger(Buffer.from(String(jwk.d), 'base64url'));
  if (digest.length * 8 > bits) throw new TypeError('The digest is longer than the order of the group');
  return { group: group.node, order: group.order, octets: Math.ceil(bits / 8), z: toInteger(digest), d };
}

const toInteger = (octets: Buffer): bigint => BigInt(`0x${octets.toString('hex')}`);
const toOctets = (value: bigint, octets: number): Buffer =>
  Buffer.from(value.toString(16).padStart(octets * 2, '0'), 'hex');
const xOf = (point: Buffer, octets: number): bigint => toInteger(point.subarray(1, 1 + octets));

/** By Fermat, as the order is prime. */
function inverse(value: bigint, order: bigint): bigint {
  let result = 1n;
  let base = value % order;
  for (let exponent = order - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % order;
    base = (base * base) % order;
  }
  return result;
}
