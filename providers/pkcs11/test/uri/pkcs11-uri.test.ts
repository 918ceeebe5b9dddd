import { isKeyManagerError } from '@keyway/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPkcs11Uri } from '../../src/uri/format-pkcs11-uri.ts';
import { parsePkcs11Uri } from '../../src/uri/parse-pkcs11-uri.ts';
import { objectTypes } from '../../src/uri/pkcs11-uri.ts';
import type { Pkcs11Uri } from '../../src/uri/pkcs11-uri.ts';

const pin = 'canary-pin-4711';

/** The message of the refusal, which must not repeat anything of the URI. */
function refusal(uri: string): string {
  try {
    parsePkcs11Uri(uri);
  } catch (error) {
    if (!isKeyManagerError(error) || error.code !== 'ERR_INVALID_ARGUMENT') throw error;
    return error.message;
  }
  throw new Error('It was accepted');
}

describe('the examples of RFC 7512 are read', () => {
  it('reads an empty URI, which fits everything', () => {
    expect(parsePkcs11Uri('pkcs11:')).toEqual({ otherPath: {}, otherQuery: {} });
    expect(parsePkcs11Uri('pkcs11:?')).toEqual({ otherPath: {}, otherQuery: {} });
  });

  it('reads object, type and the place of a PIN', () => {
    const uri = 'pkcs11:object=my-pubkey;type=public?pin-source=file:/etc/token_pin';
    expect(parsePkcs11Uri(uri)).toMatchObject({
      object: 'my-pubkey',
      type: 'public',
      pinSource: 'file:/etc/token_pin',
    });
  });

  it('reads all that names a token, with what is encoded', () => {
    const token = 'token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.';
    const uri = `pkcs11:${token};model=1.0;serial=;object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91`;
    expect(parsePkcs11Uri(uri)).toMatchObject({
      token: 'The Software PKCS#11 Softtoken',
      manufacturer: 'Snake Oil, Inc.',
      model: '1.0',
      serial: '',
      id: Buffer.from('69953e5cf4bdec91', 'hex'),
    });
  });

  it('reads slots and libraries', () => {
    const uri = 'pkcs11:slot-description=Sun%20Metaslot;slot-id=18446744073709551615;library-version=3';
    expect(parsePkcs11Uri(uri)).toMatchObject({
      slotDescription: 'Sun Metaslot',
      slotId: 18446744073709551615n,
      libraryVersion: { major: 3, minor: 0 },
    });
    const library = 'pkcs11:library-manufacturer=Snake%20Oil;library-description=Soft;library-version=1.23';
    expect(parsePkcs11Uri(library)).toMatchObject({ libraryVersion: { major: 1, minor: 23 } });
  });

  it('keeps attributes that it does not know, those of the query as often as they come', () => {
    const uri = 'pkcs11:token=a;vendor-aaa=value-a?module-path=/opt/mylib.so&vendor-b=x&vendor-b=y';
    const { otherPath, otherQuery } = parsePkcs11Uri(uri);
    expect(otherPath).toEqual({ 'vendor-aaa': 'value-a' });
    expect(otherQuery).toEqual({ 'vendor-b': ['x', 'y'] });
  });

  it('reads names and types in either case', () => {
    expect(parsePkcs11Uri('PKCS11:Token=A;TYPE=Secret-Key')).toMatchObject({
      token: 'A',
      type: 'secret-key',
    });
  });
});

describe('what may stay bare differs between path and query', () => {
  const both = `:[]@!$'()*+,=-._~`;

  it('takes these characters as they are', () => {
    expect(parsePkcs11Uri(`pkcs11:token=${both}&`).token).toBe(`${both}&`);
    expect(parsePkcs11Uri(`pkcs11:?vendor=${both}/?|`).otherQuery).toEqual({ vendor: [`${both}/?|`] });
  });

  it.each(['/', '|', ' ', '"', '#', '<', '>', '\\', '^', '`', '{', '}', '\n', 'é', '%', '%4', '%zz'])(
    'refuses %j in the path',
    (character) => {
      expect(refusal(`pkcs11:token=${character}`)).not.toBe('');
    },
  );

  it.each([';', ' ', '"', '#', '<', '\\', '^', '`', '{', '\t', 'é', '%', '%g0'])(
    'refuses %j in the query',
    (character) => {
      expect(refusal(`pkcs11:?vendor=${character}`)).not.toBe('');
    },
  );
});

