import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { PolicyRecord } from '@keyway/core/driver';
import { createAwsKmsDriver } from '../../src/driver.ts';
import { there } from '../fake-vault.ts';
import {
  actsOf,
  bareClient,
  callOf,
  materialDriver,
  materialVault,
  mortalDriver,
  serverFor,
} from './material-vault.ts';

test('the 25 rotations of a key are a quota that nothing gets round, and nothing is changed by trying', async () => {
  const server = await serverFor({ pollsPerRotation: 0 });
  const { create, rotate } = actsOf(materialDriver(server));
  await create();
  for (let count = 0; count < 25; count++) await rotate();
  const before = server.dump();
  server.requests.length = 0;
  for (const act of [rotate, create]) {
    await expect(act()).rejects.toMatchObject({
      code: 'ERR_QUOTA_EXCEEDED',
      retryable: false,
      message: expect.stringContaining('25 times in its life') as unknown,
      alternative: expect.stringContaining("versions: 'keys'") as unknown,
    });
  }
  expect(server.requests.filter((each) => each === 'RotateKeyOnDemand')).toHaveLength(2);
  expect(server.dump()).toEqual(before);
});

test('the longest record that 26 versions, ids, tags and a policy make has a place in a description', async () => {
  const server = await serverFor({ pollsPerRotation: 0 });
  const driver = materialDriver(server);
  const name = 'n'.repeat(63);
  const { create, rotate } = actsOf(driver, name);
  const { maxTagsTotalBytes = 0 } = driver.capabilities.limits;
  // Two octets in UTF-8 become six characters in ASCII: nothing grows more.
  const most = Math.floor((maxTagsTotalBytes - 180) / 2 / 10);
  const tags = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`t${index}`.padEnd(18, 'x'), 'ä'.repeat(most)]),
  );
  const longId = (): { requestId: string } => ({ requestId: `${randomUUID()}${randomUUID()}`.slice(0, 64) });
  await create({ tags, expiresOn: 253_402_300_799, notBefore: 1_900_000_000 }, longId());
  const policy: PolicyRecord = {
    expiresIn: 'P1Y2M10DT2H30M15S',
    lifetimeActions: [
      { action: 'rotate', timeBeforeExpiry: 'P1Y1M10DT2H30M15S' },
      { action: 'notify', timeBeforeExpiry: 'P1Y1M10DT2H30M15S' },
    ],
  };
  await there(driver.rotation.writePolicy)({ name, policy }, callOf());
  for (let count = 0; count < 25; count++) await rotate(longId());
  await there(driver.deletion.delete)({ name }, callOf());
  const { length } = server.key(`alias/test/${name}`).description;
  expect(length).toBeGreaterThan(6000);
  expect(length).toBeLessThanOrEqual(8192);
});

test('near a rotation of its own KMS takes none on demand: the error says when to ask again', async () => {
  const server = await serverFor();
  const { create, rotate } = actsOf(materialDriver(server));
  await create();
  server.key('alias/test/k').nearAutomatic = true;
  const before = server.dump();
  await expect(rotate()).rejects.toMatchObject({
    code: 'ERR_CONFLICT',
    message: expect.stringContaining('20 minutes') as unknown,
  });
  expect(server.dump()).toEqual(before);
});

test('a deadline that ends first says what to call, and that call gives the one version', async () => {
  const server = await serverFor({ pollsPerRotation: 60 });
  const { create, rotate, versions } = actsOf(materialDriver(server));
  await create();
  const requestId = randomUUID();
  const now = Math.floor(Date.now() / 1000);
  await expect(rotate({ requestId, now, deadline: now * 1000 + 9000 })).rejects.toMatchObject({
    code: 'ERR_KEY_NOT_READY',
    message: expect.stringContaining('same requestId') as unknown,
  });
  const other = actsOf(materialDriver(server));
  const { version } = await other.rotate({ requestId, deadline: Date.now() + 3_600_000 });
  expect((await versions()).map((each) => each.version)).toContain(version);
  expect(server.key('alias/test/k').materials).toHaveLength(2);
  expect((await rotate({ requestId })).version).toBe(version);
});

