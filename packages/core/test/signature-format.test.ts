import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curves } from '../src/key-types.ts';
import { derToP1363, p1363InRange, p1363ToDer } from '../src/signature-format.ts';
import { fromHex } from './signature-rows.ts';

const orders = {
  'P-256': p256.Point.Fn.ORDER,
  'P-384': p384.Point.Fn.ORDER,
  'P-521': p521.Point.Fn.ORDER,
  'P-256K': secp256k1.Point.Fn.ORDER,
} as const;

const curveNames = ['P-256', 'P-384', 'P-521', 'P-256K'] as const;

function join(length: number, r: bigint, s: bigint): Uint8Array {
  return fromHex([r, s].map((value) => value.toString(16).padStart(2 * length, '0')).join(''));
}

describe('ECDSA signature encodings', () => {
  it.each(curveNames)('agrees with node:crypto on %s in both directions', (name) => {
    const { nodeName, coordinateLength } = curves[name];
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: nodeName });
    const publicKey = createPublicKey(privateKey);
    for (let round = 0; round < 40; round++) {
      const data = Buffer.from([round]);
      const der = sign('sha256', data, { key: privateKey, dsaEncoding: 'der' });
      const p1363 = derToP1363(der, coordinateLength);
      if (p1363 === undefined) throw new Error('node:crypto made a signature that is not DER');
      expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, p1363)).toBe(true);
      expect(p1363ToDer(p1363, coordinateLength)).toEqual(new Uint8Array(der));
      expect(p1363InRange(p1363, name)).toBe(true);
    }
  });

  it.each([32, 48, 66])('round-trips every r and s of %d octets', (length) => {
    const half = fc.oneof(
      fc.bigInt({ min: 1n, max: (1n << BigInt(8 * length)) - 1n }),
      fc.bigInt({ min: 1n, max: 300n }),
      fc.nat(8 * length - 1).map((bit) => 1n << BigInt(bit)),
    );
    fc.assert(
      fc.property(half, half, (r, s) => {
        const signature = join(length, r, s);
        expect(derToP1363(p1363ToDer(signature, length) ?? new Uint8Array(), length)).toEqual(signature);
      }),
    );
  });

  it.each([
    ['r of zero', '3006020100020101'],
    ['s of zero', '3006020101020100'],
    ['a negative r', '3006020180020101'],
    ['r with a needless zero', '300702020001020101'],
    ['three integers', '3009020101020101020101'],
    ['one integer', '3003020101'],
    ['octets behind it', '300602010102010100'],
    ['octets behind s', '30080201010201010500'],
    ['a long-form length', '308106020101020101'],
    ['another type in place of s', '3006020101040101'],
    ['another type around it', '3106020101020101'],
    ['r that is too long', `3026022101${'00'.repeat(32)}020101`],
    ['nothing', ''],
  ])('refuses DER with %s', (_, hex) => {
    expect(derToP1363(fromHex(hex), 32)).toBeUndefined();
  });

  it('refuses r ‖ s of another length, and zeros', () => {
    const good = join(32, 1n, 1n);
    expect(p1363ToDer(good, 32)).toBeDefined();
    for (const wrong of [
      good.subarray(1),
      Uint8Array.of(0, ...good),
      join(32, 0n, 1n),
      join(32, 1n, 0n),
      new Uint8Array(),
    ]) {
      expect(p1363ToDer(wrong, 32)).toBeUndefined();
    }
  });

  it.each(curveNames)('takes r and s from 1 to n - 1 on %s', (name) => {
    const { coordinateLength } = curves[name];
    const n = orders[name];
    const inRange = (r: bigint, s: bigint) => p1363InRange(join(coordinateLength, r, s), name);
    expect(inRange(1n, n - 1n)).toBe(true);
    expect(inRange(n - 1n, 1n)).toBe(true);
    for (const wrong of [0n, n, n + 1n, (1n << BigInt(8 * coordinateLength)) - 1n]) {
      expect(inRange(wrong, 1n)).toBe(false);
      expect(inRange(1n, wrong)).toBe(false);
    }
    expect(p1363InRange(join(coordinateLength, 1n, 1n).subarray(1), name)).toBe(false);
  });

  it('has no range for a curve without ECDSA', () => {
    expect(p1363InRange(new Uint8Array(64).fill(1), 'Ed25519')).toBe(false);
  });

  it('never throws, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), fc.constantFrom(32, 48, 66), (octets, length) => {
        const p1363 = derToP1363(octets, length);
        if (p1363 !== undefined) expect(p1363ToDer(p1363, length)).toEqual(octets);
        p1363ToDer(octets, length);
        for (const name of curveNames) p1363InRange(octets, name);
      }),
    );
  });
});
