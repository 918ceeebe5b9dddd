import { describe, expect, it, test } from 'vitest';
import { isKeyManagerError } from '@keyway/core/driver';
import type { Call, KeyRecord } from '@keyway/core/driver';
import { createFakeKms, kmsError } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { fakeCall, fakeDriver, there } from './fake-vault.ts';
import { dumpOf, startProcess } from './processes.ts';

const ecKey = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Description: 'payments' };
const adopt = (fake: FakeKms, sourceId: string, call: Call = fakeCall(), name = 'k'): Promise<KeyRecord> =>
  there(fakeDriver(fake).keys.adopt)({ name, sourceId }, call);
const denied = { name: 'AccessDeniedException' };

const errors: Readonly<Record<string, () => Error>> = {
  'cut connection': () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  'internal error': () => kmsError('KMSInternalException'),
  throttling: () => kmsError('ThrottlingException'),
  'missing permission': () => kmsError('AccessDeniedException'),
};
/** KMS did nothing: they come in place of a request, never of its answer. */
const refusals: readonly string[] = ['throttling', 'missing permission'];

test.each(Object.keys(errors))(
  'one %s at every request of an adoption and after it: the key is as it was, or adopting it again finishes it',
  async (name) => {
    let struck = 0;
    for (let number = 0; ; number++) {
      const fake = createFakeKms();
      const { id } = fake.make(ecKey);
      const error = errors[name]?.();
      let moment: string | undefined;
      const process = startProcess(fake, (come, reached) => {
        const fits = come.startsWith('before') || (come.startsWith('after') && !refusals.includes(name));
        if (reached !== number || !fits) return;
        moment = come;
        throw error;
      });
      const call = fakeCall();
      const failure: unknown = await there(process.driver.keys.adopt)({ name: 'k', sourceId: id }, call).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (process.moments.length <= number) break;
      if (moment === undefined) continue;
      struck++;
      if (failure !== undefined && failure !== error) expect(isKeyManagerError(failure), moment).toBe(true);
      const key = fake.keys.get(id);
      const untouched = fake.aliases.size === 0 && key?.tags.size === 0 && key.description === 'payments';
      if (failure === undefined) expect(dumpOf(fake, 'k').pointer, moment).toBe(id);
      else if (refusals.includes(name) && !fake.aliases.has('alias/test/k/v/1'))
        expect(untouched, moment).toBe(true);
      if (failure !== undefined)
        await adopt(fake, id, call).catch((again: unknown) => {
          // In another process, an adoption that is whole is not told from another one.
          expect(again, moment).toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
        });
      expect(dumpOf(fake, 'k'), moment).toMatchObject({ claims: [id], pointer: id, strayed: [] });
      expect(key?.tags.get('keyway:description'), moment).toBe('payments');
    }
    expect(struck).toBeGreaterThan(7);
  },
);

describe('an adoption that cannot be finished', () => {
  /** Adopts, refused at a request; first something else happens. */
  async function refusedAt(
    fake: FakeKms,
    id: string,
    refused: string,
    first: () => unknown = () => undefined,
  ): Promise<unknown> {
    let done = false;
    const { client } = fake;
    const operation = client[refused as 'tagResource'];
    const refusing = {
      ...client,
      [refused]: async (...request: Parameters<typeof operation>) => {
        if (done) return operation(...request);
        done = true;
        await first();
        throw kmsError('AccessDeniedException');
      },
    };
    const driver = fakeDriver(fake, { client: refusing });
    return there(driver.keys.adopt)({ name: 'k', sourceId: id }, fakeCall()).catch((error: unknown) => error);
  }

  it('takes nothing from another process that has adopted the key meanwhile', async () => {
    for (const refused of ['tagResource', 'updateKeyDescription']) {
      const fake = createFakeKms();
      const { id } = fake.make(ecKey);
      expect(await refusedAt(fake, id, refused, () => adopt(fake, id))).toMatchObject(denied);
      expect(dumpOf(fake, 'k')).toMatchObject({ claims: [id], pointer: id });
      expect(fake.keys.get(id)?.tags.get('keyway:name')).toBe('k');
      expect((await there(fakeDriver(fake).keys.read)({ name: 'k' }, fakeCall())).ownership).toBe('own');
    }
  });

  it('leaves a claim that was there before it', async () => {
    const fake = createFakeKms();
    const { id } = fake.make(ecKey);
    fake.aliases.set('alias/test/k/v/1', id);
    expect(await refusedAt(fake, id, 'tagResource')).toMatchObject(denied);
    expect([...fake.aliases.keys()]).toEqual(['alias/test/k/v/1']);
  });

  it('does not mind that somebody else has removed its claim, and says where it may not remove it', async () => {
    const fake = createFakeKms();
    const { id } = fake.make(ecKey);
    const removed = await refusedAt(fake, id, 'tagResource', () => fake.aliases.clear());
    expect(removed).toMatchObject(denied);
    fake.before = (operation) => {
      if (operation === 'deleteAlias') throw kmsError('AccessDeniedException');
    };
    expect(await refusedAt(fake, id, 'tagResource')).toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
  });
});

