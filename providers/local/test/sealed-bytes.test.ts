import { createDecipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openBytes, sealBytes } from '../src/sealed-bytes.ts';

const key = new Uint8Array(32).fill(7);
const aad = new TextEncoder().encode('a place');
const integrity = expect.objectContaining({ code: 'ERR_INTEGRITY' });

test('what was sealed opens with the same key and place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 50 }), (plaintext, place) => {
      expect(openBytes(key, sealBytes(key, plaintext, place), place)).toEqual(plaintext);
    }),
  );
});

test('the format is version, IV, ciphertext, tag of AES-256-GCM', () => {
  const sealed = sealBytes(key, Uint8Array.of(1, 2, 3), aad);
  expect(sealed.length).toBe(1 + 12 + 3 + 16);
  expect(sealed[0]).toBe(1);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13), { authTagLength: 16 });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(16));
  expect(Buffer.concat([decipher.update(sealed.subarray(13, 16)), decipher.final()])).toEqual(
    Buffer.of(1, 2, 3),
  );
});

test('the same octets never seal to the same twice', () => {
  const sealed = Array.from({ length: 100 }, () =>
    Buffer.from(sealBytes(key, Uint8Array.of(1), aad)).toString('hex'),
  );
  expect(new Set(sealed).size).toBe(100);
});

test('every changed bit is refused', () => {
  const sealed = sealBytes(key, randomBytes(20), aad);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Uint8Array.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => openBytes(key, changed, aad)).toThrow(integrity);
  }
});

test('every cut, and every octet more, is refused', () => {
  const sealed = sealBytes(key, randomBytes(20), aad);
  for (let length = 0; length < sealed.length; length += 1) {
    expect(() => openBytes(key, sealed.subarray(0, length), aad)).toThrow(integrity);
  }
  expect(() => openBytes(key, Uint8Array.of(...sealed, 0), aad)).toThrow(integrity);
});

test('another key and another place are refused, without detail', () => {
  const sealed = sealBytes(key, randomBytes(20), aad);
  expect(() => openBytes(new Uint8Array(32), sealed, aad)).toThrow(
    'The data is damaged, forged or was made with another key',
  );
  expect(() => openBytes(key, sealed, new Uint8Array())).toThrow(integrity);
});

test('plaintext is in memory of its own, not in a pool that other code sees', () => {
  const opened = openBytes(key, sealBytes(key, randomBytes(32), aad), aad);
  expect(opened.buffer.byteLength).toBe(32);
});
