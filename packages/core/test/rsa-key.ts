import { createPrivateKey, createPublicKey, generatePrimeSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Base64url of an unsigned integer, as a JWK has it. */
export function integer(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}

/** The inverse of a value by the extended Euclidean algorithm. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  if (a !== 1n) throw new RangeError('There is no inverse');
  return ((x % modulus) + modulus) % modulus;
}

/** A private RSA JWK of two factors, which need not be primes. */
export function rsaJwk(p: bigint, q: bigint, e = 65_537n): Record<string, string> {
  const d = inverse(e, (p - 1n) * (q - 1n));
  const members = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  return {
    kty: 'RSA',
    ...Object.fromEntries(Object.entries(members).map(([name, value]) => [name, integer(value)])),
  };
}

/** A prime with no factor 65537 in front of it. */
export function prime(bits: number): bigint {
  for (;;) {
    const found = generatePrimeSync(bits, { bigint: true });
    if (found % 65_537n !== 1n) return found;
  }
}

/** Keys of any number of bits, odd ones too, which OpenSSL does not make. */
export function rsaKeyOf(bits: number): { privateKey: KeyObject; publicKey: KeyObject } {
  for (;;) {
    const [p, q] = [prime(Math.ceil(bits / 2)), prime(Math.floor(bits / 2))];
    if ((p * q).toString(2).length !== bits) continue;
    const privateKey = createPrivateKey({ key: rsaJwk(p, q), format: 'jwk' });
    return { privateKey, publicKey: createPublicKey(privateKey) };
  }
}
