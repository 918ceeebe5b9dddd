import { checkPrimeSync } from 'node:crypto';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { invalidArgument } from './errors.ts';
import type { JsonWebKey } from './models.ts';
import { checkRsaPublic } from './public-key.ts';

type Texts = Readonly<Record<string, string>>;

const mismatch = 'The private part of the JWK does not match its public part';

function read(jwk: Texts, member: string): bigint {
  const octets = decodeBase64Url(jwk[member] ?? '');
  if (octets === undefined || octets.length === 0 || octets[0] === 0) {
    throw invalidArgument(`${member} of the JWK must be a base64url integer without leading zeros`);
  }
  try {
    return BigInt(`0x${Buffer.from(octets).toString('hex')}`);
  } finally {
    octets.fill(0);
  }
}

function write(value: bigint): string {
  const hex = value.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  try {
    return encodeBase64Url(octets);
  } finally {
    octets.fill(0);
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** Factors n from e and d (NIST SP 800-56B revision 2, appendix C.1), with fixed bases in place of random ones. */
function factor(n: bigint, e: bigint, d: bigint): { p: bigint; q: bigint } | undefined {
  let odd = e * d - 1n;
  if (odd <= 0n || (odd & 1n) === 1n) return undefined;
  let halvings = 0;
  for (; (odd & 1n) === 0n; odd >>= 1n) halvings++;
  for (let base = 2n; base < 32n; base++) {
    let y = power(base, odd, n);
    for (let step = 0; step < halvings && y !== 1n && y !== n - 1n; step++) {
      const next = (y * y) % n;
      if (next === 1n) {
        const p = greatestCommonDivisor(y - 1n, n);
        return n / p > p ? { p: n / p, q: p } : { p, q: n / p };
      }
      y = next;
    }
  }
  return undefined;
}

/** The inverse modulo a prime, by Fermat. */
function inverse(value: bigint, prime: bigint): bigint {
  return power(value, prime - 2n, prime);
}

const remainders = ['p', 'q', 'dp', 'dq', 'qi'] as const;

function checkFactors(jwk: Texts, n: bigint, e: bigint, d: bigint): { p: bigint; q: bigint } {
  const given = remainders.filter((member) => jwk[member] !== undefined);
  if (given.length !== 0 && given.length !== remainders.length) {
    throw invalidArgument('An RSA JWK has all of p, q, dp, dq and qi, or none of them');
  }
  const factors = given.length === 0 ? factor(n, e, d) : { p: read(jwk, 'p'), q: read(jwk, 'q') };
  if (factors === undefined) throw invalidArgument(mismatch);
  const { p, q } = factors;
  const fits =
    p > 1n && q > 1n && p !== q && p * q === n && (e * d) % (p - 1n) === 1n && (e * d) % (q - 1n) === 1n && d < n;
  if (!fits || !checkPrimeSync(p) || !checkPrimeSync(q)) throw invalidArgument(mismatch);
  return factors;
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
  const factors = { p: write(p), q: write(q), dp: write(expected.dp), dq: write(expected.dq), qi: write(expected.qi) };
  return { size, publicKey, material: { ...publicKey, d: jwk['d'], ...factors } };
}
