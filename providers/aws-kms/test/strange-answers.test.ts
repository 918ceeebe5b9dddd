import { describe, expect, it, onTestFinished, test } from 'vitest';
import { awsKmsProvider, openAwsKms, parseAwsKmsUri } from '@keyway/aws-kms';
import type { KmsClient } from '@keyway/aws-kms';
import type { AlgorithmName, KeyRecord } from '@keyway/core/driver';
import { createAliasScheme } from '../src/aliases.ts';
import { UnexpectedAnswer } from '../src/answers.ts';
import { formatDescription } from '../src/description.ts';
import { guardClient } from '../src/guarded-client.ts';
import { checkAwsKmsOptions } from '../src/options.ts';
import { sleepUntilAborted } from '../src/sleep.ts';
import { translateError } from '../src/translate-error.ts';
import { createCryptographyMethods } from '../src/cryptography.ts';
import { createFakeKms, kmsError } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, fakeVault, there } from './fake-vault.ts';
import { dumpOf } from './processes.ts';

const create = (fake: FakeKms, name = 'k'): Promise<KeyRecord> =>
  there(fakeDriver(fake).keys.create)(ecRequest(name), fakeCall());
const readWith = (fake: FakeKms, client: Partial<KmsClient> = {}): Promise<KeyRecord> => {
  const driver = fakeDriver(fake, { client: { ...fake.client, ...client } });
  return there(driver.keys.read)({ name: 'k' }, fakeCall());
};
const invalid = { code: 'ERR_INVALID_ARGUMENT' };

/** DescribeKey with another answer. */
function telling(fake: FakeKms, change: (metadata: Record<string, unknown>) => unknown): Partial<KmsClient> {
  const { describeKey } = fake.client;
  return {
    describeKey: async (...request: Parameters<typeof describeKey>) => {
      const answer = await describeKey(...request);
      return { ...answer, KeyMetadata: change({ ...answer.KeyMetadata }) as never };
    },
  };
}

describe('what KMS says of a key', () => {
  it.each([
    ['nothing', () => undefined],
    ['no id', ({ KeyId: _, ...rest }: Record<string, unknown>) => rest],
    ['no ARN', ({ Arn: _, ...rest }: Record<string, unknown>) => rest],
    ['no date', ({ CreationDate: _, ...rest }: Record<string, unknown>) => rest],
  ])('must be of a key: %s is an error', async (_, change) => {
    const fake = createFakeKms();
    await create(fake);
    await expect(readWith(fake, telling(fake, change))).rejects.toMatchObject({ code: 'ERR_UNKNOWN' });
  });

  it('without a state is told by whether the key is enabled', async () => {
    const fake = createFakeKms();
    await create(fake);
    for (const Enabled of [true, false]) {
      const change = ({ KeyState: _, ...rest }: Record<string, unknown>): unknown => ({ ...rest, Enabled });
      expect((await readWith(fake, telling(fake, change))).enabled).toBe(Enabled);
    }
  });

  it('of a store outside AWS leaves open whether hardware protects the key', async () => {
    const fake = createFakeKms();
    await create(fake);
    const outside = (rest: Record<string, unknown>): unknown => ({ ...rest, Origin: 'EXTERNAL_KEY_STORE' });
    expect((await readWith(fake, telling(fake, outside))).hardwareProtected).toBeUndefined();
    expect((await readWith(fake)).hardwareProtected).toBe(true);
  });

  it('without a usage is known by the record of the key', async () => {
    const fake = createFakeKms();
    await create(fake);
    const silent = ({ KeyUsage: _, ...rest }: Record<string, unknown>): unknown => rest;
    // What the record says cannot be held against what KMS does not say.
    expect(await readWith(fake, telling(fake, silent))).toMatchObject({ intact: false });
  });
});

