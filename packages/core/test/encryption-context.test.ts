import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEncryptionContext, encodeEncryptionContext } from '../src/encryption-context.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const contexts = fc.dictionary(text, text, { noNullPrototype: true });

/** Reads the published encoding as somebody else would, from its description. */
function decode(octets: Uint8Array): [string, string][] {
  const buffer = Buffer.from(octets);
  if (buffer.length === 0) return [];
  expect(buffer.subarray(0, 12).toString('ascii')).toBe('keyway-ctx-1');
  const texts: string[] = [];
  for (let at = 12; at < buffer.length;) {
    const end = at + 4 + buffer.readUInt32BE(at);
    texts.push(buffer.subarray(at + 4, end).toString('utf8'));
    at = end;
  }
  return Array.from({ length: texts.length / 2 }, (_, i) => [texts[2 * i] ?? '', texts[2 * i + 1] ?? '']);
}

describe('encodeEncryptionContext', () => {
  it('gives the published octets', () => {
    const expected =
      '6b65797761792d6374782d31' +
      '00000001' +
      '61' +
      '00000002' +
      'c3a9' +
      '00000001' +
      '62' +
      '00000001' +
      '31';
    expect(Buffer.from(encodeEncryptionContext({ b: '1', a: 'é' })).toString('hex')).toBe(expected);
  });

  it('gives no octets for an empty context', () => {
    expect(encodeEncryptionContext({})).toEqual(new Uint8Array(0));
  });

  it('sorts by UTF-8 octets, not by UTF-16 units', () => {
    const entries = decode(
      encodeEncryptionContext({ '\u{1f511}': 'high', '\uff5e': 'low', 9: 'nine', 10: 'ten' }),
    );
    expect(entries.map(([key]) => key)).toEqual(['10', '9', '\uff5e', '\u{1f511}']);
  });

  it('holds everything, in one form whatever the order', () => {
    fc.assert(
      fc.property(contexts, (context) => {
        const octets = encodeEncryptionContext(context);
        expect(new Map(decode(octets))).toEqual(new Map(Object.entries(context)));
        const reversed = Object.fromEntries(Object.entries(context).toReversed());
        expect(encodeEncryptionContext(reversed)).toEqual(octets);
      }),
    );
  });

  it('differs where contexts differ', () => {
    expect(encodeEncryptionContext({ ab: 'c' })).not.toEqual(encodeEncryptionContext({ a: 'bc' }));
    expect(encodeEncryptionContext({ a: 'b', c: 'd' })).not.toEqual(
      encodeEncryptionContext({ a: 'bc', d: '' }),
    );
  });
});

describe('checkEncryptionContext', () => {
  it('takes absent and empty for the same', () => {
    expect(checkEncryptionContext(undefined)).toBeUndefined();
    expect(checkEncryptionContext({})).toBeUndefined();
  });

  it('gives a frozen copy that a later change of the original does not reach', () => {
    const context: Record<string, string> = { tenant: 'a', __proto: 'b' };
    const checked = checkEncryptionContext(context);
    context['tenant'] = 'changed';
    expect(checked).toEqual({ tenant: 'a', __proto: 'b' });
    expect(Object.isFrozen(checked)).toBe(true);
  });

  it('keeps a key that would set a prototype', () => {
    const checked = checkEncryptionContext(JSON.parse('{"__proto__":"x"}'));
    expect(decode(encodeEncryptionContext(checked ?? {}))).toEqual([['__proto__', 'x']]);
  });

  it('refuses whatever is no map of non-empty, well-formed texts', () => {
    const values = [
      null,
      'a',
      1,
      [],
      ['a'],
      new Map(),
      new Date(0),
      { a: '' },
      { '': 'a' },
      { a: 1 },
      { a: undefined },
      { a: null },
    ];
    for (const value of [...values, { a: '\ud83d' }, { '\udd11': 'a' }, { [Symbol('a')]: 'b' }]) {
      expect(() => checkEncryptionContext(value)).toThrow(invalid);
    }
  });

  it('refuses more than 8192 octets', () => {
    const room = 8192 - 12 - 4 - 1 - 4;
    expect(checkEncryptionContext({ a: 'x'.repeat(room) })).toBeDefined();
    expect(() => checkEncryptionContext({ a: 'x'.repeat(room + 1) })).toThrow(invalid);
  });
});