describe('what the RFC forbids is refused, and the refusal repeats nothing', () => {
  it.each([
    'pkcs11',
    'pkcs12:token=a',
    'pkcs11:token',
    'pkcs11:=a',
    'pkcs11:token=a;',
    'pkcs11:;token=a',
    'pkcs11:to.ken=a',
    'pkcs11:token=a;token=b',
    'pkcs11:token=a;TOKEN=a',
    'pkcs11:vendor=a;vendor=b',
    'pkcs11:?module-name=a&module-name=b',
    'pkcs11:?module-name=a&',
    'pkcs11:type=key',
    'pkcs11:type=%70ublic',
    'pkcs11:slot-id=-1',
    'pkcs11:slot-id=0x10',
    'pkcs11:slot-id=18446744073709551616',
    'pkcs11:library-version=256',
    'pkcs11:library-version=1.',
    'pkcs11:token=%ff',
    'pkcs11:token=a%00b',
    'pkcs11:?module-path=lib/softhsm.so',
    'pkcs11:?module-name=../softhsm',
    'pkcs11:token=a#fragment',
    ' pkcs11:token=a',
    `pkcs11:?pin-source=|cat%20/etc/pin`,
    `pkcs11:?pin-source=%7Ccat%20/etc/pin`,
    `pkcs11:?pin-value=${pin}`,
    `pkcs11:?PIN-VALUE=${pin}`,
    `pkcs11:token=a;pin-value=${pin}`,
    `pkcs11:?pin-source=file:/a&pin-value=${pin}`,
    `pkcs11:?pin-value=${pin}%zz`,
    `pkcs11:token=${'a'.repeat(20_000)}`,
  ])('%s', (uri) => {
    expect(refusal(uri)).not.toContain(pin);
  });

  it('takes a PIN in the open only where that is allowed', () => {
    expect(parsePkcs11Uri(`pkcs11:?pin-value=${pin}`, { allowPinValue: true }).pinValue).toBe(pin);
  });

  it('refuses what is no string', () => {
    expect(() => parsePkcs11Uri(7 as unknown as string)).toThrow(TypeError);
  });
});

describe('a URI comes back as it was', () => {
  const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed() && !value.includes('\0'));
  const octet = fc.integer({ min: 0, max: 255 });
  const vendor = fc.stringMatching(/^[a-z0-9_-]{1,12}$/).map((name) => `v-${name}`);
  const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
    fc.option(value, { nil: undefined });
  const uris = fc.record({
    token: optional(text),
    manufacturer: optional(text),
    serial: optional(text),
    model: optional(text),
    libraryManufacturer: optional(text),
    libraryDescription: optional(text),
    libraryVersion: optional(fc.record({ major: octet, minor: octet })),
    slotManufacturer: optional(text),
    slotDescription: optional(text),
    slotId: optional(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    object: optional(text),
    type: optional(fc.constantFrom(...objectTypes)),
    id: optional(fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets))),
    moduleName: optional(text.filter((name) => name !== '' && !/[/\\]/.test(name))),
    modulePath: optional(text.map((rest) => `/${rest}`)),
    pinSource: optional(text.filter((source) => !source.startsWith('|'))),
    otherPath: fc.dictionary(vendor, text, { maxKeys: 3 }),
    otherQuery: fc.dictionary(vendor, fc.array(text, { minLength: 1, maxLength: 3 }), { maxKeys: 3 }),
  });

  const defined = (uri: Pkcs11Uri): unknown =>
    Object.fromEntries(Object.entries(uri).filter(([, value]) => value !== undefined));

  it('with every attribute that it can have', () => {
    fc.assert(
      fc.property(uris, (uri) => {
        const written = formatPkcs11Uri(uri);
        const read = parsePkcs11Uri(written);
        expect(read).toEqual(
          defined({ ...uri, otherPath: { ...uri.otherPath }, otherQuery: { ...uri.otherQuery } }),
        );
        expect(formatPkcs11Uri(read)).toBe(written);
      }),
      { numRuns: 1_000 },
    );
  });

  it('whatever text is read, it is written as what is read as the same', () => {
    const characters = fc.constantFrom(...`abc=;&?%2F%41/:|#'[]+ -_.~é`);
    const texts = fc.string({ unit: characters, maxLength: 40 });
    let accepted = 0;
    fc.assert(
      fc.property(texts, texts, (path, query) => {
        let read: Pkcs11Uri;
        try {
          read = parsePkcs11Uri(`pkcs11:a=${path}?b=${query}`);
        } catch (error) {
          expect(isKeyManagerError(error)).toBe(true);
          return;
        }
        accepted++;
        expect(parsePkcs11Uri(formatPkcs11Uri(read))).toEqual(read);
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(10);
  });

  it('but never with the PIN', () => {
    const uri = parsePkcs11Uri(`pkcs11:token=a?pin-value=${pin}`, { allowPinValue: true });
    expect(formatPkcs11Uri(uri)).toBe('pkcs11:token=a');
  });

  it.each<[string, Partial<Pkcs11Uri>]>([
    ['a NUL', { token: 'a\0b' }],
    ['half a character', { token: '\ud800' }],
    ['a slot below zero', { slotId: -1n }],
    ['half a version', { libraryVersion: { major: 1.5, minor: 0 } }],
    ['an attribute of the RFC among the others', { otherPath: { token: 'a' } }],
    ['a name with a space', { otherPath: { 'a b': 'c' } }],
    ['a PIN among the others', { otherQuery: { 'pin-value': [pin] } }],
  ])('and what no URI can hold is refused: %s', (_, uri) => {
    expect(() => formatPkcs11Uri(uri)).toThrow(/URI|slot-id|library-version/);
  });
});
