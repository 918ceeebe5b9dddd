import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import type { JsonWebKey, KeyRecord } from '@keyway/core/driver';
import { specFor } from '../src/algorithms.ts';
import { createKeyMethods } from '../src/keys.ts';
import { create, createDisabled, importing, prepare, remove, rotate } from './acts.ts';
import { createFakeKms, kmsError } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { ecRequest, fakeCall, fakeDriver, fakeVault, there } from './fake-vault.ts';
import { dumpOf } from './processes.ts';

const made = (fake: FakeKms, more: Parameters<typeof ecRequest>[1] = {}): Promise<KeyRecord> =>
  there(fakeDriver(fake).keys.create)(ecRequest('k', more), fakeCall());
const reset = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

test('a claim whose answer was lost and that KMS does not show yet is kept', async () => {
  const fake = createFakeKms();
  let hidden = 0;
  fake.after = (operation, input) => {
    if (operation !== 'createAlias' || input['AliasName'] !== 'alias/test/k/v/1') return;
    fake.after = () => undefined;
    fake.before = (next, { KeyId }) => {
      if (next !== 'describeKey' || KeyId !== 'alias/test/k/v/1' || hidden > 0) return;
      hidden++;
      throw kmsError('NotFoundException');
    };
    throw reset();
  };
  const { version } = await made(fake);
  expect(dumpOf(fake, 'k')).toMatchObject({ claims: [version], pointer: version, orphans: [] });
  expect(fake.keys.get(version)?.state).toBe('Enabled');
});

test('a claim that was lost on its way and that others have made since is not ours, and the next number is', async () => {
  const fake = createFakeKms();
  await prepare(fake, create);
  fake.before = async (operation) => {
    if (operation !== 'createAlias') return;
    fake.before = () => undefined;
    await made(fake);
    throw reset();
  };
  await expect(made(fake)).rejects.toMatchObject({ code: 'ECONNRESET' });
  const { claims, versions, pointer, strayed } = dumpOf(fake, 'k');
  expect([claims.length, versions.length, strayed.length]).toEqual([2, 2, 0]);
  expect(pointer).toBe(claims.at(-1));
});

describe('what became no version', () => {
  /** Refuses the claim, and the clean-up as the test says. */
  function refusing(fake: FakeKms, cleanup: (tries: number) => void): { tries: number } {
    const seen = { tries: 0 };
    fake.before = (operation) => {
      if (operation === 'createAlias') throw kmsError('AccessDeniedException');
      if (operation === 'scheduleKeyDeletion') cleanup(++seen.tries);
    };
    return seen;
  }
  const denied = { name: 'AccessDeniedException' };

  it('is scheduled for deletion in the shortest time that KMS allows', async () => {
    const fake = createFakeKms();
    refusing(fake, () => undefined);
    await expect(made(fake)).rejects.toMatchObject(denied);
    const [key] = fake.keys.values();
    expect(key?.state).toBe('PendingDeletion');
    expect(Math.round(((key?.deletion?.getTime() ?? 0) - Date.now()) / 86_400_000)).toBe(7);
  });

  it('is taken away again and again while KMS is in passing trouble', async () => {
    const fake = createFakeKms();
    const seen = refusing(fake, (tries) => {
      if (tries < 4) throw kmsError('ThrottlingException');
    });
    await expect(made(fake)).rejects.toMatchObject(denied);
    expect(seen.tries).toBe(4);
    expect(dumpOf(fake, 'k').strayed).toEqual([]);
  });

  it('is left to diagnose where KMS stays in trouble, and the caller is told that something is left', async () => {
    const fake = createFakeKms();
    const seen = refusing(fake, () => {
      throw kmsError('ThrottlingException');
    });
    await expect(made(fake)).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    expect(seen.tries).toBe(8);
    expect(dumpOf(fake, 'k').strayed).toHaveLength(1);
  });

  it('is left where there is no time to wait any more', async () => {
    const fake = createFakeKms();
    const seen = refusing(fake, () => {
      throw kmsError('ThrottlingException');
    });
    const driver = fakeDriver(fake, { sleep: () => Promise.reject(new Error('the time is up')) });
    const attempt = there(driver.keys.create)(ecRequest('k'), fakeCall());
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    expect(seen.tries).toBe(1);
  });

  it.each(['NotFoundException', 'KMSInvalidStateException'])(
    'is left alone where somebody has seen to it: %s',
    async (name) => {
      const fake = createFakeKms();
      refusing(fake, () => {
        throw kmsError(name);
      });
      await expect(made(fake)).rejects.toMatchObject(denied);
    },
  );

  it('is told of where it may not be taken away', async () => {
    const fake = createFakeKms();
    refusing(fake, () => {
      throw kmsError('AccessDeniedException');
    });
    await expect(made(fake)).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
  });
});

test('a name that other software takes while its first version is made is a conflict, and theirs stays', async () => {
  const fake = createFakeKms();
  const theirs = fake.make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  fake.before = (operation, input) => {
    if (operation === 'createAlias' && input['AliasName'] === 'alias/test/k')
      fake.aliases.set('alias/test/k', theirs.id);
  };
  await expect(made(fake)).rejects.toMatchObject({ code: 'ERR_KEY_EXISTS' });
  expect(fake.aliases.get('alias/test/k')).toBe(theirs.id);
});

