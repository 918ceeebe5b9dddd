import { expect, test } from 'vitest';
import type { KeyRecord } from '@keyway/core/driver';
import { createFakeKms } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, fakeVault, prefix, there } from './fake-vault.ts';
import { createAliasScheme } from '../src/aliases.ts';

const create = (fake: FakeKms, name = 'k'): Promise<KeyRecord> =>
  there(fakeDriver(fake).keys.create)(ecRequest(name), fakeCall());
const read = (fake: FakeKms, name = 'k', version?: string): Promise<KeyRecord> =>
  there(fakeDriver(fake).keys.read)({ name, version }, fakeCall());
const gone = { code: 'ERR_KEY_NOT_FOUND' };

/** Nothing is changed by what is refused. */
async function refusedUntouched(fake: FakeKms, act: () => Promise<unknown>, error: object): Promise<void> {
  const before = JSON.stringify([fake.dump(), [...fake.keys.values()]]);
  await expect(act()).rejects.toMatchObject(error);
  expect(JSON.stringify([fake.dump(), [...fake.keys.values()]])).toBe(before);
}

test('the version of one key is no version of another, nor is a key without an alias', async () => {
  const fake = createFakeKms();
  const { version } = await create(fake);
  await create(fake, 'other');
  await expect(read(fake, 'other', version)).rejects.toMatchObject(gone);
  await expect(read(fake, 'k', fake.make().id)).rejects.toMatchObject(gone);
  await expect(read(fake, 'k', '00000000-0000-4000-8000-000000000000')).rejects.toMatchObject(gone);
  await expect(read(fake, 'nothing')).rejects.toMatchObject(gone);
});

test('a key of other software under a name of ours is read and listed, and never changed', async () => {
  const fake = createFakeKms();
  const { id } = fake.make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Description: 'theirs' });
  fake.aliases.set('alias/test/k', id);
  expect(await read(fake)).toMatchObject({ version: id, ownership: 'external', intact: true, tags: {} });
  expect(await read(fake, 'k', id)).toMatchObject({ ownership: 'external' });
  const { keys, rotation, deletion } = fakeDriver(fake);
  const { items } = await there(keys.versions)({ name: 'k', maxPageSize: 9 }, fakeCall());
  expect(items.map(({ version }) => version)).toEqual([id]);
  expect(await there(rotation.readPolicy)({ name: 'k' }, fakeCall())).toBeUndefined();
  const policy = { lifetimeActions: [], expiresIn: 'P30D' };
  const refusal = { code: 'ERR_OPERATION_NOT_PERMITTED' };
  for (const act of [
    () => create(fake),
    () => there(rotation.rotate)({ name: 'k' }, fakeCall()),
    () => there(rotation.writePolicy)({ name: 'k', policy }, fakeCall()),
    () => there(keys.update)({ name: 'k', version: id, changes: { enabled: false } }, fakeCall()),
    () => there(deletion.delete)({ name: 'k' }, fakeCall()),
  ]) {
    await refusedUntouched(fake, act, refusal);
  }
  await fake.client.scheduleKeyDeletion({ KeyId: id });
  await refusedUntouched(
    fake,
    () => there(deletion.recover)({ name: 'k', allowPartial: true }, fakeCall()),
    refusal,
  );
});

test.each([
  ['cut', (text: string) => text.slice(0, -9)],
  ['of another', () => 'keyway:test:{"v":1}'],
  ['of a key of another size', (text: string) => text.replace('"crv":"P-256"', '"crv":"P-384"')],
  ['of a key of another usage', (text: string) => text.replace('["sign","verify"]', '["encrypt"]')],
  ['gone', () => ''],
])('a record that is %s makes the key not intact, and it is still ours by its tags', async (_, damage) => {
  const fake = createFakeKms();
  const { version } = await create(fake);
  const key = fake.keys.get(version);
  if (key === undefined) throw new Error('It was made');
  const damaged = damage(key.description);
  expect(damaged).not.toBe(key.description);
  key.description = damaged;
  const seen = {
    ownership: 'own',
    intact: false,
    keyType: 'EC',
    curve: 'P-256',
    keyOperations: ['sign', 'verify'],
  };
  expect(await read(fake)).toMatchObject(seen);
  expect(await read(fake, 'k', version)).toMatchObject(seen);
  const { keys, rotation, deletion } = fakeDriver(fake);
  expect((await there(keys.list)({ maxPageSize: 9 }, fakeCall())).items).toMatchObject([seen]);
  const damage2 = { code: 'ERR_INTEGRITY' };
  await refusedUntouched(fake, () => create(fake), damage2);
  await refusedUntouched(fake, () => there(rotation.rotate)({ name: 'k' }, fakeCall()), damage2);
  await refusedUntouched(
    fake,
    () => there(keys.update)({ name: 'k', version, changes: { tags: {} } }, fakeCall()),
    damage2,
  );
  await there(deletion.delete)({ name: 'k' }, fakeCall());
  await expect(read(fake)).rejects.toMatchObject(gone);
  await there(deletion.recover)({ name: 'k', allowPartial: false }, fakeCall());
  expect(await read(fake)).toMatchObject({ ...seen, enabled: false });
  expect(key.description).toBe(damaged);
});

