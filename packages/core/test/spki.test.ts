import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { p521 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../src/base64url.ts';
import { derTag, writeDer, writeDerUnsigned } from '../src/der.ts';
import { publicKeyFromJwk, publicKeyFromSpki, toPublicJwk } from '../src/public-key.ts';
import { keyCells, keyNamed, spkiOf } from './public-keys.ts';
import { fromHex, withFlipped } from './signature-rows.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });

describe('SubjectPublicKeyInfo', () => {
  const identifier = (spki: Uint8Array): Uint8Array => spki.subarray(2, 2 + 2 + (spki[3] ?? 0));
  const rebuilt = (algorithm: Uint8Array, key: Uint8Array, unused = 0): Uint8Array =>
    writeDer(derTag.sequence, algorithm, writeDer(derTag.bitString, Uint8Array.of(unused), key));
  const p256Spki = spkiOf(keyNamed('P-256'));
  const point = p256Spki.subarray(26);
  const rsaParts = keyNamed('RSA 2048').export({ format: 'jwk' });
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

  it.each(keyCells)(
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