test('a request id gives its version again, whatever has become current since', async () => {
  const server = await serverFor();
  const { create, rotate } = actsOf(materialDriver(server));
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  const made = [
    await create({}, { requestId: ids[0] }),
    await rotate({ requestId: ids[1] }),
    await create({}, { requestId: ids[2] }),
  ];
  const again = actsOf(materialDriver(server));
  for (const [index, requestId] of ids.entries())
    expect((await again.rotate({ requestId })).version).toBe(made[index]?.version);
  expect(server.key('alias/test/k').materials).toHaveLength(3);
});

test('who expects a version that is no longer current is told which one is', async () => {
  const server = await serverFor();
  const { create, rotate } = actsOf(materialDriver(server));
  const first = await create();
  const second = await rotate({}, first.version);
  await expect(rotate({}, first.version)).rejects.toMatchObject({
    code: 'ERR_CONFLICT',
    versions: [second.version],
  });
});

test('two processes that rotate at once each get a version, and leave nothing in the making', async () => {
  for (let round = 0; round < 5; round++) {
    const server = await serverFor({ pollsPerRotation: round });
    const one = actsOf(materialDriver(server));
    const other = actsOf(materialDriver(server));
    await one.create();
    const made = await Promise.all([one.rotate(), other.rotate()]);
    const listed = (await one.versions()).map(({ version }) => version);
    for (const { version } of made) expect(listed).toContain(version);
    // KMS has no claim: it is told here, not wished for.
    expect([2, 3]).toContain(listed.length);
    expect(made.map(({ version }) => version)).toContain((await one.read()).version);
    await one.rotate();
    expect(server.key('alias/test/k').description).not.toContain('"mk":');
  }
});

test('two processes that create the same name at once make one key, with a version for each', async () => {
  const server = await serverFor();
  const made = await Promise.all([0, 1].map(() => actsOf(materialDriver(server)).create()));
  const listed = await actsOf(materialDriver(server)).versions();
  expect(new Set(listed.map(({ version }) => version))).toEqual(new Set(made.map(({ version }) => version)));
  expect(listed).toHaveLength(2);
});

const flows = {
  create: { before: 0, act: 'create' },
  'create the next': { before: 1, act: 'create' },
  'create the next, disabled': { before: 1, act: 'disabled' },
  import: { before: 0, act: 'import' },
  'import the next': { before: 1, act: 'import' },
  rotate: { before: 1, act: 'rotate' },
} as const;

test.each(Object.entries(flows))(
  '%s: whoever dies at any request, the repetition makes one version',
  async (_, flow) => {
    const isImport = flow.act === 'import';
    let deaths = 0;
    for (let moment = 0; ; moment++) {
      const server = await serverFor();
      const keeper = actsOf(materialDriver(server));
      if (flow.before === 1) await (isImport ? keeper.importKey(1) : keeper.create());
      const requestId = randomUUID();
      const run = (acts: ReturnType<typeof actsOf>) => {
        if (flow.act === 'import') return acts.importKey(2, { requestId });
        if (flow.act === 'rotate') return acts.rotate({ requestId });
        return acts.create({ enabled: flow.act === 'create' }, { requestId });
      };
      const { driver, moments } = mortalDriver(server, moment);
      await run(actsOf(driver)).catch(() => undefined);
      if (moments() <= moment) break;
      deaths++;
      const repeated = await run(actsOf(materialDriver(server)));
      const listed = (await keeper.versions()).map(({ version }) => version);
      expect(listed).toHaveLength(flow.before + 1);
      expect(listed.at(-1)).toBe(repeated.version);
      expect(repeated.enabled).toBe(flow.act !== 'disabled');
      expect((await keeper.read()).enabled).toBe(flow.act !== 'disabled');
      const { description, waiting } = server.key('alias/test/k');
      expect([description.includes('"mk":'), waiting]).toEqual([false, undefined]);
    }
    expect(deaths).toBeGreaterThan(6);
  },
);