test('a version whose key is deleted before the alias points to it says so', async () => {
  const fake = createFakeKms();
  await prepare(fake, create);
  fake.before = async (operation) => {
    if (operation !== 'updateAlias') return;
    fake.before = () => undefined;
    await remove(fakeDriver(fake), fakeCall());
  };
  await expect(made(fake)).rejects.toMatchObject({ code: 'ERR_KEY_DELETED' });
});

test.each([
  ['signs', {}, 'SIGN_VERIFY', 'ECC_NIST_P256'],
  [
    'encrypts',
    { keyType: 'oct', curve: undefined, size: 256, keyOperations: ['encrypt', 'decrypt'] },
    'ENCRYPT_DECRYPT',
    'SYMMETRIC_DEFAULT',
  ],
] as const)(
  'a key that %s and was left without any operation rotates to one of its kind',
  async (_, more, usage, spec) => {
    const fake = createFakeKms();
    const { version } = await made(fake, more);
    const changes = { keyOperations: [] };
    const changed = await there(fakeDriver(fake).keys.update)({ name: 'k', version, changes }, fakeCall());
    expect(changed).toMatchObject({ keyOperations: [], enabled: true });
    const rotated = await there(fakeDriver(fake).rotation.rotate)({ name: 'k' }, fakeCall());
    expect(rotated.keyOperations).toEqual([]);
    expect(fake.keys.get(rotated.version)).toMatchObject({ usage, spec });
  },
);

test('a version that is enabled again says so', async () => {
  const fake = createFakeKms();
  const { version } = await made(fake, { enabled: false });
  const changes = { enabled: true };
  const changed = await there(fakeDriver(fake).keys.update)({ name: 'k', version, changes }, fakeCall());
  expect(changed.enabled).toBe(true);
  expect(fake.keys.get(version)?.state).toBe('Enabled');
});

test('nothing is imported where the endpoint is said to import nothing, even past the driver', async () => {
  const fake = createFakeKms();
  const keys = createKeyMethods(fakeVault(fake, { without: ['ImportKeyMaterial'] }));
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const request = { ...ecRequest('k'), material: jwk as JsonWebKey };
  await expect(there(keys.import)(request, fakeCall())).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  expect(fake.requests).toEqual([]);
});

test('a request without an id makes a version each time', async () => {
  const fake = createFakeKms();
  for (let version = 1; version <= 3; version++) {
    await there(fakeDriver(fake).keys.create)(ecRequest('k'), fakeCall({ requestId: undefined }));
    expect(fake.keys.size).toBe(version);
  }
});

test('a version that is destroyed, deleted or damaged is not taken for one of the same request', async () => {
  const fake = createFakeKms();
  const calls = [fakeCall(), fakeCall(), fakeCall(), fakeCall()];
  const versions: string[] = [];
  for (const call of calls)
    versions.push((await there(fakeDriver(fake).keys.create)(ecRequest('k'), call)).version);
  const [destroyed = '', deleted = '', damaged = ''] = versions;
  fake.destroy(destroyed);
  await fake.client.scheduleKeyDeletion({ KeyId: deleted });
  const key = fake.keys.get(damaged);
  if (key !== undefined) key.description = '';
  for (const call of calls.slice(0, 3)) {
    const { version } = await there(fakeDriver(fake).keys.create)(ecRequest('k'), call);
    expect(versions).not.toContain(version);
    versions.push(version);
  }
});

test('an algorithm that does not run on the kind of key is refused, of whatever kind it is', () => {
  const { name: _, enabled: __, tags: ___, ...shape } = ecRequest('k');
  for (const algorithm of ['RS256', 'ES384', 'HS256', 'A256GCM', 'NONE'] as const) {
    const request = { ...shape, algorithm: algorithm as 'RS256' };
    expect(() => specFor(request)).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
  }
  expect(specFor({ ...shape, algorithm: 'ES256' })).toEqual({
    keySpec: 'ECC_NIST_P256',
    keyUsage: 'SIGN_VERIFY',
  });
});

test('a policy outlives the version that held it where that one was destroyed', async () => {
  const fake = createFakeKms();
  const first = await made(fake);
  await made(fake);
  await made(fake);
  fake.destroy(first.version);
  const { rotation } = fakeDriver(fake);
  const policy = { lifetimeActions: [], expiresIn: 'P30D' };
  await there(rotation.writePolicy)({ name: 'k', policy }, fakeCall());
  await rotate(fakeDriver(fake), fakeCall());
  expect(await there(rotation.readPolicy)({ name: 'k' }, fakeCall())).toMatchObject({ expiresIn: 'P30D' });
});

test.each([
  ['disabled', createDisabled, 'disableKey'],
  ['imported', importing, 'importKeyMaterial'],
])('a version that cannot be %s becomes none', async (_, act, refused) => {
  const fake = createFakeKms();
  fake.before = (operation) => {
    if (operation === refused) throw kmsError('AccessDeniedException');
  };
  await expect(act(fakeDriver(fake), fakeCall())).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(fake.aliases.size).toBe(0);
  expect(dumpOf(fake, 'k').strayed).toEqual([]);
});