test('a number that another KMS key has claimed under the name is not taken from it', async () => {
  const fake = createFakeKms();
  const other = fake.make(ecKey);
  fake.aliases.set('alias/test/k/v/1', other.id);
  const { id } = fake.make(ecKey);
  await expect(adopt(fake, id)).rejects.toMatchObject({ code: 'ERR_KEY_EXISTS' });
  expect([...fake.aliases]).toEqual([['alias/test/k/v/1', other.id]]);
  expect(fake.keys.get(id)?.tags.size).toBe(0);
});

test('a key with a parameter set is adopted with it, and so recognised', async () => {
  const fake = createFakeKms();
  const { id } = fake.make({ KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' });
  expect(await adopt(fake, id)).toMatchObject({ keyType: 'AKP', algorithms: ['ML-DSA-65'] });
  const read = await there(fakeDriver(fake).keys.read)({ name: 'k' }, fakeCall());
  expect(read).toMatchObject({ intact: true, algorithms: ['ML-DSA-65'] });
});

test('a key of which KMS says neither kind nor usage is not adopted', async () => {
  const fake = createFakeKms();
  const { id } = fake.make(ecKey);
  const { describeKey } = fake.client;
  const client = {
    ...fake.client,
    describeKey: async (...request: Parameters<typeof describeKey>) => {
      const { KeyMetadata, ...answer } = await describeKey(...request);
      const { KeySpec: _, KeyUsage: __, ...rest } = KeyMetadata ?? { KeyId: '' };
      return { ...answer, KeyMetadata: rest };
    },
  };
  const attempt = there(fakeDriver(fake, { client }).keys.adopt)({ name: 'k', sourceId: id }, fakeCall());
  await expect(attempt).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
  expect(fake.aliases.size).toBe(0);
});

test('an adopted key that was recovered since is not adopted a second time', async () => {
  const fake = createFakeKms();
  const { id } = fake.make(ecKey);
  await adopt(fake, id);
  const { deletion } = fakeDriver(fake);
  await there(deletion.delete)({ name: 'k' }, fakeCall());
  await there(deletion.recover)({ name: 'k', allowPartial: false }, fakeCall());
  fake.aliases.delete('alias/test/k');
  const before = fake.dump();
  await expect(adopt(fake, id)).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
  expect(fake.dump()).toEqual(before);
});

test('an adopted key is not adopted a second time, but by a repetition of the call that had no answer', async () => {
  const fake = createFakeKms();
  const { id } = fake.make(ecKey);
  const refusal = { code: 'ERR_OPERATION_NOT_PERMITTED' };
  const driver = fakeDriver(fake);
  const repeated = (): Promise<KeyRecord> =>
    there(driver.keys.adopt)({ name: 'k', sourceId: id }, fakeCall());
  fake.after = (operation, input) => {
    if (operation !== 'createAlias' || input['AliasName'] !== 'alias/test/k') return;
    fake.after = () => undefined;
    throw errors['cut connection']?.();
  };
  await expect(repeated()).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect(adopt(fake, id)).rejects.toMatchObject(refusal);
  expect(await repeated()).toMatchObject({ version: id, ownership: 'own' });
  for (const again of [repeated, () => adopt(fake, id)]) await expect(again()).rejects.toMatchObject(refusal);
});