describe('a record that is that of another key', () => {
  const whole = { v: 1, name: 'k', sequence: 1, keyOperations: ['sign', 'verify'] } as const;
  const rows = [
    ['on a spec that the contract has no shape for', 'SM2', { keyType: 'EC', curve: 'P-256' }],
    ['of another type', 'ECC_NIST_P256', { keyType: 'RSA', size: 2048 }],
    ['of another parameter set', 'ML_DSA_65', { keyType: 'AKP', algorithms: ['ML-DSA-87'] }],
    ['without a parameter set', 'ML_DSA_65', { keyType: 'AKP' }],
    ['with a size on a curve', 'ECC_NIST_P256', { keyType: 'EC', curve: 'P-256', size: 256 }],
  ] as const;
  it.each(rows)('is damaged: %s', async (_, KeySpec, shape) => {
    const fake = createFakeKms();
    const Description = formatDescription('test', { ...whole, ...shape });
    const Tags = [
      { TagKey: 'keyway:vault', TagValue: 'test' },
      { TagKey: 'keyway:name', TagValue: 'k' },
    ];
    const { id } = fake.make({ KeySpec, KeyUsage: 'SIGN_VERIFY', Description, Tags });
    fake.aliases.set('alias/test/k', id);
    fake.aliases.set('alias/test/k/v/1', id);
    const reading = readWith(fake);
    if (KeySpec === 'SM2') await expect(reading).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
    else expect(await reading).toMatchObject({ ownership: 'own', intact: false });
    await expect(create(fake)).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
  });

  it('is whole where it fits', async () => {
    const fake = createFakeKms();
    const shape = { keyType: 'AKP', algorithms: ['ML-DSA-65'] } as const;
    const Description = formatDescription('test', { ...whole, ...shape });
    const { id } = fake.make({ KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY', Description });
    fake.aliases.set('alias/test/k', id);
    expect(await readWith(fake)).toMatchObject({ ownership: 'own', intact: true });
  });
});

describe('what comes in several pages', () => {
  it('is read to the end: the tags that say whose a key is', async () => {
    const fake = createFakeKms();
    const { version } = await create(fake);
    const key = fake.keys.get(version);
    if (key !== undefined) key.description = '';
    for (let n = 0; n < 7; n++) key?.tags.set(`aaa-${n}`, 'x');
    const { listResourceTags } = fake.client;
    const paging: Partial<KmsClient> = {
      listResourceTags: (input, options) => listResourceTags({ ...input, Limit: 1 }, options),
    };
    fake.requests.length = 0;
    expect(await readWith(fake, paging)).toMatchObject({ ownership: 'own', intact: false });
    expect(fake.requests.filter((operation) => operation === 'listResourceTags')).toHaveLength(9);
  });

  it('is read to the end: the aliases of a version whose record is damaged', async () => {
    const fake = createFakeKms();
    await create(fake);
    const { version } = await create(fake);
    const key = fake.keys.get(version);
    if (key !== undefined) key.description = '';
    for (let n = 0; n < 5; n++) fake.aliases.set(`alias/a-${n}`, version);
    fake.aliases.set('alias/test/other/v/9', version);
    const { listAliases } = fake.client;
    const client: KmsClient = {
      ...fake.client,
      listAliases: async (input, options) => {
        const page = await listAliases({ ...input, Limit: 1 }, options);
        return { ...page, Aliases: [{}, ...(page.Aliases ?? [])] };
      },
    };
    const { items } = await there(fakeDriver(fake, { client }).keys.versions)(
      { name: 'k', maxPageSize: 9 },
      fakeCall(),
    );
    expect(items.map((item) => item.version)).toEqual(dumpOf(fake, 'k').versions);
  });
});

describe('a list', () => {
  it('leaves out keys that are destroyed while it is made, and answers without aliases', async () => {
    const fake = createFakeKms();
    const { version } = await create(fake, 'a');
    await create(fake, 'b');
    fake.before = (operation, input) => {
      if (operation === 'describeKey' && input['KeyId'] === version) throw kmsError('NotFoundException');
    };
    const { keys } = fakeDriver(fake);
    const { items } = await there(keys.list)({ maxPageSize: 9 }, fakeCall());
    expect(items.map(({ name }) => name)).toEqual(['b']);
    const client = { ...fake.client, listAliases: () => Promise.resolve({ $metadata: {} }) };
    const mute = fakeDriver(fake, { client });
    expect((await there(mute.keys.list)({ maxPageSize: 9 }, fakeCall())).items).toEqual([]);
  });

  it('of versions leaves out those that are destroyed or on their way out', async () => {
    const fake = createFakeKms();
    const made = [await create(fake), await create(fake), await create(fake)];
    fake.destroy(made[0]?.version ?? '');
    await fake.client.scheduleKeyDeletion({ KeyId: made[1]?.version });
    const { items } = await there(fakeDriver(fake).keys.versions)({ name: 'k', maxPageSize: 9 }, fakeCall());
    expect(items.map(({ version }) => version)).toEqual([made[2]?.version]);
  });
});

test('what no alias can be is refused, and an alias that means nothing is none', () => {
  const scheme = createAliasScheme('p');
  for (const name of ['a.b', 'a/b', '', 'ä'])
    expect(() => scheme.current(name)).toThrow(expect.objectContaining(invalid));
  for (const alias of [
    'alias/p/a.b',
    'alias/p/',
    'alias/p/a/w/1',
    'alias/p/a/v/0',
    'alias/p/a/v/1/2',
    'alias/q/a',
  ])
    expect(scheme.parse(alias)).toBeUndefined();
  expect(scheme.parse('alias/p/a/v/12')).toEqual({ name: 'a', sequence: 12 });
});

describe('errors that are none of the SDK', () => {
  it('pass as they are, or without their status', async () => {
    for (const thrown of ['text', null, 7]) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- clients that are given throw what they like
      const client = { ...createFakeKms().client, describeKey: () => Promise.reject(thrown) };
      await expect(guardClient(client).describeKey({ KeyId: 'k' })).rejects.toBe(thrown);
    }
    const odd = Object.assign(new Error('canary'), { $response: {}, $metadata: { httpStatusCode: 'x' } });
    const client = { ...createFakeKms().client, describeKey: () => Promise.reject(odd) };
    const error: unknown = await guardClient(client)
      .describeKey({ KeyId: 'k' })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnexpectedAnswer);
    expect(error).toMatchObject({ status: undefined });
  });

  it('are told by a sentence even where there is none for their code', () => {
    expect(translateError(kmsError('LimitExceededException'), 'x', 'id')).toMatchObject({
      code: 'ERR_QUOTA_EXCEEDED',
      message: 'KMS failed',
      operation: 'x',
      keyId: 'id',
      retryable: false,
    });
  });
});

