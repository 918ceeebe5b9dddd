import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { p521 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { calculateJwkThumbprint, exportJWK, exportSPKI, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../src/base64url.ts';
import { derTag, writeDer, writeDerUnsigned } from '../src/der.ts';
import type { JsonWebKey } from '../src/models.ts';
import {
  jwkFromSpki,
  keyShapeOfPublicJwk,
  publicKeyFromJwk,
  publicKeyFromSpki,
  spkiDigest,
  toPublicJwk,
} from '../src/public-key.ts';
import { openssl } from './openssl.ts';
import { fromHex, withFlipped } from './signature-rows.ts';
import { integer } from './rsa-key.ts';

const made: Readonly<Record<string, KeyObject>> = {
  'RSA 2048': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'RSA 3072': generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey,
  'RSA 4096': generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey,
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  'P-256K': generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
  Ed25519: generateKeyPairSync('ed25519').privateKey,
  'ML-DSA-44': generateKeyPairSync('ml-dsa-44').privateKey,
  'ML-DSA-65': generateKeyPairSync('ml-dsa-65').privateKey,
  'ML-DSA-87': generateKeyPairSync('ml-dsa-87').privateKey,
};
const cells = Object.entries(made).map(
  ([name, privateKey]) => [name, privateKey, createPublicKey(privateKey)] as const,
);
const spkiOf = (key: KeyObject): Uint8Array => Uint8Array.from(key.export({ format: 'der', type: 'spki' }));
const keyNamed = (name: string): KeyObject => createPublicKey(made[name] ?? '');
const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });

describe('public keys', () => {
  it.each(cells)('%s: the same key from a key object, a JWK and an SPKI', (_, privateKey, publicKey) => {
    const jwk = toPublicJwk(publicKey);
    expect(publicKeyFromJwk(jwk).equals(publicKey)).toBe(true);
    expect(publicKeyFromSpki(spkiOf(publicKey)).equals(publicKey)).toBe(true);
    expect(jwkFromSpki(spkiOf(publicKey))).toEqual(jwk);
    expect(toPublicJwk(privateKey)).toEqual(jwk);
    expect(Object.isFrozen(jwk)).toBe(true);
  });

  it.each(cells)('%s: the JWK has public members and no others', (_, privateKey) => {
    const members = { RSA: 'kty n e', EC: 'kty crv x y', OKP: 'kty crv x', AKP: 'kty alg pub' };
    const jwk = toPublicJwk(privateKey);
    expect(Object.keys(jwk)).toEqual(members[jwk.kty as keyof typeof members].split(' '));
  });

  it.each(cells)('%s: other members do not matter, private ones are dropped', (_, privateKey, publicKey) => {
    const jwk = {
      ...privateKey.export({ format: 'jwk' }),
      kid: 'a',
      key_ops: ['verify'],
      use: 'sig',
    } as JsonWebKey;
    expect(publicKeyFromJwk(jwk).type).toBe('public');
    expect(publicKeyFromJwk(jwk).equals(publicKey)).toBe(true);
  });

  it.each(cells)('%s: the digest is that of openssl', (name, _, publicKey) => {
    const digest = createHash('sha256').update(spkiOf(publicKey)).digest();
    expect(spkiDigest(toPublicJwk(publicKey))).toEqual(new Uint8Array(digest));
    if (name.startsWith('ML-DSA')) return;
    const pub = String(publicKey.export({ format: 'pem', type: 'spki' }));
    const der = openssl(['pkey', '-pubin', '-in', 'pub', '-outform', 'DER', '-out', 'out'], { pub }).out;
    expect(createHash('sha256').update(der).digest()).toEqual(digest);
  });

  it.each(cells.filter(([name]) => name !== 'P-256K'))(
    '%s: jose reads the JWK as the same key',
    async (_, __, publicKey) => {
      const jwk = toPublicJwk(publicKey);
      const alg = { RSA: 'RS256', EC: 'ES256', OKP: 'Ed25519', AKP: jwk.alg ?? '' }[jwk.kty] ?? '';
      const ecAlg = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }[jwk.crv ?? ''];
      const imported = await importJWK({ ...jwk } as Parameters<typeof importJWK>[0], ecAlg ?? alg, {
        extractable: true,
      });
      if (imported instanceof Uint8Array) throw new Error('A public key is no octets');
      expect(publicKeyFromSpki(spkiOf(createPublicKey(await exportSPKI(imported)))).equals(publicKey)).toBe(
        true,
      );
      expect(await calculateJwkThumbprint(await exportJWK(imported))).toBe(
        await calculateJwkThumbprint({ ...jwk } as Parameters<typeof calculateJwkThumbprint>[0]),
      );
    },
  );

  it('says what decides which algorithms fit', () => {
    const shapeOf = (name: string) => keyShapeOfPublicJwk(toPublicJwk(keyNamed(name)));
    expect(shapeOf('RSA 3072')).toEqual({ family: 'RSA', size: 3072 });
    expect(shapeOf('P-256K')).toEqual({ family: 'EC', curve: 'P-256K' });
    expect(shapeOf('Ed25519')).toEqual({ family: 'OKP', curve: 'Ed25519' });
    expect(shapeOf('ML-DSA-65')).toEqual({ family: 'AKP', parameterSet: 'ML-DSA-65' });
  });

  it('takes the documented curve name', () => {
    const key = keyNamed('P-256K');
    expect(toPublicJwk(key).crv).toBe('secp256k1');
    expect(publicKeyFromJwk({ ...toPublicJwk(key), crv: 'P-256K' }).equals(key)).toBe(true);
  });
});

