import { expect, test } from 'vitest';
import { createFaultReport } from '../../proof/faults/fault-report.ts';
import { describeState, readName } from '../../proof/faults/name-state.ts';
import { pick } from '../../proof/faults/pick.ts';
import { newVersion, statesOf } from '../../proof/faults/step-effects.ts';
import type { DumpedKey, KmsDump } from '../../proof/dump.ts';
import type { TableCell } from '../../proof/fault-table.ts';
import type { LearnedSaga } from '../../proof/faults/learn-saga.ts';

const key = (id: string, more: Partial<DumpedKey> = {}): DumpedKey => ({
  id,
  state: 'Enabled',
  enabled: true,
  spec: 'ECC_NIST_P256',
  usage: 'SIGN_VERIFY',
  origin: 'AWS_KMS',
  description: 'keyway:p:{}',
  createdOn: '2026-01-01',
  deletionDate: undefined,
  validTo: undefined,
  materialId: undefined,
  tags: { 'keyway:vault': 'p', 'keyway:name': 'k' },
  aliases: [],
  ...more,
});

const dump: KmsDump = {
  keys: [
    key('a', { aliases: ['alias/p/k/v/1'] }),
    key('b', {
      aliases: ['alias/p/k', 'alias/p/k/v/3'],
      state: 'PendingDeletion',
      description: 'keyway:p:{"del":1}',
    }),
    key('loose'),
    key('discarded', { state: 'PendingDeletion' }),
    key('foreign', { tags: {}, description: '' }),
  ],
  aliases: [
    { name: 'alias/p/k', target: 'b' },
    { name: 'alias/p/k/v/1', target: 'a' },
    { name: 'alias/p/k/v/3', target: 'b' },
  ],
};

test('a name is read out of a dump: versions by claim, gaps, the pointer, marks, and what is loose', () => {
  const { state, ids, orphans } = readName(dump, 'p', []);
  expect(ids).toEqual(['a', 'b']);
  expect(orphans).toEqual(['loose']);
  expect(state).toEqual({
    versions: [newVersion(true), { ...newVersion(true), state: 'PendingDeletion', marked: true }],
    claims: [1, 0, 2],
    points: 2,
  });
});

test('a key that is given belongs to the name before anything says so, and is no orphan', () => {
  const { state, orphans } = readName({ keys: [key('loose', { tags: {} })], aliases: [] }, 'p', ['loose']);
  expect(state).toEqual({
    versions: [{ ...newVersion(true), owner: 'nobody' }],
    claims: [],
    points: undefined,
  });
  expect(orphans).toEqual([]);
});

test('an alias that points to no key is an error of the dump', () => {
  expect(() => readName({ keys: [], aliases: dump.aliases }, 'p', [])).toThrow('not in the dump');
});

test('two states have the same line exactly where they are the same', () => {
  const before = { versions: [newVersion(true)], claims: [1], points: 1 };
  const others = [
    { ...before, versions: [newVersion(false)] },
    { ...before, versions: [{ ...newVersion(true), marked: true }] },
    { ...before, versions: [{ ...newVersion(true), updated: true }] },
    { ...before, versions: [{ ...newVersion(true), owner: 'tags' as const }] },
    { ...before, versions: [newVersion(true), newVersion(true)] },
    { ...before, claims: [1, 1] },
    { ...before, points: undefined },
  ];
  expect(new Set([before, ...others].map((state) => describeState(state))).size).toBe(others.length + 1);
});

test('the states of a flow follow its steps; a step that the table does not know is an error', () => {
  const before = { versions: [newVersion(true)], claims: [1], points: 1 };
  const states = statesOf('rotate', ['create-key', 'claim', 'point'], before, 'Disabled');
  expect(states.map((state) => describeState(state))).toEqual([
    'versions [Enabled] claims [1] points 1',
    'versions [Enabled] claims [1] points 1',
    'versions [Enabled, Enabled] claims [1, 2] points 1',
    'versions [Enabled, Enabled] claims [1, 2] points 2',
  ]);
  for (const flow of ['rotate', 'delete', 'adopt']) {
    expect(() => statesOf(flow, ['sweep'], before, 'Disabled')).toThrow(
      `The step sweep of ${flow} has no row`,
    );
  }
});

test('the same seed picks the same cells, whatever the others are, and about the share that is asked for', () => {
  const items = Array.from({ length: 2000 }, (_, index) => ({ id: `cell ${index}` }));
  const picked = pick(items, 7, 0.1);
  expect(picked.length).toBeGreaterThan(150);
  expect(picked.length).toBeLessThan(250);
  expect(pick(items.slice(1000), 7, 0.1)).toEqual(picked.filter(({ id }) => Number(id.slice(5)) >= 1000));
  expect(pick(items, 8, 0.1)).not.toEqual(picked);
  expect(pick(items, 7, 0)).toEqual([]);
  expect(pick(items, 7, 1)).toEqual(items);
});

test('a report counts cells by place, flow, kind, fault and end, and leaves out those whose fault could not be done', () => {
  const said: string[] = [];
  const report = createFaultReport((line) => said.push(line));
  const saga = {
    place: { name: 'our own' },
    row: { flow: 'create' },
    kind: { name: 'ec' },
  } as object as LearnedSaga;
  const cell = { id: 'create/ec/1 CreateKey/stale', fault: { name: 'stale' } } as object as TableCell;
  const end = { idle: false, wrong: [], code: undefined, half: false, orphans: 0, texts: 2 };
  report.ended(saga, cell, end);
  report.ended(saga, cell, { ...end, idle: true });
  report.ended(saga, cell, { ...end, code: 'ERR_THROTTLED', half: true, orphans: 1, wrong: ['a', 'b'] });
  expect(report.data()).toMatchObject({
    cells: 2,
    idle: 1,
    halfDone: 1,
    orphans: 1,
    texts: 6,
    byPlace: { 'our own': 2 },
    byFlow: { create: 2 },
    byKind: { ec: 2 },
    byFault: { stale: 2 },
    byEnd: { done: 1, ERR_THROTTLED: 1 },
    wrong: [{ id: 'our own: create/ec/1 CreateKey/stale', reason: 'a; b' }],
  });
  expect(said).toEqual(['WRONG our own: create/ec/1 CreateKey/stale: a; b']);
  expect(report.lines().join('\n')).toContain('by fault: stale 2');
});
