import { expect, test } from 'vitest';
import type { KeyRecord } from '@keyway/core/driver';
import { createFakeKms } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, there } from './fake-vault.ts';
import { doomedProcess, dumpOf, startProcess } from './processes.ts';

const ecKey = {
  KeySpec: 'ECC_NIST_P256',
  KeyUsage: 'SIGN_VERIFY',
  Description: 'payments (made by Terraform)!',
};
const adopt = (fake: FakeKms, sourceId: string, name = 'k'): Promise<KeyRecord> =>
  there(fakeDriver(fake).keys.adopt)({ name, sourceId }, fakeCall());
const refusal = { code: 'ERR_OPERATION_NOT_PERMITTED' };

test.each(['id', 'ARN', 'alias', 'alias of the name itself'])('a key is adopted by its %s', async (by) => {
  const fake = createFakeKms();
  const { id, arn } = fake.make(ecKey);
  const alias = by === 'alias of the name itself' ? 'alias/test/k' : 'alias/payments';
  fake.aliases.set(alias, id);
  const before = await there(fakeDriver(fake).keys.read)({ name: 'k' }, fakeCall()).catch(() => undefined);
  const adopted = await adopt(fake, by === 'id' ? id : by === 'ARN' ? arn : alias);
  expect(adopted).toMatchObject({
    version: id,
    sourceId: arn,
    ownership: 'own',
    intact: true,
    keyType: 'EC',
  });
  expect(adopted.keyOperations).toEqual(['sign', 'verify']);
  expect(adopted.algorithms).toBeUndefined();
  if (before !== undefined) {
    expect(before.ownership).toBe('external');
    expect(adopted.publicKey).toEqual(before.publicKey);
  }
  expect(await there(fakeDriver(fake).keys.read)({ name: 'k' }, fakeCall())).toEqual(adopted);
  expect([...fake.aliases.keys()].toSorted()).toEqual(
    [...new Set([alias, 'alias/test/k', 'alias/test/k/v/1'])].toSorted(),
  );
  expect(fake.keys.get(id)?.tags.get('keyway:description')).toBe(undefined);
});

test('the former description is kept as a tag where a tag can hold it', async () => {
  const fake = createFakeKms();
  const { id } = fake.make({ ...ecKey, Description: 'payments / eu: v1.2' });
  await adopt(fake, id);
  expect(fake.keys.get(id)?.tags.get('keyway:description')).toBe('payments / eu: v1.2');
});

test('an adopted key rotates, is deleted and recovered like any other', async () => {
  const fake = createFakeKms();
  const { id } = fake.make(ecKey);
  await adopt(fake, id);
  const { rotation, deletion, keys } = fakeDriver(fake);
  const rotated = await there(rotation.rotate)({ name: 'k', expectedCurrent: id }, fakeCall());
  await there(deletion.delete)({ name: 'k' }, fakeCall());
  await there(deletion.recover)({ name: 'k', allowPartial: false }, fakeCall());
  const { items } = await there(keys.versions)({ name: 'k', maxPageSize: 9 }, fakeCall());
  expect(items.map(({ version }) => version)).toEqual([id, rotated.version]);
});

test('what cannot be a key of ours is refused, and nothing of it is touched', async () => {
  const fake = createFakeKms();
  const ours = await there(fakeDriver(fake).keys.create)(ecRequest('other'), fakeCall());
  const aws = fake.make();
  aws.manager = 'AWS';
  const pending = fake.make(ecKey);
  pending.state = 'PendingDeletion';
  const agreement = fake.make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const sm2 = fake.make({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' });
  const tagged = fake.make({ ...ecKey, Tags: [{ TagKey: 'keyway:vault', TagValue: 'another' }] });
  const waiting = fake.make({ ...ecKey, Origin: 'EXTERNAL' });
  const before = JSON.stringify([fake.dump(), [...fake.keys.values()]]);
  for (const id of [ours.version, aws.id, pending.id, agreement.id, sm2.id, tagged.id, waiting.id]) {
    await expect(adopt(fake, id)).rejects.toMatchObject(refusal);
  }
  const elsewhere = 'arn:aws:kms:eu-central-1:999988887777:key/00000000-0000-4000-8000-000000000000';
  await expect(adopt(fake, elsewhere)).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  expect(JSON.stringify([fake.dump(), [...fake.keys.values()]])).toBe(before);
});

test('a key of another account that KMS shows to us is refused', async () => {
  const fake = createFakeKms();
  const { id } = fake.make(ecKey);
  const driver = fakeDriver(fake, { account: '999988887777' });
  await expect(there(driver.keys.adopt)({ name: 'k', sourceId: id }, fakeCall())).rejects.toMatchObject(
    refusal,
  );
});

test('a name that is taken is refused, whoever has it', async () => {
  const fake = createFakeKms();
  await there(fakeDriver(fake).keys.create)(ecRequest('k'), fakeCall());
  fake.aliases.set('alias/test/e', fake.make().id);
  const { id } = fake.make(ecKey);
  for (const name of ['k', 'e']) {
    await expect(adopt(fake, id, name)).rejects.toMatchObject({ code: 'ERR_KEY_EXISTS' });
  }
  expect(fake.keys.get(id)?.description).toBe(ecKey.Description);
});

test('killed while adopting: adopting again finishes it', async () => {
  const whole = createFakeKms();
  const process = startProcess(whole);
  await there(process.driver.keys.adopt)({ name: 'k', sourceId: whole.make(ecKey).id }, fakeCall());
  for (const [number, moment] of process.moments.entries()) {
    const fake = createFakeKms();
    const { id } = fake.make(ecKey);
    await there(doomedProcess(fake, number).driver.keys.adopt)({ name: 'k', sourceId: id }, fakeCall()).catch(
      () => undefined,
    );
    await adopt(fake, id).catch((error: unknown) => {
      // It was adopted whole.
      expect({ moment, error }).toMatchObject({ error: refusal });
    });
    expect(dumpOf(fake, 'k')).toMatchObject({ claims: [id], pointer: id });
    expect((await there(fakeDriver(fake).keys.read)({ name: 'k' }, fakeCall())).ownership).toBe('own');
  }
  expect(process.moments.length).toBeGreaterThan(20);
});

test('an adoption that fails leaves the key as it was', async () => {
  for (const denied of ['tagResource', 'updateKeyDescription']) {
    const fake = createFakeKms();
    const { id } = fake.make(ecKey);
    fake.before = (operation) => {
      if (operation === denied) throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    };
    await expect(adopt(fake, id)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const key = fake.keys.get(id);
    expect([fake.aliases.size, key?.tags.size, key?.description]).toEqual([0, 0, ecKey.Description]);
  }
});
