import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeKeyDocument } from '@keyway/core/driver';
import type { KeyDocument, VersionRecord } from '@keyway/core/driver';
import { mergeDocuments } from '../../src/records/merge-documents.ts';

const version = (id: string, values: Partial<VersionRecord> = {}): VersionRecord => ({
  v: 1,
  version: id,
  sequence: 1,
  keyType: 'EC',
  keyOperations: ['sign'],
  enabled: true,
  createdOn: 100,
  tags: {},
  ...values,
});
const document = (revision: number, values: Partial<KeyDocument> = {}): KeyDocument => ({
  v: 1,
  name: 'k',
  revision,
  versions: [version('a')],
  ...values,
});
const merge = (...documents: KeyDocument[]): KeyDocument =>
  mergeDocuments(documents.map((each) => ({ document: each, text: encodeKeyDocument(each) })));

const a = version('a');
const b = version('b', { sequence: 2 });
const c = version('c', { sequence: 2 });

describe('documents side by side', () => {
  test('a document and the one that it came from are the later one', () => {
    const later = document(6, { versions: [a, b] });
    expect(merge(document(5), later)).toEqual(later);
  });

  test('versions that two writers made at once are both there', () => {
    const merged = merge(document(6, { versions: [a, b] }), document(6, { versions: [a, c] }));
    expect(merged.versions.map(({ version: id }) => id)).toEqual(['a', 'b', 'c']);
  });

  test('the later word on a version holds, whoever said it', () => {
    const disabled = version('a', { enabled: false, updatedOn: 200 });
    const merged = merge(document(6, { versions: [disabled] }), document(7, { versions: [a, b] }));
    expect(merged.versions).toEqual([disabled, b]);
  });

  test('of a deletion and something else at once the deletion holds; a later recovery is one', () => {
    const deleted = document(6, { deletedOn: 5, scheduledPurgeDate: 9 });
    expect(merge(deleted, document(6, { versions: [a, b] }))).toMatchObject({
      deletedOn: 5,
      scheduledPurgeDate: 9,
    });
    expect(merge(deleted, document(7)).deletedOn).toBeUndefined();
  });

  test('a key that is being destroyed is not brought back', () => {
    expect(merge(document(6, { purging: true, deletedOn: 5 }), document(7)).purging).toBe(true);
  });

  test('the later policy holds', () => {
    const policy = (updatedOn: number, expiresIn: string): KeyDocument['rotationPolicy'] => ({
      lifetimeActions: [],
      expiresIn,
      updatedOn,
    });
    const merged = merge(
      document(6, { rotationPolicy: policy(200, 'P1Y') }),
      document(7, { rotationPolicy: policy(100, 'P2Y') }),
      document(6),
    );
    expect(merged.rotationPolicy?.expiresIn).toBe('P1Y');
  });

  test('amount to the same in any order, and twice to the same as once', () => {
    const documents = fc.array(
      fc.record({
        revision: fc.integer({ min: 1, max: 3 }),
        ids: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
        enabled: fc.boolean(),
        updatedOn: fc.integer({ min: 100, max: 102 }),
        deletedOn: fc.option(fc.nat(3), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(documents, fc.nat(), (given, seed) => {
        const all = given.map(({ revision, ids, enabled, updatedOn, deletedOn }) =>
          document(revision, { deletedOn, versions: ids.map((id) => version(id, { enabled, updatedOn })) }),
        );
        const turned = [...all.slice(seed % all.length), ...all.slice(0, seed % all.length)].toReversed();
        const merged = merge(...all);
        expect(merge(...turned)).toEqual(merged);
        expect(merge(...all, ...all)).toEqual(merged);
        const ids = new Set(all.flatMap(({ versions }) => versions.map(({ version: id }) => id)));
        expect(merged.versions).toHaveLength(ids.size);
      }),
    );
  });

  test('are at least one', () => {
    expect(() => mergeDocuments([])).toThrow(RangeError);
  });
});
