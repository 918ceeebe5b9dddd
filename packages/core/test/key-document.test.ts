import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeKeyDocument, encodeKeyDocument } from '../src/key-document.ts';
import type { KeyDocument, VersionRecord } from '../src/key-document.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const damaged = expect.objectContaining({ code: 'ERR_INTEGRITY' });
const tooLarge = expect.objectContaining({ code: 'ERR_QUOTA_EXCEEDED' });

const version: VersionRecord = {
  v: 1,
  version: 'a',
  sequence: 1,
  keyType: 'EC',
  curve: 'P-256',
  keyOperations: ['sign'],
  enabled: true,
  createdOn: 1,
  tags: {},
};
const least: KeyDocument = { v: 1, name: 'k', revision: 1, versions: [version] };
const full: KeyDocument = {
  v: 1,
  name: 'k',
  revision: 7,
  versions: [version, { ...version, version: 'b', sequence: 2, spkiDigest: new Uint8Array(32) }],
  rotationPolicy: { lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P90D' }], expiresIn: 'P1Y' },
  deletedOn: 5,
  scheduledPurgeDate: 6,
  purging: true,
  restoredBy: 'r-1',
};
const fullText =
  '{"head":{"del":5,"n":"k","purge":6,"req":"r-1","rot":{"a":[{"c":"P90D","d":"rotate"}],"x":"P1Y"},"v":1},' +
  '"purging":true,"revision":7,"v":1,"versions":[' +
  '{"crv":"P-256","iat":1,"kty":"EC","on":true,"ops":["sign"],"seq":1,"tags":{},"v":1,"ver":"a"},' +
  '{"crv":"P-256","iat":1,"kty":"EC","on":true,"ops":["sign"],"seq":2,"spki":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","tags":{},"v":1,"ver":"b"}]}';

const documents: fc.Arbitrary<KeyDocument> = fc
  .record({
    revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    made: fc.uniqueArray(
      fc.record({
        version: fc.stringMatching(/^[0-9a-f]{1,8}$/),
        sequence: fc.nat(3),
        enabled: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6, selector: (made) => made.version },
    ),
    rest: fc.record(
      { deletedOn: fc.nat(), scheduledPurgeDate: fc.nat(), purging: fc.constant(true as const) },
      { requiredKeys: [] },
    ),
  })
  .map(({ revision, made, rest }) => ({
    ...least,
    ...rest,
    revision,
    versions: made
      .toSorted((a, b) => a.sequence - b.sequence || (a.version < b.version ? -1 : 1))
      .map((one) => ({ ...version, ...one })),
  }));

describe('the document of a key', () => {
  it('has one text, the same in every release', () => {
    expect(encodeKeyDocument(full)).toBe(fullText);
    expect(decodeKeyDocument(fullText)).toEqual(full);
  });
  it('survives encoding and decoding', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const text = encodeKeyDocument(document);
        expect(decodeKeyDocument(text)).toEqual(document);
        expect(encodeKeyDocument(decodeKeyDocument(text))).toBe(text);
      }),
    );
  });
  it('has members that are absent where they are undefined', () => {
    expect(encodeKeyDocument({ ...least, deletedOn: undefined })).toBe(encodeKeyDocument(least));
  });
});

describe('what is no document', () => {
  it.each<[string, KeyDocument]>([
    ['of another version', { ...least, v: 2 as 1 }],
    ['without a version', { ...least, versions: [] }],
    ['with a version twice', { ...least, versions: [version, { ...version, sequence: 2 }] }],
    ['with versions out of order', { ...full, versions: full.versions.toReversed() }],
    [
      'with a version that names a key',
      { ...least, versions: [{ ...version, name: 'k' as unknown as undefined }] },
    ],
    [
      'with a version without a key type',
      { ...least, versions: [{ ...version, keyType: undefined as unknown as 'EC' }] },
    ],
    ['with a version that is no record', { ...least, versions: [{ ...version, createdOn: -1 }] }],
    ['with a revision of 0', { ...least, revision: 0 }],
    ['with a broken revision', { ...least, revision: 1.5 }],
    ['with a name that nobody can have', { ...least, name: 'a b' }],
  ])('is not encoded: %s', (_, document) => {
    expect(() => encodeKeyDocument(document)).toThrow(invalid);
  });

  it('is not encoded: with more versions than a million characters hold', () => {
    const versions = Array.from({ length: 11_000 }, (_, index) => ({
      ...version,
      sequence: index,
      version: `v${index}`,
    }));
    expect(() => encodeKeyDocument({ ...least, versions })).toThrow(tooLarge);
  });

  it.each([
    ['no text', 7 as unknown as string],
    ['no JSON', 'x'],
    ['a list', '[]'],
    ['another version', fullText.replace('"revision":7,"v":1', '"revision":7,"v":2')],
    ['a space', fullText.replace('"revision":7', '"revision": 7')],
    ['an unknown member', fullText.replace('"revision"', '"more":1,"revision"')],
    ['a member twice', fullText.replace('"revision":7', '"revision":7,"revision":7')],
    ['purging that is not true', fullText.replace('"purging":true', '"purging":false')],
    ['versions that are no list', fullText.replace(/"versions":.*$/, '"versions":{}}')],
    ['no version', fullText.replace(/"versions":.*$/, '"versions":[]}')],
    ['a head of more than a key', fullText.replace('"del":5', '"del":5,"kty":"EC"')],
    ['a head without a name', fullText.replace('"n":"k",', '')],
    ['no head', fullText.replace('"head"', '"tail"')],
    ['a revision that is a text', fullText.replace('"revision":7', '"revision":"7"')],
    ['a damaged version', fullText.replace('"seq":1', '"seq":-1')],
    ['other letters', fullText.replace('P90D', 'P\\u00390D')],
    ['too much', `${fullText}${' '.repeat(1_000_001)}`],
  ])('is not decoded: %s', (_, text) => {
    expect(() => decodeKeyDocument(text)).toThrow(damaged);
  });
});