describe('options', () => {
  it('are not given twice, and a URI is a text', async () => {
    const { client } = createFakeKms();
    await expect(openAwsKms({ client, prefix: 'p' }, { prefix: 'q' })).rejects.toBeInstanceOf(TypeError);
    const beside = openAwsKms('awskms://eu-west-1?prefix=p', { prefix: 'canary' });
    await expect(beside).rejects.toThrow('prefix is given in the URI and as an option');
    expect(() => parseAwsKmsUri(7 as never)).toThrow(TypeError);
    expect(() => checkAwsKmsOptions({ region: 'eu-west-1' } as never)).toThrow(
      expect.objectContaining(invalid),
    );
  });

  it('that are refused after the client was made close it; a client that was given stays open', async () => {
    let closed = 0;
    const fake = createFakeKms();
    const client = { ...fake.client, destroy: () => void closed++ };
    const bad = { prefix: 'p', stateTtl: -1 };
    await expect(openAwsKms({ ...bad, client: () => client })).rejects.toBeInstanceOf(Error);
    expect(closed).toBe(1);
    await expect(openAwsKms({ ...bad, client })).rejects.toBeInstanceOf(Error);
    const vault = await openAwsKms({ prefix: 'p', client: () => Promise.resolve(client) });
    await vault.close();
    expect(closed).toBe(2);
  });

  it('of a URI open a driver, which closes what it has made', async () => {
    const uri = 'awskms://eu-west-1?prefix=p&account=111122223333';
    const driver = await awsKmsProvider.openDriver(uri, {});
    onTestFinished(() => driver.close());
    expect(driver.identity).toBe('awskms://aws/111122223333/eu-west-1/p');
    await expect(awsKmsProvider.openDriver(uri, { colour: 'red' })).rejects.toBeInstanceOf(TypeError);
  });
});

test('sleeping ends with the time, or with the reason of the signal', async () => {
  const started = performance.now();
  await sleepUntilAborted(20, new AbortController().signal);
  expect(performance.now() - started).toBeGreaterThan(15);
  const reason = new Error('given up');
  const controller = new AbortController();
  const sleeping = sleepUntilAborted(60_000, controller.signal);
  controller.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await expect(sleepUntilAborted(0, 'no signal' as never)).rejects.toBeInstanceOf(TypeError);
});

test('a MAC is never asked of KMS over a digest, nor a signature with an algorithm that is none', async () => {
  const fake = createFakeKms();
  const key = { ...(await create(fake)), size: 256 };
  const { sign, verify } = createCryptographyMethods(fakeVault(fake));
  const use = (algorithm: AlgorithmName) => ({ name: 'k', version: key.version, key, algorithm });
  const input = { input: 'digest', digest: new Uint8Array(32) } as const;
  const signature = new Uint8Array(32);
  fake.requests.length = 0;
  for (const algorithm of ['HS256', 'A256GCM'] as const) {
    for (const attempt of [
      sign?.({ ...use(algorithm), ...input }, fakeCall()),
      verify?.({ ...use(algorithm), ...input, signature }, fakeCall()),
    ])
      await expect(attempt).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  }
  expect(fake.requests).toEqual([]);
});