describe('SubjectPublicKeyInfo', () => {
  const identifier = (spki: Uint8Array): Uint8Array => spki.subarray(2, 2 + 2 + (spki[3] ?? 0));
  const rebuilt = (algorithm: Uint8Array, key: Uint8Array, unused = 0): Uint8Array =>
    writeDer(derTag.sequence, algorithm, writeDer(derTag.bitString, Uint8Array.of(unused), key));
  const p256Spki = spkiOf(keyNamed('P-256'));
  const point = p256Spki.subarray(26);
  const rsaParts = createPublicKey(made['RSA 2048'] ?? '').export({ format: 'jwk' });
  const octetsOf = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  const rsaKey = writeDer(
    derTag.sequence,
    writeDerUnsigned(octetsOf(rsaParts.n)),
    writeDerUnsigned(octetsOf(rsaParts.e)),
  );
  const rsaAlgorithm = fromHex('300d06092a864886f70d0101010500');

  it('is built here as it ought to be', () => {
    expect(rebuilt(identifier(p256Spki), point)).toEqual(p256Spki);
    expect(rebuilt(rsaAlgorithm, rsaKey)).toEqual(spkiOf(keyNamed('RSA 2048')));
  });

  const compressed = Uint8Array.of(2 + ((point[64] ?? 0) & 1), ...point.subarray(1, 33));
  it.each([
    ['nothing', new Uint8Array()],
    ['octets behind it', Uint8Array.of(...p256Spki, 0)],
    ['its end cut off', p256Spki.subarray(0, -1)],
    ['a compressed point', rebuilt(identifier(p256Spki), compressed)],
    [
      'a hybrid point',
      rebuilt(identifier(p256Spki), Uint8Array.of(6 + ((point[64] ?? 0) & 1), ...point.subarray(1))),
    ],
    ['the point at infinity', rebuilt(identifier(p256Spki), Uint8Array.of(0))],
    ['a point off the curve', rebuilt(identifier(p256Spki), withFlipped(point, 64))],
    ['a point with octets behind it', rebuilt(identifier(p256Spki), Uint8Array.of(...point, 0))],
    ['unused bits', rebuilt(identifier(p256Spki), point, 1)],
    ['an empty key', rebuilt(identifier(p256Spki), new Uint8Array())],
    [
      'a curve that is not in the contract',
      spkiOf(generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).publicKey),
    ],
    [
      'explicit curve parameters',
      Uint8Array.from(
        generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey.export({
          format: 'der',
          type: 'spki',
        }),
      ),
    ],
    ['another kind of key', spkiOf(generateKeyPairSync('x25519').publicKey)],
    ['RSASSA-PSS in place of RSA', spkiOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey)],
    ['RSA without its NULL', rebuilt(fromHex('300b06092a864886f70d010101'), rsaKey)],
    ['Ed25519 with a NULL', rebuilt(fromHex('300706032b65700500'), new Uint8Array(32).fill(1))],
    ['an Ed25519 key that is too short', rebuilt(fromHex('300506032b6570'), new Uint8Array(31).fill(1))],
    [
      'an ML-DSA key that is too short',
      rebuilt(fromHex('300b0609608648016503040311'), new Uint8Array(1311).fill(1)),
    ],
    ['RSA of 1024 bits', spkiOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)],
    [
      'RSA with exponent 3',
      spkiOf(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey),
    ],
    [
      'an RSA modulus with a needless zero',
      rebuilt(
        rsaAlgorithm,
        writeDer(0x30, writeDer(2, new Uint8Array(2), octetsOf(rsaParts.n)), fromHex('0203010001')),
      ),
    ],
    [
      'a negative RSA modulus',
      rebuilt(rsaAlgorithm, writeDer(0x30, writeDer(2, octetsOf(rsaParts.n)), fromHex('0203010001'))),
    ],
    [
      'an RSA key with a third number',
      rebuilt(
        rsaAlgorithm,
        writeDer(0x30, writeDerUnsigned(octetsOf(rsaParts.n)), fromHex('0203010001'), fromHex('020101')),
      ),
    ],
    ['an RSA key with octets behind it', rebuilt(rsaAlgorithm, Uint8Array.of(...rsaKey, 0))],
    ['a third part', writeDer(0x30, rsaAlgorithm, writeDer(3, Uint8Array.of(0), rsaKey), fromHex('0500'))],
  ])('with %s is refused', (_, spki) => {
    expect(() => publicKeyFromSpki(spki)).toThrow(invalid);
  });

  it('does not take a coordinate above the field', () => {
    // P-521 leaves room for x + p in its 66 octets.
    const { x, y } = toPublicJwk(keyNamed('P-521'));
    const value = BigInt(`0x${octetsOf(x).toString('hex')}`) + p521.Point.Fp.ORDER;
    const above = fromHex(value.toString(16).padStart(132, '0'));
    const spki = spkiOf(keyNamed('P-521'));
    expect(() => publicKeyFromJwk({ kty: 'EC', crv: 'P-521', x: encodeBase64Url(above), y })).toThrow(
      invalid,
    );
    const wrong = Uint8Array.of(...spki.subarray(0, -132), ...above, ...octetsOf(y));
    expect(() => publicKeyFromSpki(wrong)).toThrow(invalid);
  });

  it.each(cells)(
    '%s: a changed octet gives an ERR_INVALID_ARGUMENT or another key in its one encoding',
    (_, __, publicKey) => {
      const spki = spkiOf(publicKey);
      fc.assert(
        fc.property(
          fc.nat(Math.min(spki.length, 400) - 1),
          fc.integer({ min: 1, max: 255 }),
          (index, mask) => {
            const changed = withFlipped(spki, index, mask);
            let key: KeyObject;
            try {
              key = publicKeyFromSpki(changed);
            } catch (error) {
              expect(error).toEqual(invalid);
              return;
            }
            expect(spkiOf(key)).toEqual(changed);
          },
        ),
      );
    },
  );
});

