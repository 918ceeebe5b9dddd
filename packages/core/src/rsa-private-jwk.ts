import { checkPrimeSync } from 'node:crypto';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { invalidArgument } from './errors.ts';
import { factorRsa } from './factor-rsa.ts';
import type { RsaFactors } from './factor-rsa.ts';
import { rsaKeySizes } from './key-types.ts';
import type { JsonWebKey } from './models.ts';
import { checkRsaPublic } from './public-key.ts';

type Texts = Readonly<Record<string, string>>;

const mismatch = 'The private part of the JWK does not match its public part';

/** Base64url characters of the longest modulus; no other member is longer. Bounds the time that arithmetic takes. */
const longest = Math.ceil(Math.max(...rsaKeySizes) / 6);

function read(jwk: Texts, member: string): bigint {
  const text = jwk[member] ?? '';
  const octets = text.length > longest ? undefined : decodeBase64Url(text);
  if (octets === undefined || octets.length === 0 || octets[0] === 0) {
    throw invalidArgument(
      `${member} of the JWK must be a base64url integer without leading zeros, no longer than n`,
    );
  }
  try {
    return BigInt(`0x${Buffer.from(octets.buffer).toString('hex')}`);
  } finally {
    octets.fill(0);
  }
}

/** Octets of a number, in memory of their own; the caller zeroes them. */
function toOctets(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const octets = new Uint8Array(Math.ceil(hex.length / 2));
  Buffer.from(octets.buffer).write(hex.padStart(2 * octets.length, '0'), 'hex');
  return octets;
}

function write(value: bigint): string {
  const octets = toOctets(value);
  try {
    return encodeBase64Url(octets);
  } finally {
    octets.fill(0);
  }
}

/** Given the number itself, Node would leave its octets in the pool that all buffers share. */
function isPrime(value: bigint): boolean {
  const octets = toOctets(value);
  try {
    return checkPrimeSync(octets);
  } finally {
    octets.fill(0);
  }
}

/** The inverse modulo a prime, by Euclid. */
function inverse(value: bigint, prime: bigint): bigint {
  let [left, right] = [prime, value % prime];
  let [before, now] = [0n, 1n];
  while (right !== 0n) {
    const quotient = left / right;
    [left, right] = [right, left - quotient * right];
    [before, now] = [now, before - quotient * now];
  }
  return before < 0n ? before + prime : before;
}

const remainders = ['p', 'q', 'dp', 'dq', 'qi'] as const;

function checkFactors(jwk: Texts, n: bigint, e: bigint, d: bigint): RsaFactors {
  const given = remainders.filter((member) => jwk[member] !== undefined);
  if (given.length !== 0 && given.length !== remainders.length) {
    throw invalidArgument('An RSA JWK has all of p, q, dp, dq and qi, or none of them');
  }
  const factors = given.length === 0 ? factorRsa(n, e, d) : { p: read(jwk, 'p'), q: read(jwk, 'q') };
  if (factors === undefined) throw invalidArgument(mismatch);
  const { p, q } = factors;
  const fits = p > 1n && q > 1n && p * q === n && (e * d) % (p - 1n) === 1n && (e * d) % (q - 1n) === 1n;
  if (!fits) throw invalidArgument(mismatch);
  checkStrength(p, q, n.toString(2).length / 2);
  if (!isPrime(p) || !isPrime(q)) throw invalidArgument(mismatch);
  return factors;
}

/** What makes n hard to factor (FIPS 186-5 appendix A.1.1): primes of half its bits, and not close to each other. */
function checkStrength(p: bigint, q: bigint, half: number): void {
  const balanced = [p, q].every((prime) => prime >> BigInt(half - 1) === 1n);
  const distance = p > q ? p - q : q - p;
  if (!balanced || distance >> BigInt(half - 100) === 0n) {
    throw invalidArgument('The RSA key is weak: its primes must each have half the bits of n and lie apart');
  }
}

/**
 * Checks an RSA private JWK (RFC 7518 section 6.3.2): n = p q, both prime, e d = 1 modulo p-1 and q-1, and remainders that
 * match. Where only n, e and d are given the rest is worked out. Big integer arithmetic: not constant-time.
 */
export function parseRsaPrivate(jwk: Texts): { size: number; material: JsonWebKey; publicKey: JsonWebKey } {
  const size = checkRsaPublic(jwk['n'], jwk['e']);
  const [n, e, d] = [read(jwk, 'n'), read(jwk, 'e'), read(jwk, 'd')];
  // Before anything is raised to it: the time must not grow with what a caller puts there.
  if (d >= n) throw invalidArgument(mismatch);
  const { p, q } = checkFactors(jwk, n, e, d);
  const expected = { dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q % p, p) };
  for (const [member, value] of Object.entries(expected)) {
    if (jwk[member] !== undefined && read(jwk, member) !== value) throw invalidArgument(mismatch);
  }
  const publicKey = { kty: 'RSA', n: jwk['n'], e: jwk['e'] };
  const factors = {
    p: write(p),
    q: write(q),
    dp: write(expected.dp),
    dq: write(expected.dq),
    qi: write(expected.qi),
  };
  return { size, publicKey, material: { ...publicKey, d: jwk['d'], ...factors } };
}
