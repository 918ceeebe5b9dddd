import { expect, test } from 'vitest';
import type { Call } from '@keyway/core/driver';
import {
  create,
  createDisabled,
  importing,
  prepare,
  recover,
  remove,
  rotate,
  three,
  unlessDone,
} from './acts.ts';
import type { Act } from './acts.ts';
import { createFakeKms } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, there } from './fake-vault.ts';
import { doomedProcess, dumpOf, startProcess } from './processes.ts';
import type { Moment } from './processes.ts';

/** Runs an act to its end once, to know its moments, then kills it at each of them; `then` judges what the others find. */
async function atEveryMoment(
  before: readonly Act[],
  act: Act,
  then: (fake: FakeKms, call: Call, moment: Moment, before: FakeKms) => Promise<void>,
): Promise<number> {
  const whole = createFakeKms();
  await prepare(whole, ...before);
  const process = startProcess(whole);
  await act(process.driver, fakeCall());
  const { moments } = process;
  for (const [number, moment] of moments.entries()) {
    const fake = createFakeKms();
    await prepare(fake, ...before);
    const call = fakeCall();
    await act(doomedProcess(fake, number).driver, call).then(
      () => expect.unreachable('it was to be killed'),
      () => undefined,
    );
    try {
      await then(fake, call, moment, whole);
    } catch (error) {
      throw new Error(`Killed at ${moment}`, { cause: error });
    }
  }
  return moments.length;
}

/** Claims from 1 on without a gap, each of another version, and the alias at the newest. */
function expectWhole(fake: FakeKms, versions: number): void {
  const dump = dumpOf(fake, 'k');
  expect(dump.claims).not.toContain(undefined);
  expect(dump.versions).toHaveLength(versions);
  expect(dump.pointer).toBe(dump.claims.at(-1));
}

const making: readonly (readonly [string, readonly Act[], Act])[] = [
  ['the first version', [], create],
  ['the second version', [create], create],
  ['a disabled version', [create], createDisabled],
  ['an imported version', [], importing],
  ['a rotation', [create, create], rotate],
  ['a version after a recovery', [create, remove, recover], create],
];

test.each(making)('killed while making %s: the same request finishes it, once', async (_, before, act) => {
  const made = before.filter((each) => each !== remove && each !== recover).length;
  const moments = await atEveryMoment(before, act, async (fake, call, moment) => {
    await act(fakeDriver(fake), call);
    expectWhole(fake, made + 1);
    // What was left without a name is at most the one KMS key, and only from between its making and its claim.
    const { strayed } = dumpOf(fake, 'k');
    expect(strayed.length).toBeLessThanOrEqual(1);
    if (/claim\/(ran|completed)|point|before createKey/.test(moment)) expect(strayed).toEqual([]);
  });
  expect(moments).toBeGreaterThan(10);
});

test.each(making)('killed while making %s: another request goes on from there', async (_, before, act) => {
  const made = before.filter((each) => each !== remove && each !== recover).length;
  await atEveryMoment(before, act, async (fake) => {
    const other = await there(fakeDriver(fake).keys.create)(ecRequest('k'), fakeCall());
    const { versions, pointer } = dumpOf(fake, 'k');
    expect(pointer).toBe(other.version);
    expect([made + 1, made + 2]).toContain(versions.length);
    expectWhole(fake, versions.length);
  });
});

test.each(making)(
  'killed while making %s: the key can be deleted whole and recovered',
  async (_, before, act) => {
    const made = before.filter((each) => each !== remove && each !== recover).length;
    await atEveryMoment(before, act, async (fake) => {
      const deleted = await unlessDone(remove, 'ERR_KEY_NOT_FOUND')(fakeDriver(fake), fakeCall());
      const { states, versions } = dumpOf(fake, 'k');
      if (made > 0) expect(deleted).not.toBe('ERR_KEY_NOT_FOUND');
      expect(new Set(states)).toEqual(new Set(versions.length === 0 ? [] : ['PendingDeletion']));
      if (versions.length === 0) return;
      await recover(fakeDriver(fake), fakeCall());
      expect(dumpOf(fake, 'k').states).not.toContain('PendingDeletion');
      await create(fakeDriver(fake), fakeCall());
      expectWhole(fake, versions.length + 1);
    });
  },
);

