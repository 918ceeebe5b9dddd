import { expect, test } from 'vitest';
import { createFakeKms } from './fake-kms.ts';
import { ecRequest, epochNow, fakeCall, fakeDriver, there } from './fake-vault.ts';

test('a key is made with one KMS key, a claim and a pointer, and read with two requests', async () => {
  const fake = createFakeKms();
  const driver = fakeDriver(fake);
  const call = fakeCall();
  const made = await there(driver.keys.create)(ecRequest('k', { tags: { a: '1' } }), call);
  expect(fake.keys.size).toBe(1);
  expect([...fake.aliases.keys()]).toEqual(['alias/test/k/v/1', 'alias/test/k']);
  const key = fake.keys.get(made.version);
  expect([...(key?.tags ?? [])]).toEqual([
    ['keyway:vault', 'test'],
    ['keyway:name', 'k'],
  ]);
  expect(made).toMatchObject({
    name: 'k',
    keyType: 'EC',
    curve: 'P-256',
    tags: { a: '1' },
    ownership: 'own',
    intact: true,
    enabled: true,
    createdOn: call.now,
    requestId: call.requestId,
    sourceId: key?.arn,
  });
  const other = fakeDriver(fake);
  fake.requests.length = 0;
  const read = there(other.keys.read);
  expect(await read({ name: 'k' }, fakeCall())).toEqual(made);
  expect(fake.requests).toEqual(['describeKey', 'getPublicKey']);
  expect(await read({ name: 'k', version: made.version }, fakeCall())).toEqual(made);
  expect(fake.requests).toEqual(['describeKey', 'getPublicKey', 'describeKey']);
});

test('a second version becomes current; versions are listed oldest first, page by page', async () => {
  const fake = createFakeKms();
  const driver = fakeDriver(fake);
  const create = there(driver.keys.create);
  const versions: string[] = [];
  for (let n = 0; n < 25; n++) versions.push((await create(ecRequest('k'), fakeCall())).version);
  expect((await there(driver.keys.read)({ name: 'k' }, fakeCall())).version).toBe(versions.at(-1));
  const listed: (string | undefined)[] = [];
  let next: string | undefined;
  let pages = 0;
  do {
    const page = await there(driver.keys.versions)({ name: 'k', maxPageSize: 10, next }, fakeCall());
    listed.push(...page.items.map(({ version }) => version));
    next = page.next;
    pages++;
  } while (next !== undefined);
  expect(listed).toEqual(versions);
  expect(pages).toBe(3);
});

test('the same request makes one version, whichever version of the name it made', async () => {
  const fake = createFakeKms();
  const call = fakeCall();
  const first = await there(fakeDriver(fake).keys.create)(ecRequest('k'), call);
  const create = there(fakeDriver(fake).keys.create);
  for (let n = 0; n < 12; n++) await create(ecRequest('k'), fakeCall());
  expect((await create(ecRequest('k'), call)).version).toBe(first.version);
  expect((await there(fakeDriver(fake).rotation.rotate)({ name: 'k' }, call)).version).toBe(first.version);
  expect(fake.keys.size).toBe(13);
});

test('another key type or usage on a live name is a conflict, and nothing is made', async () => {
  const fake = createFakeKms();
  const create = there(fakeDriver(fake).keys.create);
  await create(ecRequest('k'), fakeCall());
  const rsa = { keyType: 'RSA', curve: undefined, size: 2048 } as const;
  await create(ecRequest('r', rsa), fakeCall());
  await expect(create(ecRequest('k', rsa), fakeCall())).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
  await expect(
    create(ecRequest('r', { ...rsa, keyOperations: ['encrypt', 'decrypt'] }), fakeCall()),
  ).rejects.toMatchObject({ code: 'ERR_CONFLICT' });
  expect(fake.keys.size).toBe(2);
});

test('a version is disabled before anybody can find it, and its public key is known here all the same', async () => {
  const fake = createFakeKms();
  const made = await there(fakeDriver(fake).keys.create)(ecRequest('k', { enabled: false }), fakeCall());
  expect(made).toMatchObject({ enabled: false, publicKey: { kty: 'EC' } });
  expect(fake.requests.indexOf('disableKey')).toBeLessThan(fake.requests.indexOf('createAlias'));
  const read = await there(fakeDriver(fake).keys.read)({ name: 'k' }, fakeCall());
  expect(read.enabled).toBe(false);
  expect(read.publicKey).toBeUndefined();
});

