import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkName, checkRequestId, checkTags, checkVersion } from '../src/names-and-tags.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const limits = { maxPageSize: 25, maxTags: 10 };

describe('checkName', () => {
  it.each(['a', '0', 'ab', 'a-b', 'a--b', '0-9', 'a'.repeat(63)])('takes %j everywhere', (name) => {
    expect(checkName(name, true)).toBe(name);
    expect(checkName(name, false)).toBe(name);
  });

  it.each(['A', 'a_b', '-a', 'a-', '-', 'a'.repeat(64), 'Z'.repeat(127)])(
    'takes %j only where names are not strict',
    (name) => {
      expect(() => checkName(name, true)).toThrow(invalid);
      expect(checkName(name, false)).toBe(name);
    },
  );

  it.each([
    '',
    ' ',
    'a b',
    'a/b',
    '.',
    '..',
    'a.b',
    'a%2fb',
    'ä',
    'a\n',
    'a\u0000',
    '\u212a',
    '../a',
    'a?b',
    'a#b',
    'a'.repeat(128),
  ])('takes %j nowhere', (name) => {
    expect(() => checkName(name, true)).toThrow(invalid);
    expect(() => checkName(name, false)).toThrow(invalid);
  });

  it('calls what is no string a TypeError', () => {
    for (const name of [undefined, null, 1, ['a'], {}])
      expect(() => checkName(name, true)).toThrow(TypeError);
  });

  it('takes only what needs no escaping in a URI', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 4 }), (name) => {
        try {
          checkName(name, false);
        } catch {
          return;
        }
        expect(encodeURIComponent(name)).toBe(name);
        expect(new URL(`https://vault.example/keys/${name}/v`).pathname).toBe(`/keys/${name}/v`);
      }),
    );
  });
});

describe('checkVersion', () => {
  it.each(['1', 'a1b2', 'A.b_c~d-e', '...', 'x'.repeat(127)])('takes %j', (version) => {
    expect(checkVersion(version)).toBe(version);
  });

  it.each(['', '.', '..', 'rotationpolicy', 'a/b', 'a b', 'a%20', 'é', 'v\n', 'x'.repeat(128)])(
    'refuses %j',
    (version) => {
      expect(() => checkVersion(version)).toThrow(invalid);
    },
  );

  it('calls what is no string a TypeError', () => {
    expect(() => checkVersion(1)).toThrow(TypeError);
  });
});

describe('checkRequestId', () => {
  it('takes 1 to 64 characters', () => {
    for (const id of ['a', 'A-b_c.9', 'x'.repeat(64)]) expect(checkRequestId(id)).toBe(id);
    for (const id of ['', 'x'.repeat(65), 'a b', 'a/b', 'a~', 'a\n'])
      expect(() => checkRequestId(id)).toThrow(invalid);
    expect(() => checkRequestId(7)).toThrow(TypeError);
  });
});

describe('checkTags', () => {
  it('gives a frozen, sorted copy', () => {
    const tags = { team: 'pay', cost: '' };
    const checked = checkTags(tags, limits);
    expect(checked).toEqual(tags);
    expect(checked).not.toBe(tags);
    expect(Object.keys(checked)).toEqual(['cost', 'team']);
    expect(Object.isFrozen(checked)).toBe(true);
  });

  it('takes ten tags and refuses eleven, or fewer where the vault takes fewer', () => {
    const many = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
    expect(Object.keys(checkTags(many(10), limits))).toHaveLength(10);
    expect(() => checkTags(many(11), { maxPageSize: 25, maxTags: 50 })).toThrow(invalid);
    expect(() => checkTags(many(4), { maxPageSize: 25, maxTags: 3 })).toThrow(invalid);
  });

  it.each(['', 'A', 'é', '1a', '_a', '-a', 'a b', 'a.b', '__proto__', 'a'.repeat(64), 'a\n'])(
    'refuses the key %j',
    (key) => {
      expect(() => checkTags(Object.fromEntries([[key, 'v']]), limits)).toThrow(invalid);
    },
  );

  it('takes keys that objects have already', () => {
    const checked = checkTags({ constructor: 'c', valueof: 'v' }, limits);
    expect(Object.entries(checked)).toEqual([
      ['constructor', 'c'],
      ['valueof', 'v'],
    ]);
  });

  it('counts code points and octets, not UTF-16 units', () => {
    for (const value of [
      'x'.repeat(63),
      '\u20ac'.repeat(63),
      '\u{1f511}'.repeat(47),
      '\u{1f511}'.repeat(43) + 'x'.repeat(17),
    ]) {
      expect(checkTags({ a: value }, limits)).toEqual({ a: value });
    }
    for (const value of [
      'x'.repeat(64),
      '\u{1f511}'.repeat(48),
      '\u20ac'.repeat(62) + '\u{1f511}',
      'x'.repeat(10_000),
    ]) {
      expect(() => checkTags({ a: value }, limits)).toThrow(invalid);
    }
  });

  it('refuses half of a surrogate pair', () => {
    for (const value of ['\ud83d', '\udd11a', 'a\ud83d'])
      expect(() => checkTags({ a: value }, limits)).toThrow(invalid);
  });

  it('keeps to a total budget of the vault, keys and values together', () => {
    const narrow = { ...limits, maxTagsTotalBytes: 8 };
    expect(checkTags({ ab: '\u20ac', c: 'de' }, narrow)).toEqual({ ab: '\u20ac', c: 'de' });
    expect(() => checkTags({ ab: '\u20ac', c: 'def' }, narrow)).toThrow(invalid);
  });

  it('refuses whatever is no map of strings', () => {
    const values = [
      undefined,
      null,
      'a',
      1,
      [],
      ['a'],
      new Map([['a', 'b']]),
      new Date(0),
      { a: 1 },
      { a: undefined },
      { a: null },
    ];
    for (const tags of [...values, { [Symbol('a')]: 'b' }])
      expect(() => checkTags(tags, limits)).toThrow(invalid);
  });

  it('never writes a value into its message', () => {
    expect(() => checkTags({ a: `secret${'x'.repeat(99)}` }, limits)).toThrow(/^(?!.*secret)/);
  });
});
