import { expect, test } from 'vitest';
import { isKeyManagerError } from '@keyway/core/driver';
import type { KeyRecord } from '@keyway/core/driver';
import { create, prepare, recover, remove, rotate, three } from './acts.ts';
import type { Act } from './acts.ts';
import { createFakeKms } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { fakeCall, fakeDriver, there } from './fake-vault.ts';
import { dumpOf, startProcess } from './processes.ts';
import type { NameDump } from './processes.ts';

/** What became of an act: its result, or the code of its error. */
type Outcome = unknown;

const outcomeOf = (running: Promise<unknown>): Promise<Outcome> =>
  running.catch((error: unknown) => {
    if (isKeyManagerError(error)) return error.code;
    throw error;
  });

interface Race {
  readonly fake: FakeKms;
  readonly first: Outcome;
  readonly second: Outcome;
}

/** Runs one act up to each of its moments, then all of another one, then the rest of the first. */
async function atEveryMoment(
  before: readonly Act[],
  first: Act,
  second: Act,
  judge: (race: Race) => Promise<void> | void,
): Promise<number> {
  for (let number = 0; ; number++) {
    const fake = createFakeKms();
    await prepare(fake, ...before);
    let other: Outcome = 'not run';
    const process = startProcess(fake, async (_, reached) => {
      if (reached === number) other = await outcomeOf(second(fakeDriver(fake), fakeCall()));
    });
    const own = await outcomeOf(first(process.driver, fakeCall()));
    if (other === 'not run') return number;
    try {
      await judge({ fake, first: own, second: other });
    } catch (error) {
      throw new Error(`Overtaken at ${process.moments[number]}: ${String(own)}, ${String(other)}`, {
        cause: error,
      });
    }
  }
}

function expectWhole(dump: NameDump): void {
  expect(dump.claims).not.toContain(undefined);
  expect(dump.pointer).toBe(dump.claims.at(-1));
  expect(dump.strayed).toEqual([]);
}

const isVersion = (outcome: Outcome): outcome is KeyRecord => typeof outcome === 'object';

test.each([
  ['two first versions', []],
  ['two second versions', [create]],
])(
  '%s at once: both are made, one after the other, and the alias points to the newest',
  async (_, before) => {
    const moments = await atEveryMoment(before, create, create, ({ fake, first, second }) => {
      const dump = dumpOf(fake, 'k');
      expectWhole(dump);
      const made = [first, second].filter(isVersion).map(({ version }) => version);
      expect(made).toHaveLength(2);
      expect(dump.versions.slice(before.length).toSorted()).toEqual(made.toSorted());
    });
    expect(moments).toBeGreaterThan(10);
  },
);

test('two rotations of the version that both expect: one makes the next version, the other is told', async () => {
  const rotateExpected: Act = async (driver, call) => {
    const expectedCurrent = expected.get(driver) ?? [...expected.values()][0];
    return there(driver.rotation.rotate)({ name: 'k', expectedCurrent }, call);
  };
  const expected = new Map<unknown, string>();
  for (let number = 0; ; number++) {
    const fake = createFakeKms();
    await prepare(fake, create);
    expected.set('current', dumpOf(fake, 'k').pointer ?? '');
    let other: Outcome = 'not run';
    const process = startProcess(fake, async (_, reached) => {
      if (reached === number) other = await outcomeOf(rotateExpected(fakeDriver(fake), fakeCall()));
    });
    const own = await outcomeOf(rotateExpected(process.driver, fakeCall()));
    if (other === 'not run') {
      expect(number).toBeGreaterThan(10);
      return;
    }
    const dump = dumpOf(fake, 'k');
    expectWhole(dump);
    expect(dump.versions).toHaveLength(2);
    const won = [own, other].filter(isVersion);
    expect(won.map(({ version }) => version)).toEqual([dump.pointer]);
    expect([own, other]).toContain('ERR_CONFLICT');
  }
});

test('a deletion overtaken by a new version deletes that too, or the version is refused', async () => {
  await atEveryMoment([create], remove, create, ({ fake, first, second }) => {
    const { versions, states, marked } = dumpOf(fake, 'k');
    expect(isVersion(first)).toBe(true);
    if (!isVersion(second)) expect(['ERR_CONFLICT', 'ERR_KEY_DELETED']).toContain(second);
    expect(versions).toHaveLength(isVersion(second) ? 2 : 1);
    expect(new Set(states)).toEqual(new Set(['PendingDeletion']));
    expect(marked).not.toContain(false);
  });
});

