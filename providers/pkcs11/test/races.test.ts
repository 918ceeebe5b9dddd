import { describe, expect, test } from 'vitest';
import { isKeyManagerError } from '@keyway/core/driver';
import type { KeyRecord } from '@keyway/core/driver';
import { createRotationMethods } from '../src/rotation.ts';
import { create, disable, purge, recover, remove, rotate, there } from './acts.ts';
import type { Act } from './acts.ts';
import { cleanUp, dumpOf, expectWhole } from './dump.ts';
import type { Dump } from './dump.ts';
import { recordsIn } from './record-places.ts';
import { testCall } from './test-call.ts';
import { freshNamespace, testVault } from './test-vault.ts';

/** What became of an act: its result, or the code of its error. */
type Outcome = unknown;

const outcomeOf = (running: Promise<unknown>): Promise<Outcome> =>
  running.catch((error: unknown) => {
    if (isKeyManagerError(error)) return error.code;
    throw error;
  });

interface Race {
  readonly dump: Dump;
  readonly before: Dump;
  readonly first: Outcome;
  readonly second: Outcome;
}

/** Runs one act up to each of its moments, then all of another one by another vault object, then the rest of the first. */
async function atEveryMoment(
  kind: 'token' | 'file',
  before: readonly Act[],
  acts: readonly [first: Act, second: Act],
  judge: (race: Race) => void,
): Promise<number> {
  for (let number = 0; ; number++) {
    const namespace = freshNamespace();
    const place = { namespace, records: recordsIn(kind, namespace) };
    const other = await testVault(place);
    for (const act of before) await act(other.vault, testCall());
    const standing = await dumpOf(other.vault, 'k');
    let second: Outcome = 'not run';
    let reached = 0;
    const one = await testVault({
      ...place,
      afterStep: async () => {
        if (reached++ === number) second = await outcomeOf(acts[1](other.vault, testCall()));
      },
    });
    const first = await outcomeOf(acts[0](one.vault, testCall()));
    const dump = await dumpOf(other.vault, 'k');
    await one.close();
    await other.close();
    await cleanUp(one.vault);
    if (second === 'not run') return number;
    try {
      expectWhole(dump);
      judge({ dump, before: standing, first, second });
    } catch (error) {
      throw new Error(`Overtaken at ${number}: ${String(first)}, ${String(second)}`, { cause: error });
    }
  }
}

const isVersion = (outcome: Outcome): outcome is KeyRecord => typeof outcome === 'object';
const idsOf = ({ versions }: Dump): string[] => versions.map(({ version }) => version);

const kinds = ['token', 'file'] as const;

describe.each(kinds)('with records on the %s', (kind) => {
  test.each<[string, readonly Act[], Act]>([
    ['two first versions', [], create],
    ['two second versions', [create], create],
    ['two rotations', [create], rotate],
  ])('%s at once: both are made and both stay', async (_, before, act) => {
    const moments = await atEveryMoment(kind, before, [act, act], ({ dump, first, second, before: was }) => {
      const made = [first, second].filter(isVersion).map(({ version }) => version);
      expect(made).toHaveLength(2);
      expect(idsOf(dump).toSorted()).toEqual([...idsOf(was), ...made].toSorted());
    });
    expect(moments).toBeGreaterThan(10);
  });

  test('two rotations of the version that both expect: one makes the next version, the other is told', async () => {
    let expected: string | undefined;
    const rotateExpected: Act = (vault, call) =>
      there(createRotationMethods(vault).rotate)({ name: 'k', expectedCurrent: expected }, call);
    const remember: Act = async (vault, call) => {
      expected = ((await create(vault, call)) as KeyRecord).version;
    };
    await atEveryMoment(kind, [remember], [rotateExpected, rotateExpected], ({ dump, first, second }) => {
      expect(idsOf(dump)).toHaveLength(2);
      expect([first, second].filter(isVersion)).toHaveLength(1);
      expect([first, second]).toContain('ERR_CONFLICT');
    });
  });

  test('a request that is made twice at once makes one version', async () => {
    const { requestId } = testCall();
    const same: Act = (vault, call) => create(vault, { ...call, requestId });
    await atEveryMoment(kind, [create], [same, same], ({ dump, first, second, before }) => {
      expect(idsOf(dump)).toHaveLength(idsOf(before).length + 1);
      const made = [first, second].filter(isVersion).map(({ version }) => version);
      expect(made).toEqual([dump.current, dump.current]);
    });
  });

  test.each<[string, readonly Act[], Act, Act, readonly Dump['state'][]]>([
    ['a rotation and a deletion', [create], rotate, remove, ['deleted']],
    ['a deletion and a rotation', [create], remove, rotate, ['deleted']],
    ['a disabling and a deletion', [create], disable, remove, ['deleted']],
    ['two deletions', [create], remove, remove, ['deleted']],
    ['two recoveries', [create, rotate, remove], recover, recover, ['live']],
    ['a recovery and a purge', [create, rotate, remove], recover, purge, ['live', 'none']],
    ['a purge and a recovery', [create, rotate, remove], purge, recover, ['live', 'none']],
    ['two purges', [create, rotate, remove], purge, purge, ['none']],
    ['a purge and a new key', [create, remove], purge, create, ['live', 'none']],
  ])('%s at once end in one state, with all objects as it says', async (_, before, first, second, states) => {
    await atEveryMoment(kind, before, [first, second], ({ dump }) => {
      expect(states).toContain(dump.state);
    });
  });

  test('versions that ten calls of two vault objects make at the same time are all there', async () => {
    const namespace = freshNamespace();
    const place = { namespace, records: recordsIn(kind, namespace) };
    const opened = [await testVault(place), await testVault(place)] as const;
    const [{ vault }] = opened;
    await create(vault, testCall());
    const acts = opened.flatMap((each) => Array.from({ length: 5 }, () => rotate(each.vault, testCall())));
    const made = (await Promise.all(acts)) as KeyRecord[];
    const dump = await dumpOf(vault, 'k');
    expectWhole(dump);
    expect(idsOf(dump)).toHaveLength(11);
    expect(idsOf(dump)).toEqual(expect.arrayContaining(made.map(({ version }) => version)));
    for (const { close } of opened) await close();
  });
});
