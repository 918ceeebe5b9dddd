import { generateKeyPairSync, generatePrimeSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { factorRsa } from '../src/factor-rsa.ts';
import { parseRsaPrivate } from '../src/rsa-private-jwk.ts';
import { openssl } from './openssl.ts';
import { integer, inverse, prime } from './rsa-key.ts';

const e = 65_537n;
const read = (text = ''): bigint => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`);

const generated = [2048, 3072, 4096].map((bits) => {
  const { n, d, p, q } = generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({
    format: 'jwk',
  });
  return [bits, { n: read(n), d: read(d), p: read(p), q: read(q) }] as const;
});
const [[, key] = [0, { n: 0n, d: 0n, p: 0n, q: 0n }]] = generated;

function lcm(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return (left / a) * right;
}

/** Microseconds of processor time. */
function cost(run: () => void): number {
  const start = process.cpuUsage();
  run();
  return process.cpuUsage(start).user;
}

describe('the factors of an RSA modulus from e and d', () => {
  it.each(generated)('of %i bits, the larger one first', (_, { n, d, p, q }) => {
    expect(factorRsa(n, e, d)).toEqual(p > q ? { p, q } : { p: q, q: p });
  });

  it('are found where no base below 67 splits it, d modulo the totient or its smaller multiple', () => {
    // Primes that are 3 modulo 4 and alike modulo the small primes: each of these is a square modulo both, or neither.
    const small = [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n, 47n, 53n, 59n, 61n];
    const add = small.reduce((product, next) => product * next, 8n);
    const alike = (): bigint => {
      const found = generatePrimeSync(1024, { bigint: true, add, rem: add - 1n });
      return found % e === 1n ? alike() : found;
    };
    const [p, q] = [alike(), alike()];
    for (const totient of [(p - 1n) * (q - 1n), lcm(p - 1n, q - 1n)]) {
      const factors = factorRsa(p * q, e, inverse(e, totient));
      expect(new Set([factors?.p, factors?.q])).toEqual(new Set([p, q]));
    }
  });

  it('make a key with which openssl finds nothing wrong', () => {
    const members = { n: integer(key.n), e: integer(e), d: integer(key.d) };
    const { material } = parseRsaPrivate(members);
    const order = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;
    const names = ['modulus', 'pubExp', 'privExp', 'p', 'q', 'e1', 'e2', 'coeff'];
    const lines = order.map(
      (name, index) => `${names[index]}=INTEGER:0x${read(material[name]).toString(16)}`,
    );
    const template = ['asn1=SEQUENCE:key', '[key]', 'version=INTEGER:0', ...lines, ''].join('\n');
    const { out } = openssl(['asn1parse', '-genconf', 'template', '-noout', '-out', 'out'], { template });
    expect(out.length).toBeGreaterThan(1000);
    expect(openssl(['pkey', '-inform', 'DER', '-in', 'key', '-check', '-noout'], { key: out }).ok).toBe(true);
    const wrong = openssl(['asn1parse', '-genconf', 'template', '-noout', '-out', 'out'], {
      template: template.replace(/coeff=.*/, 'coeff=INTEGER:5'),
    });
    expect(openssl(['pkey', '-inform', 'DER', '-in', 'key', '-check', '-noout'], { key: wrong.out }).ok).toBe(
      false,
    );
  });

  it('are not there for a d that does not belong to n, found out by one base', () => {
    const one = cost(() => expect(factorRsa(key.n, e, key.d)).toBeDefined());
    for (const difference of [-2n, 2n, 4n, 1n << 1000n]) {
      expect(cost(() => expect(factorRsa(key.n, e, key.d + difference)).toBeUndefined())).toBeLessThan(
        8 * one + 50_000,
      );
    }
    expect(factorRsa(key.n, e, key.d + 1n)).toBeUndefined();
    expect(factorRsa(key.n, 1n, 1n)).toBeUndefined();
  });

  it.each([1n, 2n, 3n])(
    'are not there for the power %i of a prime, found out before all bases are tried',
    (power) => {
      const p = prime(Math.floor(2048 / Number(power)));
      const n = p ** power;
      const d = inverse(e, (n / p) * (p - 1n));
      const one = Math.min(
        ...[1, 2, 3].map(() => cost(() => expect(factorRsa(key.n, e, key.d + 2n)).toBeUndefined())),
      );
      const all = cost(() => expect(factorRsa(n, e, d)).toBeUndefined());
      // Six bases and the check; with all forty it would be five times as long.
      expect(all / one).toBeLessThan(20);
    },
  );

  it('of three primes are no factors that a key is made of', () => {
    const [a, b] = [prime(683), prime(683)];
    let c = prime(682);
    while ((a * b * c).toString(2).length !== 2048) c = prime(682);
    const n = a * b * c;
    const d = inverse(e, (a - 1n) * (b - 1n) * (c - 1n));
    const factors = factorRsa(n, e, d);
    expect((factors?.p ?? 0n) * (factors?.q ?? 0n)).toBe(n);
    expect(() => parseRsaPrivate({ n: integer(n), e: integer(e), d: integer(d) })).toThrow(
      /weak|does not match/,
    );
  });
});

describe('numbers of an RSA JWK that are right but not reduced', () => {
  const { n, d, p, q } = key;
  const whole = { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const texts = (members: Readonly<Record<string, bigint>>) =>
    Object.fromEntries(Object.entries(members).map(([name, value]) => [name, integer(value)]));

  it.each([
    ['d', d + 2n * (p - 1n) * (q - 1n)],
    ['dp', whole.dp + p - 1n],
    ['dq', whole.dq + q - 1n],
    ['qi', whole.qi + p],
  ])('are refused: %s', (member, value) => {
    expect(parseRsaPrivate(texts(whole)).size).toBe(2048);
    expect(() => parseRsaPrivate(texts({ ...whole, [member]: value }))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });
});
