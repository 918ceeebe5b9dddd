import {
  checkPrimeSync,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  generatePrimeSync,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parsePrivateJwk } from '../src/jwk.ts';
import { expectRefusal } from './private-jwks.ts';
import { integer, inverse, prime, rsaJwk } from './rsa-key.ts';

type Jwk = Readonly<Record<string, string>>;

const generated = [2048, 3072, 4096].map((bits) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return [bits, privateKey.export({ format: 'jwk' }) as Jwk, privateKey] as const;
});
const rsa: Jwk = generated[0]?.[1] ?? {};
const { kty, n = '', e, d = '' } = rsa;
const valueOf = (text: string | undefined): bigint =>
  BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex')}`);

/** Two primes of 1024 bits whose product has 2048. */
function twoPrimes(): readonly [bigint, bigint] {
  for (;;) {
    const [p, q] = [prime(1024), prime(1024)];
    if ((p * q).toString(2).length === 2048) return [p, q];
  }
}

describe('RSA private JWKs', () => {
  it.each(generated)('%i bits: taken with all members, and with n, e and d alone', (_, jwk, privateKey) => {
    expect(parsePrivateJwk(jwk).material).toEqual(jwk);
    const worked = parsePrivateJwk({ kty: 'RSA', n: jwk['n'], e: jwk['e'], d: jwk['d'] }).material;
    const again = createPrivateKey({ key: Object.fromEntries(Object.entries(worked)), format: 'jwk' });
    expect(createPublicKey(again).equals(createPublicKey(privateKey))).toBe(true);
    expect(new Set([worked.p, worked.q])).toEqual(new Set([jwk['p'], jwk['q']]));
    expect(parsePrivateJwk(worked).material).toEqual(worked);
  });

  it('takes p and q in either order', () => {
    const [p, q] = twoPrimes();
    for (const jwk of [rsaJwk(p, q), rsaJwk(q, p)]) expect(parsePrivateJwk(jwk).material).toEqual(jwk);
  });

  it('takes d modulo the least common multiple as well as modulo the product', () => {
    const [p, q] = twoPrimes();
    const jwk = rsaJwk(p, q);
    const smaller = inverse(65_537n, ((p - 1n) * (q - 1n)) / 2n);
    expect(parsePrivateJwk({ ...jwk, d: integer(smaller) }).size).toBe(2048);
  });

  it('refuses each member of another key, and each that is missing among p, q, dp, dq and qi', () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      format: 'jwk',
    }) as Jwk;
    for (const member of ['n', 'd', 'p', 'q', 'dp', 'dq', 'qi']) {
      expect(expectRefusal({ ...rsa, [member]: other[member] })).toMatch(/does not match/);
    }
    for (const member of ['p', 'q', 'dp', 'dq', 'qi']) {
      expect(expectRefusal({ ...rsa, [member]: undefined })).toMatch(/all of/);
    }
    for (const member of ['n', 'e', 'd']) expectRefusal({ ...rsa, [member]: undefined });
    expect(expectRefusal({ kty, n, e, d: other['d'] })).toMatch(/does not match/);
    expect(expectRefusal({ kty, n, e: integer(65_539n), d })).toMatch(/does not match/);
  });

  it('refuses every member that is one off, has a leading zero, or is empty', () => {
    for (const member of ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi']) {
      expectRefusal({ ...rsa, [member]: integer(valueOf(rsa[member]) + 2n) });
      const octets = Buffer.from(rsa[member] ?? '', 'base64url');
      expectRefusal({ ...rsa, [member]: Buffer.concat([Buffer.alloc(1), octets]).toString('base64url') });
      expectRefusal({ ...rsa, [member]: '' });
      expectRefusal({ ...rsa, [member]: 'AA' });
    }
  });

  it('refuses p and q of 1 and n, and an even d', () => {
    expectRefusal({ ...rsa, p: n, q: 'AQ' });
    expectRefusal({ ...rsa, p: 'AQ', q: n });
    expectRefusal({ kty, n, e, d: 'AQ' });
    expectRefusal({ kty, n, e, d: integer(valueOf(d) + 1n) });
  });

  it('refuses a d that is right but not below n, and a d that is right for one prime only', () => {
    const [p, q] = twoPrimes();
    const jwk = rsaJwk(p, q);
    const whole = valueOf(jwk['d']);
    const above = whole + (p - 1n) * (q - 1n) * 2n;
    expect(expectRefusal({ ...jwk, d: integer(above) })).toMatch(/does not match/);
    for (const [right, wrong, member] of [[q, p, 'dp'] as const, [p, q, 'dq'] as const]) {
      const half = (whole % (right - 1n)) + (right - 1n) * 2n;
      const crafted = { ...jwk, d: integer(half), [member]: integer(half % (wrong - 1n)) };
      expect(expectRefusal(crafted)).toMatch(/does not match/);
    }
  });

  it('refuses members longer than any modulus before it computes with them', () => {
    const long = 'B'.repeat(684);
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) {
      expect(expectRefusal({ ...rsa, [member]: long })).toMatch(/no longer than n/);
    }
  });

  it('refuses factors that are not primes, even where the arithmetic holds', () => {
    for (;;) {
      const p = generatePrimeSync(512, { bigint: true }) * generatePrimeSync(512, { bigint: true });
      const q = prime(1024);
      if (p.toString(2).length !== 1024 || (p * q).toString(2).length !== 2048) continue;
      let jwk: Jwk;
      try {
        jwk = { ...rsaJwk(p, q), qi: integer(inverse(q, p)) };
      } catch {
        continue;
      }
      expect(expectRefusal(jwk)).toMatch(/does not match/);
      return;
    }
  });

  it('refuses primes of unlike length, and primes that lie close together', () => {
    let [short, long] = [prime(900), prime(1148)];
    while ((short * long).toString(2).length !== 2048) [short, long] = [prime(900), prime(1148)];
    expect(expectRefusal(rsaJwk(short, long))).toMatch(/weak/);
    const [p] = twoPrimes().toSorted((left, right) => (left < right ? 1 : -1));
    if (p === undefined) throw new Error('There is no prime');
    let q = p + 2n;
    while (!checkPrimeSync(q) || q % 65_537n === 1n) q += 2n;
    expect((p * q).toString(2)).toHaveLength(2048);
    expect(expectRefusal(rsaJwk(p, q))).toMatch(/weak/);
  });

  it('refuses other sizes and small exponents', () => {
    for (const modulusLength of [1024, 2056]) {
      expectRefusal(generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ format: 'jwk' }));
    }
    expectRefusal(
      generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey.export({
        format: 'jwk',
      }),
    );
  });

  it('takes a larger exponent, up to 64 bits', () => {
    const [p, q] = twoPrimes();
    const largest = 18_446_744_073_709_551_557n;
    expect(parsePrivateJwk(rsaJwk(p, q, largest)).material.e).toBe(integer(largest));
  });

  it('gives up at once on members of any length and on numbers that do not belong together', () => {
    const long = 'B'.repeat(2_000_000);
    const start = process.cpuUsage();
    for (const member of ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'])
      expectRefusal({ ...rsa, [member]: long });
    expectRefusal({ kty, n, e, d: long });
    expectRefusal({ kty, n, e, d: integer(valueOf(n) - 2n) });
    expectRefusal({ kty, n, e, d: integer(valueOf(n)) });
    const { user, system } = process.cpuUsage(start);
    expect(user + system).toBeLessThan(3_000_000);
  });
});
