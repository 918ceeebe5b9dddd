import { createHash, createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, exportSPKI, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../src/base64url.ts';
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
import { keyCells, keyNamed, spkiOf } from './public-keys.ts';
import { integer } from './rsa-key.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });

describe('public keys', () => {
  it.each(keyCells)('%s: the same key from a key object, a JWK and an SPKI', (_, privateKey, publicKey) => {
    const jwk = toPublicJwk(publicKey);
    expect(publicKeyFromJwk(jwk).equals(publicKey)).toBe(true);
    expect(publicKeyFromSpki(spkiOf(publicKey)).equals(publicKey)).toBe(true);
    expect(jwkFromSpki(spkiOf(publicKey))).toEqual(jwk);
    expect(toPublicJwk(privateKey)).toEqual(jwk);
    expect(Object.isFrozen(jwk)).toBe(true);
  });

  it.each(keyCells)('%s: the JWK has public members and no others', (_, privateKey) => {
    const members = { RSA: 'kty n e', EC: 'kty crv x y', OKP: 'kty crv x', AKP: 'kty alg pub' };
    const jwk = toPublicJwk(privateKey);
    expect(Object.keys(jwk)).toEqual(members[jwk.kty as keyof typeof members].split(' '));
  });

  it.each(keyCells)(
    '%s: other members do not matter, private ones are dropped',
    (_, privateKey, publicKey) => {
      const jwk = {
        ...privateKey.export({ format: 'jwk' }),
        kid: 'a',
        key_ops: ['verify'],
        use: 'sig',
      } as JsonWebKey;
      expect(publicKeyFromJwk(jwk).type).toBe('public');
      expect(publicKeyFromJwk(jwk).equals(publicKey)).toBe(true);
    },
  );

  it.each(keyCells)('%s: the digest is that of openssl', (name, _, publicKey) => {
    const digest = createHash('sha256').update(spkiOf(publicKey)).digest();
    expect(spkiDigest(toPublicJwk(publicKey))).toEqual(new Uint8Array(digest));
    if (name.startsWith('ML-DSA')) return;
    const pub = String(publicKey.export({ format: 'pem', type: 'spki' }));
    const der = openssl(['pkey', '-pubin', '-in', 'pub', '-outform', 'DER', '-out', 'out'], { pub }).out;
    expect(createHash('sha256').update(der).digest()).toEqual(digest);
  });

  it.each(keyCells.filter(([name]) => name !== 'P-256K'))(
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
