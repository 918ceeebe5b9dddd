import { expect, test } from 'vitest';
import type { KeyRecord } from '@keyway/core/driver';
import { createFakeKms } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { ecRequest, epochNow, fakeCall, fakeDriver, there } from './fake-vault.ts';

/** Three versions of a key, the second one disabled. */
async function threeVersions(fake: FakeKms): Promise<readonly KeyRecord[]> {
  const create = there(fakeDriver(fake).keys.create);
  return [
    await create(ecRequest('k'), fakeCall()),
    await create(ecRequest('k', { enabled: false }), fakeCall()),
    await create(ecRequest('k'), fakeCall()),
  ];
}

const statesOf = (fake: FakeKms, versions: readonly KeyRecord[]): readonly (string | undefined)[] =>
  versions.map(({ version }) => fake.keys.get(version)?.state);
const remove = (fake: FakeKms): Promise<unknown> =>
  there(fakeDriver(fake).deletion.delete)({ name: 'k' }, fakeCall());
const recover = (
  fake: FakeKms,
  allowPartial = false,
): Promise<{ key: KeyRecord; lostVersions: readonly string[] } | undefined> =>
  there(fakeDriver(fake).deletion.recover)({ name: 'k', allowPartial }, fakeCall());
const read = (fake: FakeKms, version?: string): Promise<KeyRecord> =>
  there(fakeDriver(fake).keys.read)({ name: 'k', version }, fakeCall());

test('deleting schedules every version, the current one first, and tells until when', async () => {
  const fake = createFakeKms();
  const versions = await threeVersions(fake);
  const scheduled: unknown[] = [];
  fake.before = (operation, input) => {
    if (operation === 'scheduleKeyDeletion') scheduled.push(input['KeyId']);
  };
  const deleted = await there(fakeDriver(fake).deletion.delete)({ name: 'k' }, fakeCall());
  expect(deleted?.key).toMatchObject({ version: versions[2]?.version, enabled: true, intact: true });
  expect((deleted?.scheduledPurgeDate ?? 0) - epochNow()).toBeGreaterThan(29 * 86_400);
  expect(scheduled).toEqual([versions[2]?.version, versions[1]?.version, versions[0]?.version]);
  expect(statesOf(fake, versions)).toEqual(['PendingDeletion', 'PendingDeletion', 'PendingDeletion']);
  expect(await there(fakeDriver(fake).deletion.readDeleted)({ name: 'k' }, fakeCall())).toEqual(deleted);
});

test('a deleted key is not found, with any version, and cannot be made, rotated or deleted again', async () => {
  const fake = createFakeKms();
  const versions = await threeVersions(fake);
  await remove(fake);
  const gone = { code: 'ERR_KEY_NOT_FOUND' };
  for (const version of [undefined, ...versions.map((made) => made.version)]) {
    await expect(read(fake, version)).rejects.toMatchObject(gone);
  }
  const { keys, rotation } = fakeDriver(fake);
  await expect(there(keys.versions)({ name: 'k', maxPageSize: 9 }, fakeCall())).rejects.toMatchObject(gone);
  await expect(there(rotation.rotate)({ name: 'k' }, fakeCall())).rejects.toMatchObject(gone);
  await expect(remove(fake)).rejects.toMatchObject(gone);
  await expect(there(keys.create)(ecRequest('k'), fakeCall())).rejects.toMatchObject({
    code: 'ERR_KEY_DELETED',
  });
});

test('recovering brings back every version as it was, several times over, and the name takes versions again', async () => {
  const fake = createFakeKms();
  const versions = await threeVersions(fake);
  for (let round = 0; round < 3; round++) {
    await remove(fake);
    const recovered = await recover(fake);
    expect(recovered).toMatchObject({
      lostVersions: [],
      key: { version: versions[2]?.version, enabled: true },
    });
    expect(statesOf(fake, versions)).toEqual(['Enabled', 'Disabled', 'Enabled']);
    const page = await there(fakeDriver(fake).keys.versions)({ name: 'k', maxPageSize: 9 }, fakeCall());
    expect(page.items.map(({ version }) => version)).toEqual(versions.map(({ version }) => version));
    for (const { version } of versions) expect((await read(fake, version)).version).toBe(version);
    await expect(recover(fake)).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  }
  const next = await there(fakeDriver(fake).keys.create)(ecRequest('k'), fakeCall());
  expect((await read(fake)).version).toBe(next.version);
  const { items } = await there(fakeDriver(fake).keys.versions)({ name: 'k', maxPageSize: 9 }, fakeCall());
  expect(items).toHaveLength(4);
});

