import { generateKeyPairSync } from 'node:crypto';
import type { JsonWebKey, KeyCurveName } from '@keyway/core/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curveOfParameters, decodePoint, ecParameters, encodePoint } from '../src/ec-parameters.ts';
import { pointOfJwk, publicJwkOf, publicTemplateOf } from '../src/public-attributes.ts';
import type { Attributes } from '../src/token/attributes.ts';
import { there } from './test-keys.ts';

const curveNames = ['P-256', 'P-384', 'P-521', 'P-256K', 'Ed25519'] as const;
const nodeNames = { 'P-256': 'P-256', 'P-384': 'P-384', 'P-521': 'P-521', 'P-256K': 'secp256k1' } as const;

function newJwk(curve: KeyCurveName): JsonWebKey {
  const pair =
    curve === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: nodeNames[curve] });
  return pair.publicKey.export({ format: 'jwk' }) as JsonWebKey;
}

/** What a token tells of a public key object. */
const publicAttributesOf = (jwk: JsonWebKey): Attributes => publicTemplateOf(jwk) as Attributes;

describe('the parameters of a curve', () => {
  it.each(curveNames)('are those that openssl writes: %s', (curve) => {
    const pair =
      curve === 'Ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: nodeNames[curve] });
    const spki = pair.publicKey.export({ format: 'der', type: 'spki' });
    expect(spki.includes(Buffer.from(ecParameters(curve)))).toBe(true);
    expect(curveOfParameters(ecParameters(curve))).toBe(curve);
  });

  it('of Ed25519 are its name, too', () => {
    expect(Buffer.from(ecParameters('Ed25519', 'name')).subarray(2).toString()).toBe('edwards25519');
    expect(curveOfParameters(ecParameters('Ed25519', 'name'))).toBe('Ed25519');
    expect(ecParameters('P-256', 'name')).toEqual(ecParameters('P-256'));
  });

  it('of other curves are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (octets) => {
        expect(curveOfParameters(octets)).toBeUndefined();
      }),
    );
  });
});

describe('a public point', () => {
  it.each(curveNames)('is read as DER and bare: %s', (curve) => {
    const jwk = newJwk(curve);
    const point = pointOfJwk(jwk);
    const der = encodePoint(point);
    expect(decodePoint(curve, der)).toEqual(point);
    expect(decodePoint(curve, point)).toEqual(point);
    const attributes = publicAttributesOf(jwk);
    expect(publicJwkOf(attributes)).toEqual(jwk);
    expect(publicJwkOf({ ...attributes, ecPoint: point })).toEqual(jwk);
  });

  it('of P-521 has the long form of the length', () => {
    const der = encodePoint(pointOfJwk(newJwk('P-521')));
    expect([...der.subarray(0, 4)]).toEqual([0x04, 0x81, 0x85, 0x04]);
    expect(der).toHaveLength(136);
  });

  it('of P-256 that begins as DER would is read by its length', () => {
    // A bare point may well continue with 41 04, which is what DER begins with.
    const bare = Uint8Array.from([4, 0x41, 0x04, ...new Uint8Array(62).fill(1)]);
    expect(decodePoint('P-256', bare)).toEqual(bare);
  });

  it.each(curveNames)(
    'is refused with anything more or less, compressed, or of another curve: %s',
    (curve) => {
      const point = pointOfJwk(newJwk(curve));
      const der = encodePoint(point);
      const wrong = [
        point.slice(1),
        der.slice(0, -1),
        Uint8Array.from([...der, 0]),
        Uint8Array.from([0, ...der]),
        new Uint8Array(),
        ...(curve === 'Ed25519' ? [] : [point.map((octet, at) => (at === 0 ? 2 : octet))]),
      ];
      for (const each of wrong) expect(decodePoint(curve, each)).toBeUndefined();
      for (const other of curveNames.filter(
        (name) => name !== curve && !(name.startsWith('P-256') && curve.startsWith('P-256')),
      )) {
        expect(decodePoint(other, der)).toBeUndefined();
      }
    },
  );

  it.each(['P-256', 'P-384', 'P-521', 'P-256K'] as const)(
    'that is not on its curve is no key: %s',
    (curve) => {
      const attributes = publicAttributesOf(newJwk(curve));
      const ecPoint = there(attributes.ecPoint).map((octet, at, all) =>
        at === all.length - 1 ? octet ^ 1 : octet,
      );
      expect(publicJwkOf({ ...attributes, ecPoint })).toBeUndefined();
    },
  );
});

describe('an RSA public key', () => {
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    format: 'jwk',
  }) as JsonWebKey;
  const attributes = publicAttributesOf(jwk);

  it('is read with and without leading zeros', () => {
    expect(publicJwkOf(attributes)).toEqual(jwk);
    const padded = {
      ...attributes,
      modulus: Uint8Array.from([0, ...there(attributes.modulus)]),
      publicExponent: Uint8Array.from([0, 0, ...there(attributes.publicExponent)]),
    };
    expect(publicJwkOf(padded)).toEqual(jwk);
  });

  it('is none with a small exponent, an even modulus, of another size, or with a part missing', () => {
    expect(publicJwkOf({ ...attributes, publicExponent: Uint8Array.of(3) })).toBeUndefined();
    expect(publicJwkOf({ ...attributes, modulus: there(attributes.modulus).slice(1) })).toBeUndefined();
    expect(publicJwkOf({ keyType: 0, publicExponent: Uint8Array.of(1, 0, 1) })).toBeUndefined();
    expect(publicJwkOf({ keyType: 0 })).toBeUndefined();
    expect(publicJwkOf({ keyType: 0x1f })).toBeUndefined();
    expect(publicJwkOf({})).toBeUndefined();
  });
});
