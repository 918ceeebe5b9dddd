import { createKeyManager } from '@keyway/core';
import { expect, test } from 'vitest';
import { there } from '../fake-vault.ts';
import {
  actsOf,
  bareClient,
  callOf,
  materialDriver,
  materialVault,
  octRequest,
  serverFor,
} from './material-vault.ts';

const text = new TextEncoder().encode('seventeen octets.');

test.each([
  ['materials', { materials: undefined }, 'keys'],
  ['keys', {}, 'materials'],
] as const)(
  'a key of the other strategy (%s here) is read, listed and used, and not changed; the error names the option',
  async (here, theirs, option) => {
    const server = await serverFor();
    const mine = here === 'materials' ? {} : { materials: undefined };
    const made = await actsOf(materialDriver(server, theirs)).create({ tags: { a: '1' } });
    const before = server.dump();
    const driver = materialDriver(server, mine);
    const manager = createKeyManager(driver, { stateTtl: 0 });
    const { properties } = await manager.getKey('k');
    expect(properties).toMatchObject({ ownership: 'external', version: server.key('alias/test/k').id });
    const listed = [];
    for await (const each of manager.listPropertiesOfKeyVersions('k')) listed.push(each.version);
    expect(listed).toEqual([properties.version]);
    const client = await manager.getCryptographyClient('k');
    const { ciphertext } = await client.encrypt('provider', text);
    const opened = await client.decrypt('provider', ciphertext);
    expect([Buffer.from(opened.plaintext).equals(text), opened.id]).toEqual([true, client.keyId]);
    for (const act of [
      () => manager.createOctKey('k'),
      () => manager.rotateKey('k'),
      () => manager.updateKeyProperties('k', { tags: {} }),
      () => manager.beginDeleteKey('k'),
      () => manager.updateKeyRotationPolicy('k', {}),
      () => manager.adoptKey('other', made.sourceId),
    ]) {
      await expect(act()).rejects.toMatchObject({
        code: 'ERR_OPERATION_NOT_PERMITTED',
        message: expect.stringContaining(`versions: '${option}'`) as unknown,
      });
    }
    await expect(there(driver.rotation.rotate)({ name: 'k' }, callOf())).rejects.toMatchObject({
      code: 'ERR_OPERATION_NOT_PERMITTED',
      alternative: `the option versions: '${option}'`,
    });
    expect(server.dump()).toEqual(before);
    await manager.close();
  },
);

test('a damaged record stops what would trust it, and reading says so', async () => {
  const server = await serverFor();
  const { create, rotate, read } = actsOf(materialDriver(server));
  const first = await create();
  const key = server.key('alias/test/k');
  for (const damage of [
    (whole: string) => whole.slice(0, -1),
    (whole: string) => whole.replace('"seq":0', '"seq":1'),
    (whole: string) => whole.replace('materials:', ''),
    (whole: string) => whole.replace('"i":"', '"i":"!'),
  ]) {
    const whole = key.description;
    key.description = damage(whole);
    expect(key.description).not.toBe(whole);
    expect(await read()).toMatchObject({ intact: false, ownership: 'own', version: first.version, tags: {} });
    await expect(rotate()).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    await expect(create()).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    key.description = whole;
  }
  expect(await read()).toMatchObject({ intact: true });
});

test('an adopted key has all its materials as versions, and its policy and rotations stay', async () => {
  const server = await serverFor();
  const client = bareClient(server);
  const { KeyMetadata } = await client.createKey({ Description: 'theirs' });
  const id = KeyMetadata?.KeyId ?? '';
  await client.enableKeyRotation({ KeyId: id, RotationPeriodInDays: 400 });
  server.rotateByItself(id);
  const driver = materialDriver(server);
  const adopted = await there(driver.keys.adopt)({ name: 'k', sourceId: id }, callOf());
  const { materials, rotationPeriod } = server.key(id);
  expect(adopted).toMatchObject({
    ownership: 'own',
    version: materials[1]?.id,
    sourceId: server.key(id).arn,
  });
  expect(rotationPeriod).toBe(400);
  const { rotate, versions } = actsOf(driver);
  await rotate();
  expect((await versions()).map(({ version }) => version)).toEqual(materials.map((each) => each.id));
});

test('what is no symmetric encryption key is refused with the alternative', async () => {
  const server = await serverFor();
  const { keys, capabilities } = materialDriver(server);
  const signing = octRequest('k', { keyOperations: ['sign', 'verify'] });
  await expect(there(keys.create)(signing, callOf())).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  expect(capabilities.supports({ operation: 'createKey', keyType: 'EC', curve: 'P-256' })).toMatchObject({
    support: 'unsupported',
    alternative: "a vault opened with versions: 'keys'",
  });
});

test('an endpoint that names no current material is refused as one, not misread', async () => {
  const server = await serverFor();
  await actsOf(materialDriver(server)).create();
  const vault = materialVault(server);
  const describeKey: typeof vault.client.describeKey = async (input, options) => {
    const answer = await vault.client.describeKey(input, options);
    return {
      ...answer,
      KeyMetadata: answer.KeyMetadata && { ...answer.KeyMetadata, CurrentKeyMaterialId: undefined },
    };
  };
  const client = new Proxy(vault.client, {
    get: (target, name) => (name === 'describeKey' ? describeKey : Reflect.get(target, name)),
  });
  await expect(actsOf(materialDriver(server, { client })).read()).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED',
  });
});
