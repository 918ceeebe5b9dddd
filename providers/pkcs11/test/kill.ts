import { expect } from 'vitest';
import { isKeyManagerError } from '@keyway/core/driver';
import type { VaultParts } from '../src/open-vault.ts';
import {
  adopt,
  create,
  createDisabled,
  createPair,
  disable,
  importPair,
  purge,
  putForeign,
  recover,
  remove,
  rotate,
} from './acts.ts';
import type { Act } from './acts.ts';
import { cleanUp, dumpOf, expectWhole } from './dump.ts';
import type { Dump } from './dump.ts';
import { recordsIn } from './record-places.ts';
import { testCall } from './test-call.ts';
import { freshNamespace, testVault } from './test-vault.ts';

class Killed extends Error {}

/** Something that is killed, and what there is once it is done. */
export interface KilledRow {
  readonly what: string;
  readonly before: readonly Act[];
  readonly act: Act;
  /** What there is once it is done. */
  readonly after: { readonly state: Dump['state']; readonly versions: number; readonly enabled?: boolean };
  /** Moments at which it can be killed. */
  readonly moments: number;
}

/** Every flow, for every kind of act that runs it. */
export const killedRows: readonly KilledRow[] = [
  { what: 'a first version', before: [], act: create, after: { state: 'live', versions: 1 }, moments: 15 },
  {
    what: 'a first pair',
    before: [],
    act: createPair,
    after: { state: 'live', versions: 1 },
    moments: 15,
  },
  {
    what: 'a disabled version',
    before: [create],
    act: createDisabled,
    after: { state: 'live', versions: 2, enabled: false },
    moments: 15,
  },
  {
    what: 'an import',
    before: [createPair],
    act: importPair,
    after: { state: 'live', versions: 2 },
    moments: 15,
  },
  {
    what: 'a rotation',
    before: [create, rotate],
    act: rotate,
    after: { state: 'live', versions: 3 },
    moments: 15,
  },
  {
    what: 'a disabling',
    before: [create, rotate],
    act: disable,
    after: { state: 'live', versions: 2, enabled: false },
    moments: 12,
  },
  {
    what: 'a deletion',
    before: [create, rotate],
    act: remove,
    after: { state: 'deleted', versions: 2 },
    moments: 12,
  },
  {
    what: 'a recovery',
    before: [create, rotate, remove],
    act: recover,
    after: { state: 'live', versions: 2 },
    moments: 12,
  },
  {
    what: 'a purge',
    before: [create, rotate, remove],
    act: purge,
    after: { state: 'none', versions: 0 },
    moments: 12,
  },
  {
    what: 'an adoption',
    before: [putForeign],
    act: adopt,
    after: { state: 'live', versions: 1 },
    moments: 6,
  },
];

/** What a repeated act may say where the first one was done: there is nothing left to do. */
const done: ReadonlySet<string> = new Set([
  'ERR_KEY_NOT_FOUND',
  'ERR_OPERATION_NOT_PERMITTED',
  'ERR_KEY_EXISTS',
]);

/**
 * Kills an act at one of its moments, opens the vault anew and repeats the act. Expects that nothing is lost, doubled or
 * left over.
 *
 * @returns Whether the act had that many moments.
 */
export async function killAt(
  row: KilledRow,
  records: 'token' | 'file',
  number: number,
  token: Partial<Pick<VaultParts, 'token' | 'features'>> = {},
): Promise<boolean> {
  const namespace = freshNamespace();
  const place = { ...token, namespace, records: recordsIn(records, namespace) };
  const first = await testVault(place);
  for (const act of row.before) await act(first.vault, testCall());
  const before = await dumpOf(first.vault, 'k');
  await first.close();
  let reached = 0;
  let moment = '';
  const victim = await testVault({
    ...place,
    afterStep: ({ flow, step, at }) => {
      moment = `${flow} ${step} ${at}`;
      if (reached++ === number) throw new Killed(moment);
    },
  });
  const call = testCall();
  const killed = await row.act(victim.vault, call).then(
    () => false,
    (error: unknown) => {
      if (error instanceof Killed) return true;
      throw error;
    },
  );
  await victim.close();
  const next = await testVault(place);
  try {
    const dump = await dumpOf(next.vault, 'k');
    expectWhole(dump);
    const ids = dump.versions.map(({ version }) => version);
    // No version that was there is lost, unless the key was to be destroyed.
    if (dump.state !== 'none') {
      expect(ids.slice(0, before.versions.length)).toEqual(before.versions.map(({ version }) => version));
    }
    const isBefore = dump.state === before.state && dump.versions.length === before.versions.length;
    const isAfter = dump.state === row.after.state && dump.versions.length === row.after.versions;
    expect([isBefore, isAfter]).toContain(true);
    // The caller repeats with the same request id: once in all.
    await row.act(next.vault, { ...testCall(), requestId: call.requestId }).catch((error: unknown) => {
      if (!isKeyManagerError(error) || !done.has(error.code)) throw error;
    });
    const end = await dumpOf(next.vault, 'k');
    expectWhole(end);
    expect([end.state, end.versions.length]).toEqual([row.after.state, row.after.versions]);
    expect(end.versions.at(-1)?.enabled ?? true).toBe(row.after.enabled ?? true);
  } catch (error) {
    throw new Error(`Killed at ${number}: ${moment}`, { cause: error });
  } finally {
    await next.close();
    await cleanUp(next.vault);
  }
  return killed;
}
