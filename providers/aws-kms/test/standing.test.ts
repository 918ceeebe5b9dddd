import { expect, test } from 'vitest';
import type { KeyRecord } from '@keyway/core/driver';
import { create, prepare, recover, remove, rotate } from './acts.ts';
import type { Act } from './acts.ts';
import { createFakeKms, kmsError } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, there } from './fake-vault.ts';
import { dumpOf } from './processes.ts';

const made = (fake: FakeKms): Promise<KeyRecord> =>
  there(fakeDriver(fake).keys.create)(ecRequest('k'), fakeCall());
const run = (fake: FakeKms, act: Act): Promise<unknown> => act(fakeDriver(fake), fakeCall());
const ecKey = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' };
const conflict = { code: 'ERR_CONFLICT' };

/** Answers the first read of an alias as if it still pointed to another key. */
function readLate(fake: FakeKms, alias: string, id: string): void {
  const now = fake.aliases.get(alias) ?? '';
  let late = true;
  fake.before = (operation, input) => {
    if (late && operation === 'describeKey' && input['KeyId'] === alias) fake.aliases.set(alias, id);
  };
  fake.after = (operation, input) => {
    if (late && operation === 'describeKey' && input['KeyId'] === alias) {
      fake.aliases.set(alias, now);
      late = false;
    }
  };
}

test('an alias that is read late is never moved back', async () => {
  const fake = createFakeKms();
  const first = await made(fake);
  await made(fake);
  const third = await made(fake);
  readLate(fake, 'alias/test/k', first.version);
  const moves: unknown[] = [];
  const { updateAlias } = fake.client;
  const client = {
    ...fake.client,
    updateAlias: (...request: Parameters<typeof updateAlias>) => {
      moves.push(request[0].TargetKeyId);
      return updateAlias(...request);
    },
  };
  const fourth = await there(fakeDriver(fake, { client }).keys.create)(ecRequest('k'), fakeCall());
  expect(moves).toEqual([third.version, fourth.version]);
  expect(dumpOf(fake, 'k').pointer).toBe(fourth.version);
});

test('a version that KMS does not show yet is deleted with the others', async () => {
  const fake = createFakeKms();
  const first = await made(fake);
  await made(fake);
  let missed = 0;
  fake.before = (operation, input) => {
    if (operation !== 'describeKey' || input['KeyId'] !== 'alias/test/k/v/1' || missed > 1) return;
    missed++;
    throw kmsError('NotFoundException');
  };
  await run(fake, remove);
  expect(missed).toBe(2);
  expect(fake.keys.get(first.version)?.state).toBe('PendingDeletion');
  expect(dumpOf(fake, 'k').states).toEqual(['PendingDeletion', 'PendingDeletion']);
});

test('an adoption that has stopped half way keeps the name, and it says what finishes it', async () => {
  const fake = createFakeKms();
  fake.aliases.set('alias/test/k/v/1', fake.make(ecKey).id);
  const before = fake.dump();
  const error: unknown = await made(fake).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ ...conflict, message: expect.stringContaining('adoptKey') as string });
  expect(fake.dump()).toEqual(before);
});

test('a first version whose alias somebody else makes meanwhile is found as it is', async () => {
  const fake = createFakeKms();
  const first = await made(fake);
  fake.aliases.delete('alias/test/k');
  fake.before = (operation, input) => {
    if (operation === 'createAlias' && input['AliasName'] === 'alias/test/k') {
      fake.aliases.set('alias/test/k', first.version);
      fake.before = () => undefined;
    }
  };
  const second = await made(fake);
  expect(dumpOf(fake, 'k')).toMatchObject({
    claims: [first.version, second.version],
    pointer: second.version,
  });
});

