import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeVersionRecord, encodeVersionRecord } from '../src/version-record.ts';
import type { VersionRecord } from '../src/version-record.ts';

const seconds = fc.integer({ min: 0, max: 253_402_300_799 });
const record: fc.Arbitrary<VersionRecord> = fc.record(
  {
    keyType: fc.constantFrom('RSA', 'EC', 'oct', 'OKP', 'AKP'),
    curve: fc.constantFrom('P-256', 'Ed25519'),
    size: fc.integer({ min: 128, max: 4096 }),
    publicKey: fc.record({ kty: fc.constant('EC'), x: fc.string() }),
    createdOn: seconds,
    updatedOn: seconds,
    enabled: fc.boolean(),
    notBefore: seconds,
    expiresOn: seconds,
    keyOperations: fc.subarray(['sign', 'verify', 'encrypt'] as const),
    algorithms: fc.subarray(['ES256', 'A256GCM'] as const),
    tags: fc.dictionary(fc.string(), fc.string()),
    exportable: fc.boolean(),
    releasePolicy: fc.record(
      { encodedPolicy: fc.uint8Array(), contentType: fc.string(), immutable: fc.boolean() },
      { requiredKeys: ['encodedPolicy'] },
    ),
  },
  { requiredKeys: ['keyType', 'createdOn', 'updatedOn', 'enabled', 'keyOperations', 'tags'] },
);

const valid =
  '{"keyType":"EC","createdOn":1,"updatedOn":1,"enabled":true,"keyOperations":["sign"],"tags":{}}';

describe('the text of a version', () => {
  it('is read back as what it was written from', () => {
    fc.assert(
      fc.property(record, (value) => {
        const read = decodeVersionRecord(encodeVersionRecord(value));
        expect(JSON.stringify(read)).toBe(JSON.stringify(decodeVersionRecord(encodeVersionRecord(read))));
        expect(read).toEqual(expect.objectContaining({ createdOn: value.createdOn, enabled: value.enabled }));
        expect(read.tags).toEqual(value.tags);
        expect(read.releasePolicy).toEqual(
          value.releasePolicy && { contentType: undefined, immutable: undefined, ...value.releasePolicy },
        );
      }),
    );
  });

  it('is frozen once it is read', () => {
    const read = decodeVersionRecord(valid);
    expect(Object.isFrozen(read) && Object.isFrozen(read.tags) && Object.isFrozen(read.keyOperations)).toBe(
      true,
    );
  });

  const damaged = [
    '',
    'null',
    '[]',
    '{}',
    valid.slice(0, -1),
    valid.replace('"tags":{}', '"tags":[]'),
    valid.replace('"tags":{}', '"tags":{"a":1}'),
    valid.replace('"tags":{}', '"tags":{},"more":1'),
    valid.replace('"createdOn":1', '"createdOn":1.5'),
    valid.replace('"createdOn":1', '"createdOn":"1"'),
    valid.replace('true', '"true"'),
    valid.replace('["sign"]', '"sign"'),
    valid.replace('["sign"]', '[1]'),
    valid.replace('"tags":{}', '"tags":{},"releasePolicy":{}'),
    valid.replace('"tags":{}', '"tags":{},"releasePolicy":1'),
    valid.replace('"tags":{}', '"tags":{},"releasePolicy":{"encodedPolicy":"!"}'),
    valid.replace('"tags":{}', '"tags":{},"releasePolicy":{"encodedPolicy":"","contentType":1}'),
    valid.replace('"tags":{}', '"tags":{},"releasePolicy":{"encodedPolicy":"","immutable":1}'),
    valid.replace('"tags":{}', '"tags":{},"releasePolicy":{"encodedPolicy":"","more":1}'),
  ];
  for (const text of damaged) {
    it(`that does not fit is damage: ${text.slice(-60)}`, () => {
      expect(() => decodeVersionRecord(text)).toThrow(
        expect.objectContaining({ code: 'ERR_INTEGRITY' }) as Error,
      );
    });
  }
});
