import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from '../src/base64url.ts';

describe('base64url', () => {
  it('encodes the example of RFC 7515 appendix C', () => {
    expect(encodeBase64Url(Uint8Array.of(3, 236, 255, 224, 193))).toBe('A-z_4ME');
  });

  it('comes back as the same octets, in an array of their own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        const decoded = decodeBase64Url(encodeBase64Url(octets));
        expect(decoded).toEqual(octets);
        expect(decoded?.buffer.byteLength).toBe(octets.length);
      }),
    );
  });

  it('encodes a window into a larger buffer without its surroundings', () => {
    expect(encodeBase64Url(Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 3))).toBe('AgM');
  });

  it('takes exactly one text for each octets, whatever is tried', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQgwEIz09-_=+/ \n'), maxLength: 12 }), (text) => {
        const decoded = decodeBase64Url(text);
        if (decoded !== undefined) expect(encodeBase64Url(decoded)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['A', 'AA==', 'AA=', 'AB', 'AAB', 'AA A', 'AA\n', '+A', '/A', 'AAAAA', 'é'])(
    'refuses %j',
    (text) => {
      expect(decodeBase64Url(text)).toBeUndefined();
    },
  );

  it('takes every canonical last character and no other', () => {
    const all = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
    expect(all.filter((last) => decodeBase64Url(`A${last}`) !== undefined)).toHaveLength(4);
    expect(all.filter((last) => decodeBase64Url(`AA${last}`) !== undefined)).toHaveLength(16);
    expect(all.filter((last) => decodeBase64Url(`AAA${last}`) !== undefined)).toHaveLength(64);
  });

  it('refuses what is not text, without a throw', () => {
    for (const value of [undefined, null, 1, ['AA'], {}])
      expect(decodeBase64Url(value as never)).toBeUndefined();
  });
});
