import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { algorithmRows } from '../src/algorithms.ts';
import { maxEpochSeconds } from '../src/dates.ts';
import { curves, keyOperations, keyTypes } from '../src/key-types.ts';
import type { KeyCurveName } from '../src/key-types.ts';
import { decodeVaultRecord, encodeVaultRecord } from '../src/vault-record.ts';
import type { VaultRecord } from '../src/vault-record.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
const damaged = expect.objectContaining({ code: 'ERR_INTEGRITY' });

const date = fc.integer({ min: 0, max: maxEpochSeconds });
const token = fc.stringMatching(/^[0-9a-z]{1,12}$/);
const tagValue = fc.string({ unit: 'grapheme', maxLength: 10 });
const octets = fc.uint8Array({ maxLength: 40 });
const lifetimeActions = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom('rotate' as const, 'notify' as const),
    fc.constantFrom('timeAfterCreate', 'timeBeforeExpiry'),
    fc.integer({ min: 1, max: 27 }),
  ),
  { maxLength: 2, selector: ([action]) => action },
);
const rotationPolicy = fc
  .record(
    { actions: lifetimeActions, expiresIn: fc.constantFrom('P28D', 'P1Y'), createdOn: date },
    { requiredKeys: ['actions'] },
  )
  .map(({ actions, ...rest }) => ({
    ...rest,
    lifetimeActions: actions.map(([action, when, days]) => ({ action, [when]: `P${days}D` })),
  }));
const members = {
  name: fc.stringMatching(/^[0-9A-Za-z_-]{1,12}$/),
  version: token,
  sourceId: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  sequence: fc.nat(),
  current: token,
  versions: fc.array(
    fc.record({ version: token, createdOn: date, requestId: token }, { requiredKeys: ['version'] }),
    { maxLength: 4 },
  ),
  making: fc.record(
    { after: token, startedOn: date, requestId: token },
    { requiredKeys: ['after', 'startedOn'] },
  ),
  keyType: fc.constantFrom(...keyTypes),
  size: fc.nat(8192),
  curve: fc.constantFrom(...(Object.keys(curves) as KeyCurveName[])),
  algorithms: fc.subarray(algorithmRows.map((row) => row.name)),
  keyOperations: fc.shuffledSubarray([...keyOperations]),
  enabled: fc.boolean(),
  notBefore: date,
  expiresOn: date,
  createdOn: date,
  updatedOn: date,
  tags: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/), tagValue, {
    maxKeys: 10,
    noNullPrototype: true,
  }),
  exportable: fc.boolean(),
  releasePolicy: fc.record(
    {
      encodedPolicy: octets,
      contentType: fc.constant('application/json; charset=utf-8'),
      immutable: fc.boolean(),
    },
    { requiredKeys: ['encodedPolicy'] },
  ),
  backup: fc.boolean(),
  rotationPolicy,
  requestId: token,
  spkiDigest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  stateBeforeDeletion: fc.record(
    { enabled: fc.boolean(), current: fc.boolean() },
    { requiredKeys: ['enabled'] },
  ),
  deletedOn: date,
  scheduledPurgeDate: date,
};
const records: fc.Arbitrary<VaultRecord> = fc.record(
  { v: fc.constant(1 as const), ...members },
  { requiredKeys: ['v'] },
);

const full: VaultRecord = {
  v: 1,
  name: 'pay',
  version: 'v2',
  sourceId: 'arn:1',
  sequence: 3,
  current: 'v2',
  versions: [{ version: 'v1', createdOn: 3, requestId: 'r-1' }, { version: 'v2' }],
  making: { after: 'v2', startedOn: 8, requestId: 'r-3' },
  keyType: 'EC-HSM',
  size: 256,
  curve: 'P-256',
  algorithms: ['ES256'],
  keyOperations: ['sign', 'verify'],
  enabled: true,
  notBefore: 1,
  expiresOn: 2,
  createdOn: 3,
  updatedOn: 4,
  tags: { team: 'é\u{1f511}' },
  exportable: true,
  releasePolicy: { encodedPolicy: new Uint8Array([255, 254]), immutable: false },
  backup: false,
  rotationPolicy: {
    lifetimeActions: [{ action: 'rotate', timeBeforeExpiry: 'P30D' }],
    expiresIn: 'P1Y',
    updatedOn: 9,
  },
  requestId: 'r-1',
  spkiDigest: new Uint8Array(32),
  stateBeforeDeletion: { enabled: false, current: true },
  deletedOn: 5,
  scheduledPurgeDate: 6,
};

