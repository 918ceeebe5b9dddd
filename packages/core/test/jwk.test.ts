import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../src/base64url.ts';
import { isKeyManagerError } from '../src/errors.ts';
import { parsePrivateJwk } from '../src/jwk.ts';
import { toPublicJwk } from '../src/public-key.ts';
import { expectRefusal, jwkNames, jwkOf, privateJwks } from './private-jwks.ts';
import type { Jwk, JwkName } from './private-jwks.ts';

const others: Partial<Record<JwkName, Jwk>> = {
  'p-256': jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  ed25519: jwkOf(generateKeyPairSync('ed25519').privateKey),
  'ml-dsa-44': jwkOf(generateKeyPairSync('ml-dsa-44').privateKey),
};

const secrets = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv'] as const;

describe('private JWKs', () => {
  it.each(jwkNames)('%s is taken as it is, and its material is a key for node:crypto', (name) => {
    const given = privateJwks[name];
    const parsed = parsePrivateJwk(given);
    expect(parsed.material).toEqual(given);
    expect(parsed.keyType).toBe(given['kty']);
    expect(parsed.keyOperations).toBeUndefined();
    expect(parsePrivateJwk(parsed.material).material).toEqual(parsed.material);
    if (name === 'oct') return;
    const privateKey = createPrivateKey({
      key: Object.fromEntries(Object.entries(parsed.material)),
      format: 'jwk',
    });
    expect(parsed.publicKey).toEqual(toPublicJwk(createPublicKey(privateKey)));
    for (const secret of secrets) expect(parsed.publicKey).not.toHaveProperty(secret);
  });

  it('says type, family, curve, size and parameter set', () => {
    const shapeOf = (jwk: unknown) => {
      const { keyType, family, curve, size, parameterSet } = parsePrivateJwk(jwk);
      return { keyType, family, curve, size, parameterSet };
    };
    const nothing = { curve: undefined, size: undefined, parameterSet: undefined };
    expect(shapeOf(privateJwks.rsa)).toEqual({ ...nothing, keyType: 'RSA', family: 'RSA', size: 2048 });
    expect(shapeOf(privateJwks['p-256k'])).toEqual({
      ...nothing,
      keyType: 'EC',
      family: 'EC',
      curve: 'P-256K',
    });
    expect(shapeOf(privateJwks.ed25519)).toEqual({
      ...nothing,
      keyType: 'OKP',
      family: 'OKP',
      curve: 'Ed25519',
    });
    expect(shapeOf(privateJwks['ml-dsa-65'])).toEqual({
      ...nothing,
      keyType: 'AKP',
      family: 'AKP',
      parameterSet: 'ML-DSA-65',
    });
    expect(shapeOf(privateJwks.oct)).toEqual({ ...nothing, keyType: 'oct', family: 'oct', size: 256 });
  });

  it.each(jwkNames)('%s with -HSM is the same material, and hardware is asked for', (name) => {
    const parsed = parsePrivateJwk({ ...privateJwks[name], kty: `${String(privateJwks[name]['kty'])}-HSM` });
    expect(parsed.keyType).toBe(`${String(privateJwks[name]['kty'])}-HSM`);
    expect(parsed.material).toEqual(privateJwks[name]);
  });

  it('takes P-256K for secp256k1', () => {
    expect(parsePrivateJwk({ ...privateJwks['p-256k'], crv: 'P-256K' }).material).toEqual(
      privateJwks['p-256k'],
    );
  });

  it('takes members that are undefined as absent, and leaves out kid and ext', () => {
    const parsed = parsePrivateJwk({
      ...privateJwks['p-256'],
      kid: 'a',
      ext: true,
      use: undefined,
      n: undefined,
    });
    expect(parsed.material).toEqual(privateJwks['p-256']);
  });

  it('takes the keys of RFC 7517 appendix A.2, A.3 and RFC 8037 appendix A.1', () => {
    const ec = {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
      d: '870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE',
    };
    const encryption = parsePrivateJwk({ ...ec, use: 'enc', kid: '1' });
    expect(encryption.material).toEqual(ec);
    expect(encryption.keyOperations).toEqual(['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']);
    const oct = parsePrivateJwk({ kty: 'oct', alg: 'A128KW', k: 'GawgguFyGrWKav7AX4VKUg' });
    expect(oct).toMatchObject({ size: 128, algorithm: 'A128KW' });
    const [x, d] = [
      '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    ];
    expect(parsePrivateJwk({ kty: 'OKP', crv: 'Ed25519', x, d }).curve).toBe('Ed25519');
  });

  it('takes symmetric keys of 128, 192, 256, 384 and 512 bits and of no other size', () => {
    const taken = Array.from({ length: 80 }, (_, length) => length).filter((length) => {
      const jwk = { kty: 'oct', k: encodeBase64Url(new Uint8Array(length).fill(1)) };
      try {
        return parsePrivateJwk(jwk).size === 8 * length;
      } catch {
        return false;
      }
    });
    expect(taken).toEqual([16, 24, 32, 48, 64]);
  });
});

describe('JWKs that are refused', () => {
  it.each([
    undefined,
    null,
    1,
    true,
    'text',
    JSON.stringify(privateJwks.oct),
    [],
    [privateJwks.oct],
    () => privateJwks.oct,
    {},
    { kty: 1 },
  ])('no JWK: %j', (value) => {
    expectRefusal(value);
  });

  it.each([
    ['an unknown kty', { ...privateJwks['p-256'], kty: 'XYZ' }],
    ['a kty in small letters', { ...privateJwks['p-256'], kty: 'ec' }],
    ['a member nobody knows', { ...privateJwks['p-256'], colour: 'blue' }],
    ['a member of another type', { ...privateJwks['p-256'], n: 'AQAB' }],
    ['the public half alone', { ...privateJwks['p-256'], d: undefined }],
    ['no public half', { ...privateJwks['p-256'], x: undefined }],
    ['a number for text', { ...privateJwks['p-256'], x: 1 }],
    ['null for text', { ...privateJwks['p-256'], d: null }],
    ['a kid that is no text', { ...privateJwks['p-256'], kid: 1 }],
    ['padding', { ...privateJwks['p-256'], d: `${String(privateJwks['p-256']['d'])}=` }],
    ['an unknown curve', { ...privateJwks['p-256'], crv: 'P-192' }],
    ['a curve of another type', { ...privateJwks['p-256'], crv: 'Ed25519' }],
    ['a curve of another length', { ...privateJwks['p-256'], crv: 'P-384' }],
    ['a curve of the same length', { ...privateJwks['p-256'], crv: 'secp256k1' }],
    ['X25519', { ...privateJwks.ed25519, crv: 'X25519' }],
    ['an ML-DSA key without alg', { ...privateJwks['ml-dsa-44'], alg: undefined }],
    ['an ML-DSA key of another parameter set', { ...privateJwks['ml-dsa-44'], alg: 'ML-DSA-65' }],
    ['an algorithm of another type on an ML-DSA key', { ...privateJwks['ml-dsa-44'], alg: 'ES256' }],
    [
      'an ML-DSA seed that is too short',
      { ...privateJwks['ml-dsa-44'], priv: encodeBase64Url(new Uint8Array(31)) },
    ],
    ['an ML-DSA public key that is no base64url', { ...privateJwks['ml-dsa-44'], pub: '=' }],
    ['an empty symmetric key', { kty: 'oct', k: '' }],
    ['__proto__', JSON.parse('{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAA","__proto__":"x"}') as unknown],
    ['constructor as a member', { ...privateJwks.oct, constructor: 'x' }],
  ])('%s', (_, jwk) => {
    expectRefusal(jwk);
  });

  it.each([
    ['oth', /more than two primes/],
    ['x5c', /certificate/],
    ['x5u', /certificate/],
    ['x5t', /certificate/],
    ['x5t#S256', /certificate/],
  ])('%s is named, with the reason', (member, reason) => {
    expect(expectRefusal({ ...privateJwks.rsa, [member]: 'x' })).toMatch(reason);
  });

  it.each(Object.entries(others) as [JwkName, Jwk][])('%s: a private part of another key', (name, other) => {
    const secret = 'priv' in other ? { priv: other['priv'] } : { d: other['d'] };
    expect(expectRefusal({ ...privateJwks[name], ...secret })).toMatch(/does not match/);
  });

  it('a scalar of zero, of n and above', () => {
    const n = p256.Point.Fn.ORDER;
    for (const value of [0n, n, n + 1n, (1n << 256n) - 1n]) {
      const d = Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toString('base64url');
      expectRefusal({ ...privateJwks['p-256'], d });
    }
  });

  it('a scalar that is d + n: another text of the same key (P-521)', () => {
    const d = BigInt(`0x${Buffer.from(String(privateJwks['p-521']['d']), 'base64url').toString('hex')}`);
    const order = (1n << 521n) - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n;
    const octets = Buffer.from((d + order).toString(16).padStart(132, '0'), 'hex');
    expectRefusal({ ...privateJwks['p-521'], d: octets.toString('base64url') });
  });

  it('a point off the curve', () => {
    expectRefusal({ ...privateJwks['p-256'], y: privateJwks['p-256']['x'] });
  });

  it('coordinates that are too long or too short by a zero', () => {
    for (const member of ['x', 'y', 'd']) {
      const octets = Buffer.from(String(privateJwks['p-384'][member]), 'base64url');
      expectRefusal({
        ...privateJwks['p-384'],
        [member]: Buffer.concat([Buffer.alloc(1), octets]).toString('base64url'),
      });
      expectRefusal({ ...privateJwks['p-384'], [member]: octets.subarray(1).toString('base64url') });
    }
  });

  it('any change of one character of a key pair', () => {
    const pairs = ['p-256', 'p-384', 'p-521', 'p-256k', 'ed25519'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...pairs),
        fc.constantFrom('x', 'y', 'd'),
        fc.nat(40),
        (name, member, index) => {
          const text = privateJwks[name][member];
          if (typeof text !== 'string') return;
          const changed = text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1);
          expectRefusal({ ...privateJwks[name], [member]: changed });
        },
      ),
    );
  });

  it('whatever JSON is thrown at it, in a typed error', () => {
    const member = fc.constantFrom(
      'kty',
      'crv',
      'x',
      'y',
      'd',
      'k',
      'n',
      'e',
      'alg',
      'use',
      'key_ops',
      'pub',
      'priv',
      'kid',
    );
    const value = fc.oneof(
      fc.constantFrom('EC', 'RSA', 'oct', 'OKP', 'AKP', 'P-256', 'AQAB', 'sig'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(privateJwks)),
        fc.dictionary(member, value),
        (key, changes) => {
          try {
            parsePrivateJwk({ ...key, ...changes });
          } catch (error) {
            expect(isKeyManagerError(error)).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