test('a new version overtaken by a deletion is refused, or is deleted with the others', async () => {
  await atEveryMoment([create], create, remove, async ({ fake, first, second }) => {
    const dump = dumpOf(fake, 'k');
    expect(isVersion(second)).toBe(true);
    expect(dump.strayed).toEqual([]);
    expect(new Set(dump.states)).toEqual(new Set(['PendingDeletion']));
    if (!isVersion(first)) expect(first).toBe('ERR_KEY_DELETED');
    await recover(fakeDriver(fake), fakeCall());
    expectWhole(dumpOf(fake, 'k'));
  });
});

test('two deletions at once: the key is deleted once, whole', async () => {
  await atEveryMoment(three, remove, remove, ({ fake, first, second }) => {
    const { states, marked } = dumpOf(fake, 'k');
    expect(new Set(states)).toEqual(new Set(['PendingDeletion']));
    expect(marked).not.toContain(false);
    expect([first, second].some(isVersion)).toBe(true);
    for (const outcome of [first, second]) if (!isVersion(outcome)) expect(outcome).toBe('ERR_KEY_NOT_FOUND');
  });
});

test('two recoveries at once: the key is as it was', async () => {
  await atEveryMoment([...three, remove], recover, recover, async ({ fake, first, second }) => {
    const { states, marked } = dumpOf(fake, 'k');
    expect(states).toEqual(['Enabled', 'Disabled', 'Enabled']);
    expect(marked).not.toContain(true);
    expect([first, second].some(isVersion)).toBe(true);
    await create(fakeDriver(fake), fakeCall());
    expectWhole(dumpOf(fake, 'k'));
  });
});

/** Live with every version as it was, or deleted with every version marked: nothing between. */
async function expectOneOrTheOther(fake: FakeKms): Promise<void> {
  const { states, marked } = dumpOf(fake, 'k');
  if (marked.at(-1) === true) {
    expect(new Set(states)).toEqual(new Set(['PendingDeletion']));
    expect(marked).not.toContain(false);
    await recover(fakeDriver(fake), fakeCall());
  }
  const after = dumpOf(fake, 'k');
  expect(after.states).toEqual(['Enabled', 'Disabled', 'Enabled']);
  await create(fakeDriver(fake), fakeCall());
  expectWhole(dumpOf(fake, 'k'));
}

test('a deletion overtaken by a recovery: one of them is told, and the key is live whole or deleted whole', async () => {
  await atEveryMoment(three, remove, recover, async ({ fake, first, second }) => {
    expect([first, second].some(isVersion)).toBe(true);
    await expectOneOrTheOther(fake);
  });
});

test('a recovery overtaken by a deletion: the key is live whole or deleted whole', async () => {
  await atEveryMoment([...three, remove], recover, remove, async ({ fake, first, second }) => {
    expect([first, second].some(isVersion)).toBe(true);
    await expectOneOrTheOther(fake);
  });
});

test('a recovery that slept takes nothing from a version that was made since', async () => {
  const recoverAndGoOn: Act = async (driver, call) => {
    await recover(driver, call);
    return rotate(driver, fakeCall());
  };
  await atEveryMoment([create, remove], recover, recoverAndGoOn, ({ fake, second }) => {
    const dump = dumpOf(fake, 'k');
    if (!isVersion(second)) return;
    expect(dump.claims).not.toContain(undefined);
    expect(dump.versions).toContain(second.version);
    expect(dump.states).not.toContain('PendingDeletion');
  });
});

test('a deletion that slept schedules no version of a key that was recovered and rotated since', async () => {
  const recoverAndRotate: Act = async (driver, call) => {
    await recover(driver, call);
    return rotate(driver, fakeCall());
  };
  await atEveryMoment([create], remove, recoverAndRotate, async ({ fake, second }) => {
    if (!isVersion(second)) return;
    const { keys } = fakeDriver(fake);
    const live = await outcomeOf(there(keys.read)({ name: 'k' }, fakeCall()));
    const { states } = dumpOf(fake, 'k');
    if (isVersion(live)) expect(states).not.toContain('PendingDeletion');
    else expect(new Set(states)).toEqual(new Set(['PendingDeletion']));
  });
});