describe('a vault record', () => {
  it('has a published text that stays', () => {
    expect(encodeVaultRecord(full)).toBe(
      '{"alg":["ES256"],"bak":false,"bits":256,"crv":"P-256","cur":"v2","del":5,"exp":2,"iat":3,"kty":"EC-HSM","mk":{"a":"v2","r":"r-3","s":8},"n":"pay","nbf":1,' +
        '"on":true,"ops":["sign","verify"],"out":true,"purge":6,"rel":{"i":false,"p":"__4"},"req":"r-1",' +
        '"rot":{"a":[{"d":"rotate","x":"P30D"}],"up":9,"x":"P1Y"},"seq":3,"spki":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",' +
        '"src":"arn:1","tags":{"team":"\\u00e9\\ud83d\\udd11"},"upd":4,"v":1,"ver":"v2","vs":[{"c":3,"i":"v1","r":"r-1"},{"i":"v2"}],"was":{"c":true,"e":false}}',
    );
    expect(encodeVaultRecord({ v: 1 })).toBe('{"v":1}');
  });

  it('comes back as it was, through text of ASCII without spaces', () => {
    fc.assert(
      fc.property(records, (record) => {
        const text = encodeVaultRecord(record);
        expect(text).toMatch(/^[\u0020-\u007e]*$/);
        const back = decodeVaultRecord(text);
        expect(back).toEqual(record);
        expect(encodeVaultRecord(back)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('has one text, in whatever order it was put together', () => {
    const reversed = Object.fromEntries(
      Object.entries(full).toReversed(),
    ) as Partial<VaultRecord> as VaultRecord;
    expect(encodeVaultRecord({ ...reversed, tags: { team: 'é\u{1f511}' } })).toBe(encodeVaultRecord(full));
    expect(encodeVaultRecord({ v: 1, tags: { b: '1', a: '2' } })).toBe('{"tags":{"a":"2","b":"1"},"v":1}');
  });

  it('takes undefined for absent', () => {
    expect(encodeVaultRecord({ v: 1, enabled: undefined, tags: undefined })).toBe('{"v":1}');
    expect(encodeVaultRecord({ v: 1, stateBeforeDeletion: { enabled: true, current: undefined } })).toBe(
      '{"v":1,"was":{"e":true}}',
    );
  });

  it('keeps the order of operations', () => {
    expect(decodeVaultRecord('{"ops":["verify","sign"],"v":1}').keyOperations).toEqual(['verify', 'sign']);
  });
});

describe('encodeVaultRecord', () => {
  it.each([
    ['another version', { v: 2 }],
    ['no version', {}],
    ['an unknown member', { v: 1, colour: 'red' }],
    ['a member of all objects', { v: 1, toString: 'x' }],
    ['a name that is none', { v: 1, name: 'a/b' }],
    ['a date in milliseconds', { v: 1, expiresOn: 1_795_521_600_000 }],
    ['a fraction of a second', { v: 1, createdOn: 0.5 }],
    ['an operation twice', { v: 1, keyOperations: ['sign', 'sign'] }],
    ['an unknown operation', { v: 1, keyOperations: ['Sign'] }],
    ['a flag that is a text', { v: 1, enabled: 'true' }],
    ['a digest that is short', { v: 1, spkiDigest: new Uint8Array(31) }],
    ['eleven tags', { v: 1, tags: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, ''])) }],
    ['a policy with two times', { v: 1, rotationPolicy: { lifetimeActions: [{ action: 'rotate' }] } }],
    ['a version without an id', { v: 1, versions: [{ createdOn: 1 }] }],
    ['versions that are no list', { v: 1, versions: { version: 'v1' } }],
    ['a version in the making after none', { v: 1, making: { startedOn: 1 } }],
    ['half a surrogate pair', { v: 1, sourceId: '\ud83d' }],
    ['no text for a text', { v: 1, sourceId: '' }],
    ['null', { v: 1, enabled: null }],
    ['far too much', { v: 1, releasePolicy: { encodedPolicy: new Uint8Array(300_000) } }],
  ])('refuses %s', (_what, record) => {
    expect(() => encodeVaultRecord(record as VaultRecord)).toThrow(invalid);
  });
});

describe('decodeVaultRecord', () => {
  it.each([
    '',
    ' ',
    '1',
    'null',
    '[]',
    '"v"',
    '{',
    '{}',
    '{"v":2}',
    '{"v":"1"}',
    '{"v":1.0}',
    '{"v":1} ',
    ' {"v":1}',
    '{ "v":1}',
    '{"v":1,"v":1}',
    '{"v":1,"on":true}',
    '{"on":true,"on":true,"v":1}',
    '{"on":false,"on":true,"v":1}',
    '{"colour":"red","v":1}',
    '{"__proto__":{},"v":1}',
    '{"constructor":1,"v":1}',
    '{"on":null,"v":1}',
    '{"on":1,"v":1}',
    '{"nbf":-1,"v":1}',
    '{"nbf":1.5,"v":1}',
    '{"nbf":1e0,"v":1}',
    '{"nbf":-0,"v":1}',
    '{"nbf":253402300800,"v":1}',
    '{"n":"\\u0061","v":1}',
    '{"n":"a/b","v":1}',
    '{"n":1,"v":1}',
    '{"tags":{"b":"","a":""},"v":1}',
    '{"tags":{"a":"é"},"v":1}',
    '{"tags":{"a":"\\u00E9"},"v":1}',
    '{"tags":{"a":"\\ud83d"},"v":1}',
    '{"tags":{"a":1},"v":1}',
    '{"tags":[],"v":1}',
    '{"ops":["sign","sign"],"v":1}',
    '{"ops":"sign","v":1}',
    '{"ops":["Sign"],"v":1}',
    '{"kty":"ec","v":1}',
    '{"crv":"secp256k1","v":1}',
    '{"alg":["EdDSA"],"v":1}',
    '{"spki":"AAAA","v":1}',
    '{"rel":{"p":"AA=="},"v":1}',
    '{"rel":{"p":"AB"},"v":1}',
    '{"rel":{"i":true},"v":1}',
    '{"rel":{"p":"AA","x":1},"v":1}',
    '{"rot":{"a":{}},"v":1}',
    '{"rot":{"a":[{"d":"rotate"}]},"v":1}',
    '{"rot":{"x":"P1Y"},"v":1}',
    '{"rot":{"a":[],"cr":-1},"v":1}',
    '{"was":{},"v":1}',
    '{"v":1,"was":{}}',
    '{"v":1,"was":{"e":1}}',
    '{"v":1,"was":{"e":true,"f":1}}',
    '{"req":"a b","v":1}',
    '{"seq":-1,"v":1}',
    '{"src":"","v":1}',
    '{"v":1,"ver":".."}',
  ])('refuses %s without saying why', (text) => {
    expect(() => decodeVaultRecord(text)).toThrow(damaged);
  });

  it('refuses what is no text, and far too much text', () => {
    for (const text of [undefined, null, 1, { v: 1 }])
      expect(() => decodeVaultRecord(text as never)).toThrow(damaged);
    expect(() => decodeVaultRecord(`{"src":"${'x'.repeat(300_000)}","v":1}`)).toThrow(damaged);
    expect(() => decodeVaultRecord('['.repeat(200_000))).toThrow(damaged);
    expect(() => decodeVaultRecord(`{"rel":{"p":"${'A'.repeat(300_000)}"},"v":1}`)).toThrow(damaged);
  });

  it('takes a changed text for damaged, or for the one text of another record', () => {
    const text = encodeVaultRecord(full);
    const change = fc.tuple(
      fc.nat(text.length - 1),
      fc.constantFrom('', '0', 'a', '"', '{', ',', '\\', 'é'),
      fc.boolean(),
    );
    fc.assert(
      fc.property(change, ([at, character, replace]) => {
        const changed = text.slice(0, at) + character + text.slice(at + (replace ? 1 : 0));
        try {
          expect(encodeVaultRecord(decodeVaultRecord(changed))).toBe(changed);
        } catch (error) {
          expect(error).toEqual(damaged);
          expect((error as Error).cause).toBeUndefined();
        }
      }),
      { numRuns: 2000 },
    );
  });
});