test('members of a version are changed, all or none', async () => {
  const fake = createFakeKms();
  const driver = fakeDriver(fake);
  const { version } = await there(driver.keys.create)(ecRequest('k', { tags: { a: '1' } }), fakeCall());
  const update = there(driver.keys.update);
  const changes = { enabled: false, expiresOn: epochNow() + 90, tags: { b: '2' } };
  const changed = await update({ name: 'k', version, changes }, fakeCall());
  expect(changed).toMatchObject(changes);
  const { publicKey: _, ...read } = await there(fakeDriver(fake).keys.read)({ name: 'k' }, fakeCall());
  const { publicKey: __, ...told } = changed;
  expect(read).toEqual(told);
  const before = fake.dump();
  fake.before = (operation) => {
    if (operation === 'enableKey') throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
  };
  await expect(
    update({ name: 'k', version, changes: { enabled: true, expiresOn: null } }, fakeCall()),
  ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(fake.dump()).toEqual(before);
});

test('a record that KMS could not hold is refused before anything is changed', async () => {
  const fake = createFakeKms();
  const create = there(fakeDriver(fake).keys.create);
  const tags = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`t${n}`, '\u0001'.repeat(189)]));
  await expect(create(ecRequest('k', { tags }), fakeCall())).rejects.toMatchObject({
    code: 'ERR_INVALID_ARGUMENT',
  });
  const { version } = await create(ecRequest('k'), fakeCall());
  const before = fake.dump();
  await expect(
    there(fakeDriver(fake).keys.update)(
      { name: 'k', version, changes: { tags, enabled: false } },
      fakeCall(),
    ),
  ).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  expect(fake.dump()).toEqual(before);
});

test('a policy stands with the key, and lets later versions expire', async () => {
  const fake = createFakeKms();
  const driver = fakeDriver(fake);
  const { keys, rotation } = driver;
  await there(keys.create)(ecRequest('k'), fakeCall());
  const readPolicy = there(rotation.readPolicy);
  expect(await readPolicy({ name: 'k' }, fakeCall())).toBeUndefined();
  await there(rotation.rotate)({ name: 'k' }, fakeCall());
  const policy = {
    lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P18M' }],
    expiresIn: 'P30D',
  } as const;
  const written = await there(rotation.writePolicy)({ name: 'k', policy }, fakeCall());
  expect(await readPolicy({ name: 'k' }, fakeCall())).toEqual(written);
  const rotated = await there(rotation.rotate)({ name: 'k' }, fakeCall());
  expect((rotated.expiresOn ?? 0) - rotated.createdOn).toBe(30 * 86_400);
  expect(await readPolicy({ name: 'k' }, fakeCall())).toEqual(written);
});

test('rotation goes from the version that is expected, and from no other', async () => {
  const fake = createFakeKms();
  const { keys, rotation } = fakeDriver(fake);
  const rotate = there(rotation.rotate);
  await expect(rotate({ name: 'k' }, fakeCall())).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  const first = await there(keys.create)(ecRequest('k', { tags: { a: '1' } }), fakeCall());
  const second = await rotate({ name: 'k', expectedCurrent: first.version }, fakeCall());
  expect(second).toMatchObject({ tags: { a: '1' }, keyOperations: ['sign', 'verify'], curve: 'P-256' });
  await expect(rotate({ name: 'k', expectedCurrent: first.version }, fakeCall())).rejects.toMatchObject({
    code: 'ERR_CONFLICT',
    versions: [second.version],
  });
});

test('keys are listed each once, those of others too, and no alias beside the scheme', async () => {
  const fake = createFakeKms();
  const driver = fakeDriver(fake);
  for (const name of ['a', 'b', 'c']) {
    await there(driver.keys.create)(ecRequest(name), fakeCall());
    await there(driver.rotation.rotate)({ name }, fakeCall());
  }
  fake.aliases.set('alias/test/x/y/z', fake.make().id);
  fake.aliases.set('alias/other/a', fake.make().id);
  const external = fake.make({ Description: 'made by others' });
  fake.aliases.set('alias/test/e', external.id);
  const names: string[] = [];
  let next: string | undefined;
  do {
    const page = await there(driver.keys.list)({ maxPageSize: 2, next }, fakeCall());
    expect(page.items.length).toBeLessThanOrEqual(2);
    names.push(...page.items.map((item) => `${item.name} ${item.ownership}`));
    next = page.next;
  } while (next !== undefined);
  expect(names).toEqual(['a own', 'b own', 'c own', 'e external']);
});