describe('public JWKs', () => {
  const rsa = toPublicJwk(keyNamed('RSA 2048'));
  const ec = toPublicJwk(keyNamed('P-256'));
  const okp = toPublicJwk(keyNamed('Ed25519'));
  const akp = toPublicJwk(keyNamed('ML-DSA-44'));
  const short = encodeBase64Url(new Uint8Array(31).fill(1));

  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', JSON.stringify(ec)],
    ['a list', [ec]],
    ['no kty', { ...ec, kty: undefined }],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['-HSM', { ...rsa, kty: 'RSA-HSM' }],
    ['no n', { ...rsa, n: undefined }],
    [
      'n with a leading zero',
      { ...rsa, n: encodeBase64Url(Buffer.concat([Buffer.of(0), Buffer.from(rsa.n ?? '', 'base64url')])) },
    ],
    ['n that is even', { ...rsa, n: integer(1n << 2047n) }],
    ['n of 2047 bits', { ...rsa, n: integer((1n << 2046n) + 1n) }],
    ['n of 8192 bits', { ...rsa, n: integer((1n << 8191n) + 1n) }],
    ['n that is padded', { ...rsa, n: `${rsa.n}==` }],
    ['n that is a number', { ...rsa, n: 5 }],
    ['e of 1', { ...rsa, e: 'AQ' }],
    ['e of 3', { ...rsa, e: 'Aw' }],
    ['e that is even', { ...rsa, e: integer(65_538n) }],
    ['e of more than 64 bits', { ...rsa, e: integer((1n << 64n) + 1n) }],
    ['no e', { ...rsa, e: '' }],
    ['no y', { ...ec, y: undefined }],
    ['a short x', { ...ec, x: short }],
    ['a point off the curve', { ...ec, y: ec.x }],
    ['another curve', { ...ec, crv: 'P-384' }],
    ['an unknown curve', { ...ec, crv: 'P-512' }],
    ['a curve of another type', { ...ec, crv: 'Ed25519' }],
    ['no curve', { ...ec, crv: undefined }],
    ['a short Ed25519 key', { ...okp, x: short }],
    ['X25519', { ...okp, crv: 'X25519' }],
    ['AKP without alg', { ...akp, alg: undefined }],
    ['AKP of another parameter set', { ...akp, alg: 'ML-DSA-65' }],
    ['AKP with a short key', { ...akp, pub: short }],
    ['AKP without a key', { ...akp, pub: undefined }],
    ['AKP with an algorithm that is none of its', { ...akp, alg: 'ES256' }],
  ])('with %s are refused', (_, jwk) => {
    expect(() => publicKeyFromJwk(jwk as JsonWebKey)).toThrow(invalid);
  });
});