test('the policy of a key outlives its deletion and recovery', async () => {
  const fake = createFakeKms();
  const { keys, rotation } = fakeDriver(fake);
  await there(keys.create)(ecRequest('k'), fakeCall());
  const policy = { lifetimeActions: [], expiresIn: 'P30D' };
  await there(rotation.writePolicy)({ name: 'k', policy }, fakeCall());
  await remove(fake);
  await recover(fake);
  await there(rotation.rotate)({ name: 'k' }, fakeCall());
  expect(await there(rotation.readPolicy)({ name: 'k' }, fakeCall())).toMatchObject({ expiresIn: 'P30D' });
});

test('a version that KMS has destroyed is lost, and a recovery without it must be allowed', async () => {
  const fake = createFakeKms();
  const versions = await threeVersions(fake);
  await remove(fake);
  fake.destroy(versions[0]?.version ?? '');
  const before = fake.dump();
  await expect(recover(fake)).rejects.toMatchObject({ code: 'ERR_CONFLICT', versions: ['v/1'] });
  expect(fake.dump()).toEqual(before);
  expect(await recover(fake, true)).toMatchObject({ lostVersions: ['v/1'] });
  expect(statesOf(fake, versions)).toEqual([undefined, 'Disabled', 'Enabled']);
});

test('a name is free once KMS has destroyed the last version, and not before', async () => {
  const fake = createFakeKms();
  const versions = await threeVersions(fake);
  await remove(fake);
  const create = there(fakeDriver(fake).keys.create);
  for (const { version } of versions.toReversed()) {
    await expect(create(ecRequest('k'), fakeCall())).rejects.toMatchObject({ code: 'ERR_KEY_DELETED' });
    fake.destroy(version);
  }
  const made = await create(ecRequest('k'), fakeCall());
  expect((await read(fake)).version).toBe(made.version);
  await expect(there(fakeDriver(fake).deletion.readDeleted)({ name: 'k' }, fakeCall())).rejects.toMatchObject(
    {
      code: 'ERR_KEY_NOT_FOUND',
    },
  );
});

test('deleted keys are listed with their dates, and live ones are not', async () => {
  const fake = createFakeKms();
  const { keys, deletion } = fakeDriver(fake);
  for (const name of ['a', 'k', 'z']) await there(keys.create)(ecRequest(name), fakeCall());
  await remove(fake);
  const { items } = await there(deletion.listDeleted)({ maxPageSize: 50 }, fakeCall());
  expect(items.map((item) => item.key.name)).toEqual(['k']);
  expect(items[0]?.scheduledPurgeDate).toBeGreaterThan(epochNow());
  const live = await there(keys.list)({ maxPageSize: 50 }, fakeCall());
  expect(live.items.map(({ name }) => name)).toEqual(['a', 'z']);
});

test('a key that was deleted outside of Keyway is a deleted key, and recovers disabled since nobody knows its state', async () => {
  const fake = createFakeKms();
  const versions = await threeVersions(fake);
  await fake.client.scheduleKeyDeletion({ KeyId: versions[2]?.version, PendingWindowInDays: 7 });
  await expect(read(fake)).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  const deleted = await there(fakeDriver(fake).deletion.readDeleted)({ name: 'k' }, fakeCall());
  expect(deleted.deletedOn).toBeUndefined();
  expect(deleted.scheduledPurgeDate).toBeGreaterThan(epochNow());
  await recover(fake);
  expect(await read(fake)).toMatchObject({ version: versions[2]?.version, enabled: false });
});

test('an old version that was deleted outside is not found, and a recovery of the live key brings it back', async () => {
  const fake = createFakeKms();
  const versions = await threeVersions(fake);
  const old = versions[0]?.version ?? '';
  await fake.client.scheduleKeyDeletion({ KeyId: old, PendingWindowInDays: 7 });
  await expect(read(fake, old)).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  expect((await read(fake)).version).toBe(versions[2]?.version);
  await recover(fake);
  expect((await read(fake, old)).enabled).toBe(false);
});