test('tags changed outside: without them a damaged key is nobody of ours any more, a whole one stays', async () => {
  const fake = createFakeKms();
  const key = fake.keys.get((await create(fake)).version);
  key?.tags.clear();
  expect(await read(fake)).toMatchObject({ ownership: 'own', intact: true });
  if (key !== undefined) key.description = 'edited';
  expect(await read(fake)).toMatchObject({ ownership: 'external' });
  fake.before = (operation) => {
    if (operation === 'listResourceTags')
      throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
  };
  expect(await read(fake)).toMatchObject({ ownership: 'external' });
});

test('an alias that somebody moved to another key of ours does not pass for the key', async () => {
  const fake = createFakeKms();
  await create(fake);
  const other = await create(fake, 'other');
  fake.aliases.set('alias/test/k', other.version);
  expect(await read(fake)).toMatchObject({ name: 'k', intact: false });
  await refusedUntouched(fake, () => create(fake), { code: 'ERR_INTEGRITY' });
});

test('a current version that KMS has destroyed takes its aliases with it; the next version goes on from what is left', async () => {
  const fake = createFakeKms();
  const first = await create(fake);
  const second = await create(fake);
  fake.destroy(second.version);
  await expect(read(fake)).rejects.toMatchObject(gone);
  const third = await create(fake);
  expect((await read(fake)).version).toBe(third.version);
  const { items } = await there(fakeDriver(fake).keys.versions)({ name: 'k', maxPageSize: 9 }, fakeCall());
  expect(items.map(({ version }) => version)).toEqual([first.version, third.version]);
});

test('a KMS key of a kind that the contract has no shape for is listed by its name and not read', async () => {
  const fake = createFakeKms();
  fake.aliases.set('alias/test/k', fake.make({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }).id);
  fake.aliases.set('alias/test/a', fake.make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }).id);
  await expect(read(fake)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  expect((await read(fake, 'a')).keyOperations).toEqual([]);
  const { items } = await there(fakeDriver(fake).keys.list)({ maxPageSize: 9 }, fakeCall());
  expect(items.map(({ name, keyType }) => [name, keyType])).toEqual([
    ['a', 'EC'],
    ['k', undefined],
  ]);
});

test('a name that no alias can hold is refused before any request, by every operation', async () => {
  const fake = createFakeKms();
  const long = 'p'.repeat(120);
  const { client, ...vault } = fakeVault(fake, { prefix: long, aliases: createAliasScheme(long) });
  const { keys, rotation, deletion } = fakeDriver(fake, { ...vault, client });
  const name = 'n'.repeat(127);
  const refusal = { code: 'ERR_INVALID_ARGUMENT' };
  for (const act of [
    there(keys.create)(ecRequest(name), fakeCall()),
    there(keys.read)({ name }, fakeCall()),
    there(keys.read)({ name, version: 'v' }, fakeCall()),
    there(keys.versions)({ name, maxPageSize: 1 }, fakeCall()),
    there(keys.adopt)({ name, sourceId: 's' }, fakeCall()),
    there(rotation.rotate)({ name }, fakeCall()),
    there(deletion.delete)({ name }, fakeCall()),
  ]) {
    await expect(act).rejects.toMatchObject(refusal);
  }
  expect(fake.requests).toEqual([]);
  expect(prefix).not.toBe(long);
});

test('a caller who gives up in the middle leaves no claim without its key, and nothing that reads wrong', async () => {
  for (let request = 0; ; request++) {
    const fake = createFakeKms();
    const first = await create(fake);
    const controller = new AbortController();
    let seen = 0;
    fake.before = () => {
      if (seen++ === request) controller.abort(new Error('given up'));
    };
    const call = fakeCall({ signal: controller.signal });
    const failed = await there(fakeDriver(fake).keys.create)(ecRequest('k'), call).then(
      () => false,
      () => true,
    );
    if (!controller.signal.aborted) {
      expect(request).toBeGreaterThan(5);
      expect(failed).toBe(false);
      return;
    }
    fake.before = () => undefined;
    expect([first.version, [...fake.keys.keys()].at(-1)]).toContain((await read(fake)).version);
    const again = await there(fakeDriver(fake).keys.create)(ecRequest('k'), {
      ...fakeCall(),
      requestId: call.requestId,
    });
    expect((await read(fake)).version).toBe(again.version);
    const { items } = await there(fakeDriver(fake).keys.versions)({ name: 'k', maxPageSize: 9 }, fakeCall());
    expect(items).toHaveLength(2);
  }
});