test('a first version whose alias cannot be made is told, and nothing is made beside it', async () => {
  const fake = createFakeKms();
  await made(fake);
  fake.aliases.delete('alias/test/k');
  fake.before = (operation) => {
    if (operation === 'createAlias') throw kmsError('AccessDeniedException');
  };
  await expect(made(fake)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(fake.keys.size).toBe(1);
});

test.each([
  [
    'is scheduled for deletion',
    (fake: FakeKms, id: string) => fake.client.scheduleKeyDeletion({ KeyId: id }),
  ],
  [
    'has no record any more',
    (fake: FakeKms, id: string) => fake.client.updateKeyDescription({ KeyId: id, Description: 'mine' }),
  ],
  [
    'is of another name',
    (fake: FakeKms, id: string) =>
      fake.client.updateKeyDescription({
        KeyId: id,
        Description: fake.keys.get(id)?.description.replace('"n":"k"', '"n":"x"') ?? '',
      }),
  ],
])('a claimed version that %s cannot become current, and no version is made after it', async (_, spoil) => {
  const fake = createFakeKms();
  const first = await made(fake);
  const second = await made(fake);
  fake.aliases.set('alias/test/k', first.version);
  await spoil(fake, second.version);
  const before = fake.dump();
  for (const act of [create, rotate]) await expect(run(fake, act)).rejects.toMatchObject(conflict);
  expect(fake.dump()).toEqual(before);
});

test('of two claimed versions the one that can become current does, and the other is told of', async () => {
  const fake = createFakeKms();
  const first = await made(fake);
  const second = await made(fake);
  const third = await made(fake);
  fake.aliases.set('alias/test/k', first.version);
  await fake.client.scheduleKeyDeletion({ KeyId: third.version });
  await expect(made(fake)).rejects.toMatchObject(conflict);
  expect(dumpOf(fake, 'k').pointer).toBe(second.version);
});

test('a version that is deleted just before the alias moves to it does not become current', async () => {
  const fake = createFakeKms();
  const first = await made(fake);
  const second = await made(fake);
  fake.aliases.set('alias/test/k', first.version);
  fake.before = async (operation) => {
    if (operation !== 'updateAlias') return;
    fake.before = () => undefined;
    await fake.client.scheduleKeyDeletion({ KeyId: second.version });
  };
  await expect(made(fake)).rejects.toMatchObject(conflict);
  expect(dumpOf(fake, 'k').pointer).toBe(first.version);
});

test('an alias that may not be moved is told with the error of KMS', async () => {
  const fake = createFakeKms();
  const first = await made(fake);
  await made(fake);
  fake.aliases.set('alias/test/k', first.version);
  fake.before = (operation) => {
    if (operation === 'updateAlias') throw kmsError('AccessDeniedException');
  };
  await expect(made(fake)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('a key of others that is deleted is none of our business', async () => {
  const fake = createFakeKms();
  const { id } = fake.make(ecKey);
  fake.aliases.set('alias/test/k', id);
  await fake.client.scheduleKeyDeletion({ KeyId: id });
  await expect(made(fake)).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
});

test('a recovery finds nothing where there is nothing, and brings back a version that was claimed and deleted', async () => {
  const fake = createFakeKms();
  await expect(run(fake, recover)).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  const first = await made(fake);
  const second = await made(fake);
  fake.aliases.set('alias/test/k', first.version);
  await fake.client.scheduleKeyDeletion({ KeyId: second.version });
  await run(fake, recover);
  expect(fake.keys.get(second.version)?.state).toBe('Disabled');
  const third = await made(fake);
  expect(dumpOf(fake, 'k').claims).toEqual([first.version, second.version, third.version]);
});

/** Runs something just before every request of a kind. */
function beforeEach(fake: FakeKms, wanted: (operation: string, alias: unknown) => boolean, act: Act): void {
  let busy = false;
  fake.before = async (operation, input) => {
    if (busy || !wanted(operation, input['AliasName'])) return;
    busy = true;
    await run(fake, act);
    busy = false;
  };
}

test('who is overtaken twenty times is told to try again, and leaves nothing behind', async () => {
  const isClaim = (operation: string, alias: unknown): boolean =>
    operation === 'createAlias' && /\/v\//.test(String(alias));
  for (const act of [create, rotate, remove]) {
    const fake = createFakeKms();
    await prepare(fake, create);
    beforeEach(fake, isClaim, create);
    await expect(run(fake, act)).rejects.toMatchObject({ ...conflict, retryable: true });
    const { claims, pointer, strayed, states } = dumpOf(fake, 'k');
    expect(claims).toHaveLength(21);
    expect(pointer).toBe(claims.at(-1));
    expect(strayed).toEqual([]);
    expect(new Set(states)).toEqual(new Set(['Enabled']));
  }
});

test('a recovery that is overtaken by deletions every time says so', async () => {
  const fake = createFakeKms();
  await prepare(fake, create, remove);
  let tries = 0;
  beforeEach(
    fake,
    (operation) => operation === 'enableKey',
    async (...process) => {
      tries++;
      await remove(...process);
    },
  );
  await expect(run(fake, recover)).rejects.toMatchObject(conflict);
  expect(tries).toBe(20);
});

test('a recovery after which the key is deleted again at once says so', async () => {
  const fake = createFakeKms();
  await prepare(fake, create, remove);
  let recovered = false;
  fake.after = async (operation) => {
    if (operation !== 'updateKeyDescription' || recovered) return;
    recovered = true;
    await run(fake, remove);
  };
  await expect(run(fake, recover)).rejects.toMatchObject(conflict);
  expect(dumpOf(fake, 'k').states).toEqual(['PendingDeletion']);
});

test('a deletion takes back what it did to a recovered key, and leaves one alone that was deleted again', async () => {
  for (const again of [false, true]) {
    const fake = createFakeKms();
    const { version } = await made(fake);
    let recovered = false;
    fake.after = async (operation) => {
      if (operation !== 'scheduleKeyDeletion') return;
      fake.after = () => undefined;
      await run(fake, recover);
      recovered = true;
    };
    fake.before = async (operation, input) => {
      // The first thing that it reads of the KMS key itself, to take back what it did.
      if (!again || !recovered || operation !== 'describeKey' || input['KeyId'] !== version) return;
      recovered = false;
      await run(fake, remove);
    };
    await expect(run(fake, remove)).rejects.toMatchObject(conflict);
    expect(dumpOf(fake, 'k')).toMatchObject({
      states: [again ? 'PendingDeletion' : 'Enabled'],
      marked: [again],
    });
  }
});

test('an older version that KMS destroys while its key is deleted does not keep the others', async () => {
  const fake = createFakeKms();
  const first = await made(fake);
  await made(fake);
  await made(fake);
  fake.after = (operation) => {
    if (operation !== 'scheduleKeyDeletion') return;
    fake.after = () => undefined;
    fake.destroy(first.version);
  };
  await run(fake, remove);
  expect(dumpOf(fake, 'k').states).toEqual(['PendingDeletion', 'PendingDeletion']);
});

test('an older version that is on its way out already stays as it is when its key is deleted', async () => {
  const fake = createFakeKms();
  const first = await made(fake);
  await made(fake);
  await fake.client.scheduleKeyDeletion({ KeyId: first.version });
  const scheduled: unknown[] = [];
  fake.before = (operation, input) => {
    if (operation === 'scheduleKeyDeletion') scheduled.push(input['KeyId']);
  };
  await run(fake, remove);
  expect(scheduled).toEqual([dumpOf(fake, 'k').pointer]);
  expect(dumpOf(fake, 'k').states).toEqual(['PendingDeletion', 'PendingDeletion']);
  fake.before = () => undefined;
  await run(fake, recover);
  // Nobody knows the state that it was in.
  expect(dumpOf(fake, 'k').states).toEqual(['Disabled', 'Enabled']);
});
