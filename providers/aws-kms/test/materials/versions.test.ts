import { expect, test } from 'vitest';
import { there } from '../fake-vault.ts';
import { actsOf, bareClient, callOf, materialDriver, serverFor } from './material-vault.ts';

const text = new TextEncoder().encode('seventeen octets.');

test('a version is a key material: 64 hexadecimal characters, all of one KMS key', async () => {
  const server = await serverFor();
  const { create, rotate, versions } = actsOf(materialDriver(server));
  const first = await create();
  const second = await rotate();
  const third = await create();
  const ids = [first, second, third].map(({ version }) => version);
  expect(ids.every((id) => /^[0-9a-f]{64}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(3);
  expect(new Set([first, second, third].map(({ sourceId }) => sourceId)).size).toBe(1);
  expect(server.key('alias/test/k').materials.map(({ id }) => id)).toEqual(ids);
  expect((await versions()).map(({ version }) => version)).toEqual(ids);
  expect((await versions(2)).map(({ version }) => version)).toEqual(ids);
});

test('a rotation is polled until another material is current, then stands in the record', async () => {
  const server = await serverFor({ pollsPerRotation: 4 });
  const driver = materialDriver(server);
  await actsOf(driver).create();
  server.requests.length = 0;
  const { version } = await actsOf(driver).rotate();
  expect(server.requests.filter((each) => each === 'GetKeyRotationStatus')).toHaveLength(5);
  expect(server.requests.filter((each) => each === 'RotateKeyOnDemand')).toHaveLength(1);
  expect(server.key('alias/test/k').description).not.toContain('"mk":');
  server.requests.length = 0;
  expect((await actsOf(materialDriver(server)).read()).version).toBe(version);
  expect(server.requests).toEqual(['DescribeKey']);
});

test('decrypting names the material that did it, whichever version is pinned', async () => {
  const server = await serverFor();
  const driver = materialDriver(server);
  const { create, rotate, read } = actsOf(driver);
  const first = await create();
  const use = { name: 'k', algorithm: 'provider' } as const;
  const { encrypt, decrypt, wrapKey, unwrapKey } = driver.cryptography;
  const sealed = await there(encrypt)(
    { ...use, version: first.version, key: first, plaintext: text },
    callOf(),
  );
  const wrapped = await there(wrapKey)(
    { ...use, version: first.version, key: first, keyToWrap: text },
    callOf(),
  );
  const second = await rotate();
  for (const key of [first, second]) {
    const { version } = key;
    const opened = await there(decrypt)({ ...use, version, key, ciphertext: sealed.ciphertext }, callOf());
    expect([Buffer.from(opened.plaintext).equals(text), opened.version]).toEqual([true, first.version]);
    const unwrapped = await there(unwrapKey)(
      { ...use, version, key, wrappedKey: wrapped.wrappedKey },
      callOf(),
    );
    expect(unwrapped.version).toBe(first.version);
  }
  const old = await read(first.version);
  const pinned = { ...use, version: old.version, key: old };
  for (const act of [
    async () => there(encrypt)({ ...pinned, plaintext: text }, callOf()),
    async () => there(wrapKey)({ ...pinned, keyToWrap: text }, callOf()),
  ]) {
    await expect(act()).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
  }
});

test('where the endpoint does not name the material, no version is claimed', async () => {
  const server = await serverFor({ namesMaterial: false });
  const driver = materialDriver(server);
  const key = await actsOf(driver).create();
  const { version } = key;
  const use = { name: 'k', version, key, algorithm: 'provider' } as const;
  const { ciphertext } = await there(driver.cryptography.encrypt)({ ...use, plaintext: text }, callOf());
  const opened = await there(driver.cryptography.decrypt)({ ...use, ciphertext }, callOf());
  expect(opened.version).toBeUndefined();
});

test('a version that KMS made by itself has its own date, and expires as the policy says', async () => {
  const server = await serverFor();
  const driver = materialDriver(server);
  const { create, read, versions } = actsOf(driver);
  const former = await create({ expiresOn: 4_000_000_000, notBefore: 1000 });
  const policy = { lifetimeActions: [], expiresIn: 'P30D' };
  await there(driver.rotation.writePolicy)({ name: 'k', policy }, callOf());
  expect((await read()).expiresOn).toBe(4_000_000_000);
  server.rotateByItself('alias/test/k');
  const rotatedOn = new Date('2031-02-03T04:05:06Z');
  const material = server.key('alias/test/k').materials.at(-1);
  if (material !== undefined) material.rotatedOn = rotatedOn;
  const createdOn = rotatedOn.getTime() / 1000;
  const current = await actsOf(materialDriver(server)).read();
  expect(current).toMatchObject({ createdOn, expiresOn: createdOn + 30 * 86_400 });
  expect([current.notBefore, current.requestId]).toEqual([undefined, undefined]);
  expect((await versions()).map(({ version }) => version)).toEqual([former.version, current.version]);
  expect((await read(former.version)).createdOn).toBe(former.createdOn);
});

test('tags, operations and dates belong to the key: what is changed of one version is changed of all', async () => {
  const server = await serverFor();
  const driver = materialDriver(server);
  const { create, rotate, read } = actsOf(driver);
  const first = await create({ tags: { a: '1' }, expiresOn: 4_000_000_000 });
  const second = await rotate();
  expect([second.tags, second.expiresOn]).toEqual([{ a: '1' }, undefined]);
  const changes = { tags: { b: '2' }, enabled: false };
  await there(driver.keys.update)({ name: 'k', version: first.version, changes }, callOf());
  for (const version of [first.version, second.version])
    expect(await read(version)).toMatchObject({ tags: { b: '2' }, enabled: false });
  await expect(rotate()).rejects.toMatchObject({ code: 'ERR_KEY_DISABLED' });
});

test('a version can be made disabled: it disables the key, once it is there', async () => {
  const server = await serverFor();
  const { create, read } = actsOf(materialDriver(server));
  const first = await create();
  const second = await create({ enabled: false });
  expect([second.enabled, second.version === first.version]).toEqual([false, false]);
  expect(await read()).toMatchObject({ enabled: false, version: second.version });
});

test('an imported key takes further imports, and no material of the other kind', async () => {
  const server = await serverFor();
  const imported = actsOf(materialDriver(server), 'imported');
  const made = actsOf(materialDriver(server), 'made');
  const first = await imported.importKey(1);
  const second = await imported.importKey(2);
  expect((await imported.versions()).map(({ version }) => version)).toEqual([first.version, second.version]);
  expect(server.key('alias/test/imported').materials.map(({ octets }) => octets?.[0])).toEqual([1, 2]);
  await made.create();
  const before = server.dump();
  for (const act of [
    () => imported.create(),
    () => imported.rotate(),
    () => made.importKey(3),
    () => imported.importKey(1),
  ]) {
    await expect(act()).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
  }
  expect(server.dump()).toEqual(before);
});

test('material that waits for its rotation is no version, and another import says what is in its way', async () => {
  const server = await serverFor();
  const { importKey, versions } = actsOf(materialDriver(server));
  await importKey(1);
  const { materials } = server.key('alias/test/k');
  const waiting = { ...materials[0], id: 'f'.repeat(64), description: 'of others' };
  server.key('alias/test/k').waiting = waiting as (typeof materials)[0];
  expect(await versions()).toHaveLength(1);
  const before = server.dump();
  await expect(importKey(2)).rejects.toMatchObject({
    code: 'ERR_CONFLICT',
    message: expect.stringContaining('DeleteImportedKeyMaterial') as unknown,
  });
  expect(server.dump()).toEqual(before);
});

test('deleting schedules one KMS key, and recovering gives it back in the state it had', async () => {
  const server = await serverFor();
  const driver = materialDriver(server);
  const { create, rotate, read } = actsOf(driver);
  const first = await create();
  const second = await rotate();
  for (const enabled of [true, false]) {
    await there(driver.keys.update)({ name: 'k', version: second.version, changes: { enabled } }, callOf());
    server.requests.length = 0;
    await there(driver.deletion.delete)({ name: 'k' }, callOf());
    const changes = server.requests.filter((each) => /Update|Schedule|Create/.test(each));
    expect(changes).toEqual(['UpdateKeyDescription', 'ScheduleKeyDeletion']);
    await expect(read()).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
    await expect(create()).rejects.toMatchObject({ code: 'ERR_KEY_DELETED' });
    await there(driver.deletion.recover)({ name: 'k', allowPartial: false }, callOf());
    expect(await read()).toMatchObject({ version: second.version, enabled });
    expect(await read(first.version)).toMatchObject({ version: first.version, enabled });
  }
  const { KeyMetadata } = await bareClient(server).describeKey({ KeyId: 'alias/test/k' });
  expect([KeyMetadata?.KeyState, KeyMetadata?.DeletionDate]).toEqual(['Disabled', undefined]);
});