test('a rotation that nobody repeats is finished by the next one, which makes its own version', async () => {
  let deaths = 0;
  for (let moment = 0; ; moment++) {
    const server = await serverFor();
    const keeper = actsOf(materialDriver(server));
    await keeper.create();
    const { driver, moments } = mortalDriver(server, moment);
    await actsOf(driver)
      .rotate()
      .catch(() => undefined);
    if (moments() <= moment) break;
    deaths++;
    const next = await keeper.rotate();
    const listed = (await keeper.versions()).map(({ version }) => version);
    expect(listed.at(-1)).toBe(next.version);
    expect([2, 3]).toContain(listed.length);
    expect(server.key('alias/test/k').description).not.toContain('"mk":');
  }
  expect(deaths).toBeGreaterThan(10);
});

test('what was imported and not rotated in by a process that died is rotated in before the next import', async () => {
  const server = await serverFor();
  const keeper = actsOf(materialDriver(server));
  await keeper.importKey(1);
  let sent = 0;
  const vault = materialVault(server, {
    afterStep: ({ step, at }) => {
      if (step === 'import-material' && at === 'completed' && sent++ === 0) throw new Error('killed');
    },
  });
  const requestId = randomUUID();
  await expect(
    actsOf(createAwsKmsDriver(vault, () => undefined)).importKey(2, { requestId }),
  ).rejects.toThrow('killed');
  await keeper.importKey(3);
  expect(server.key('alias/test/k').materials.map(({ octets }) => octets?.[0])).toEqual([1, 2, 3]);
  const [, second] = await keeper.versions();
  expect((await keeper.importKey(2, { requestId })).version).toBe(second?.version);
});

test('a version that is not whole yet is not told as what came of its request', async () => {
  const server = await serverFor();
  await actsOf(materialDriver(server)).create();
  const requestId = randomUUID();
  const vault = materialVault(server, {
    afterStep: ({ step, at }) => {
      if (step === 'wait' && at === 'completed') throw new Error('killed');
    },
  });
  const acts = actsOf(createAwsKmsDriver(vault, () => undefined));
  await expect(acts.create({ enabled: false }, { requestId })).rejects.toThrow('killed');
  // It is there, and still enabled: whoever looks for the request must not take it for done.
  const other = actsOf(materialDriver(server));
  expect(await other.read()).toMatchObject({ enabled: true, requestId: undefined });
  expect((await other.versions()).map((each) => each.requestId)).not.toContain(requestId);
  expect(await other.create({ enabled: false }, { requestId })).toMatchObject({ enabled: false, requestId });
  expect((await other.versions()).at(-1)).toMatchObject({ enabled: false, requestId });
});

test('who may not finish what was begun is told that it is half done, and what finishes it', async () => {
  const server = await serverFor();
  const sdk = bareClient(server);
  await actsOf(materialDriver(server)).create();
  let rotated = false;
  const denied = (): Promise<never> =>
    Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException', $fault: 'client' }));
  const client = new Proxy(sdk, {
    get(target, name) {
      if (name === 'rotateKeyOnDemand') rotated = true;
      if (rotated && name === 'updateKeyDescription') return denied;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  const requestId = randomUUID();
  const acts = actsOf(materialDriver(server, { client }));
  for (const request of [requestId, randomUUID()]) {
    await expect(acts.rotate({ requestId: request })).rejects.toMatchObject({
      code: 'ERR_PERMISSION_DENIED',
      message: expect.stringMatching(/half done, and the same call.* or the next version/) as unknown,
    });
  }
  await actsOf(materialDriver(server)).rotate({ requestId });
  expect(server.key('alias/test/k').materials).toHaveLength(2);
  expect(server.key('alias/test/k').description).not.toContain('"mk":');
});