test('killed while deleting: the next deletion finishes it, and a recovery then brings all back', async () => {
  const moments = await atEveryMoment(three, remove, async (fake) => {
    await unlessDone(remove, 'ERR_KEY_NOT_FOUND')(fakeDriver(fake), fakeCall());
    const dump = dumpOf(fake, 'k');
    expect(dump.states).toEqual(['PendingDeletion', 'PendingDeletion', 'PendingDeletion']);
    expect(dump.marked).toEqual([true, true, true]);
    await recover(fakeDriver(fake), fakeCall());
    expect(dumpOf(fake, 'k').states).toEqual(['Enabled', 'Disabled', 'Enabled']);
    expect(dumpOf(fake, 'k').marked).toEqual([false, false, false]);
    expectWhole(fake, 3);
  });
  expect(moments).toBeGreaterThan(30);
});

test('killed while deleting: a recovery takes back what was done, and the name takes versions again', async () => {
  await atEveryMoment(three, remove, async (fake) => {
    await unlessDone(recover, 'ERR_KEY_NOT_FOUND')(fakeDriver(fake), fakeCall());
    const dump = dumpOf(fake, 'k');
    expect(dump.states).toEqual(['Enabled', 'Disabled', 'Enabled']);
    expect(dump.marked).toEqual([false, false, false]);
    await create(fakeDriver(fake), fakeCall());
    expectWhole(fake, 4);
  });
});

test('killed while deleting: the key is either live with all its versions or deleted with all of them', async () => {
  await atEveryMoment(three, remove, async (fake) => {
    const { keys, deletion } = fakeDriver(fake);
    const { versions } = dumpOf(fake, 'k');
    const found = await Promise.all(
      [undefined, ...versions].map((version) =>
        there(keys.read)({ name: 'k', version }, fakeCall()).then(
          () => true,
          (error: { code: string }) => {
            expect(error.code).toBe('ERR_KEY_NOT_FOUND');
            return false;
          },
        ),
      ),
    );
    expect(new Set(found).size).toBe(1);
    const reading = there(deletion.readDeleted)({ name: 'k' }, fakeCall());
    if (found[0] === true) await expect(reading).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
    else expect((await reading).key.version).toBe(versions.at(-1));
  });
});

test('killed while recovering: the next recovery finishes it', async () => {
  const moments = await atEveryMoment([...three, remove], recover, async (fake) => {
    await unlessDone(recover, 'ERR_KEY_NOT_FOUND')(fakeDriver(fake), fakeCall());
    const dump = dumpOf(fake, 'k');
    expect(dump.states).toEqual(['Enabled', 'Disabled', 'Enabled']);
    expect(dump.marked).toEqual([false, false, false]);
    await create(fakeDriver(fake), fakeCall());
    expectWhole(fake, 4);
  });
  expect(moments).toBeGreaterThan(30);
});

test('killed while recovering: a deletion then deletes all, and knows the state that was before', async () => {
  await atEveryMoment([...three, remove], recover, async (fake) => {
    await unlessDone(remove, 'ERR_KEY_NOT_FOUND')(fakeDriver(fake), fakeCall());
    expect(dumpOf(fake, 'k').states).toEqual(['PendingDeletion', 'PendingDeletion', 'PendingDeletion']);
    await recover(fakeDriver(fake), fakeCall());
    expect(dumpOf(fake, 'k').states).toEqual(['Enabled', 'Disabled', 'Enabled']);
    expect(dumpOf(fake, 'k').marked).toEqual([false, false, false]);
  });
});

test('killed while changing a version: the same change again leaves what was asked for', async () => {
  const update: Act = async (driver, call) => {
    const { version } = await there(driver.keys.read)({ name: 'k' }, fakeCall());
    const changes = { enabled: false, expiresOn: 5_000_000_000 };
    return there(driver.keys.update)({ name: 'k', version, changes }, call);
  };
  await atEveryMoment([create], update, async (fake) => {
    await update(fakeDriver(fake), fakeCall());
    const read = await there(fakeDriver(fake).keys.read)({ name: 'k' }, fakeCall());
    expect(read).toMatchObject({ enabled: false, expiresOn: 5_000_000_000 });
  });
});
