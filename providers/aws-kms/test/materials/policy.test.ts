import { createKeyManager } from '@keyway/core';
import type { PolicyRecord } from '@keyway/core/driver';
import { expect, test } from 'vitest';
import { there } from '../fake-vault.ts';
import { actsOf, bareClient, callOf, materialDriver, serverFor } from './material-vault.ts';

const rotateAfter = (timeAfterCreate: string, more: Partial<PolicyRecord> = {}): PolicyRecord => ({
  lifetimeActions: [{ action: 'rotate', timeAfterCreate }],
  ...more,
});

test.each([
  ['P90D', 90],
  ['P1Y', 365],
  ['P2560D', 2560],
  ['PT2160H', 90],
])('KMS itself runs a policy that it can hold: %s', async (time, days) => {
  const server = await serverFor();
  const { rotation, keys } = materialDriver(server);
  await actsOf({ ...materialDriver(server), keys }).create();
  const policy = rotateAfter(time, { expiresIn: 'P8Y' });
  expect(await there(rotation.writePolicy)({ name: 'k', policy }, callOf())).toMatchObject({
    runBy: 'vault',
  });
  expect(server.key('alias/test/k').rotationPeriod).toBe(days);
  const read = await there(materialDriver(server).rotation.readPolicy)({ name: 'k' }, callOf());
  expect(read).toMatchObject({ ...policy, runBy: 'vault' });
});

test.each([
  ['less than 90 days', rotateAfter('P89D')],
  ['more than 2560 days', rotateAfter('P2561D')],
  ['not whole days', rotateAfter('P90DT1S')],
  [
    'counted from the expiry',
    { lifetimeActions: [{ action: 'rotate', timeBeforeExpiry: 'P30D' }], expiresIn: 'P1Y' },
  ],
  ['a notice alone', { lifetimeActions: [{ action: 'notify', timeAfterCreate: 'P1Y' }] }],
  ['an expiry alone', { lifetimeActions: [], expiresIn: 'P1Y' }],
] as const)(
  'a policy that KMS cannot hold exactly is left to rotateDueKeys, and its own goes off: %s',
  async (_, policy) => {
    const server = await serverFor();
    const { rotation, keys } = materialDriver(server);
    await actsOf({ ...materialDriver(server), keys }).create();
    const write = there(rotation.writePolicy);
    await write({ name: 'k', policy: rotateAfter('P1Y') }, callOf());
    expect((await write({ name: 'k', policy }, callOf())).runBy).toBeUndefined();
    expect(server.key('alias/test/k').rotationPeriod).toBeUndefined();
    const read = await there(rotation.readPolicy)({ name: 'k' }, callOf());
    expect(read).toMatchObject(policy);
    expect(read?.runBy).toBeUndefined();
  },
);

test('KMS counts from the day on which its rotation is switched on: an older version is left to rotateDueKeys', async () => {
  const server = await serverFor();
  const { rotation } = materialDriver(server);
  await actsOf(materialDriver(server)).create();
  const policy = rotateAfter('P90D');
  const tomorrow = { now: Math.floor(Date.now() / 1000) + 86_400 };
  const written = await there(rotation.writePolicy)({ name: 'k', policy }, callOf(tomorrow));
  expect([written.runBy, server.key('alias/test/k').rotationPeriod]).toEqual([undefined, undefined]);
  // With the next version it begins to hold.
  await actsOf(materialDriver(server)).rotate();
  expect(server.key('alias/test/k').rotationPeriod).toBe(90);
});

test('a rotation on demand begins the period of KMS anew', async () => {
  const server = await serverFor();
  const driver = materialDriver(server);
  await actsOf(driver).create();
  await there(driver.rotation.writePolicy)({ name: 'k', policy: rotateAfter('P90D') }, callOf());
  const key = server.key('alias/test/k');
  key.rotationSince = new Date('2020-01-01T00:00:00Z');
  await actsOf(driver).rotate();
  expect(key.rotationSince.getTime()).toBeGreaterThan(Date.now() - 60_000);
});

test('what KMS tells of its rotation may be old: it goes off whether or not it is said to be on', async () => {
  const server = await serverFor();
  const sdk = bareClient(server);
  const client = new Proxy(sdk, {
    get(target, name) {
      if (name === 'getKeyRotationStatus') return () => Promise.resolve({ KeyRotationEnabled: false });
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  const driver = materialDriver(server, { client });
  await actsOf(driver).create();
  for (const time of ['P1Y', 'P30D'])
    await there(driver.rotation.writePolicy)({ name: 'k', policy: rotateAfter(time) }, callOf());
  expect(server.key('alias/test/k').rotationPeriod).toBeUndefined();
});

test('where KMS may not run the new policy, it goes on to run the former one', async () => {
  const server = await serverFor();
  const sdk = bareClient(server);
  let refusals = 0;
  const client = new Proxy(sdk, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const call = member.bind(target) as (input: { RotationPeriodInDays?: number }) => Promise<unknown>;
      return (input: { RotationPeriodInDays?: number }) => {
        if (input.RotationPeriodInDays !== 730) return call(input);
        refusals++;
        return Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
      };
    },
  });
  const driver = materialDriver(server, { client });
  await actsOf(driver).create();
  const write = there(driver.rotation.writePolicy);
  await write({ name: 'k', policy: rotateAfter('P1Y') }, callOf());
  const before = server.dump();
  await expect(write({ name: 'k', policy: rotateAfter('P2Y') }, callOf())).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  expect([refusals, server.key('alias/test/k').rotationPeriod, server.dump()]).toEqual([1, 365, before]);
});

test('imported material is never rotated by KMS itself', async () => {
  const server = await serverFor();
  const driver = materialDriver(server);
  await actsOf(driver).importKey(1);
  const written = await there(driver.rotation.writePolicy)(
    { name: 'k', policy: rotateAfter('P1Y') },
    callOf(),
  );
  expect([written.runBy, server.key('alias/test/k').rotationPeriod]).toEqual([undefined, undefined]);
});

test('rotateDueKeys leaves to KMS what KMS runs, and rotates what it does not', async () => {
  const server = await serverFor();
  let now = Date.now();
  const manager = createKeyManager(materialDriver(server), { clock: () => now, stateTtl: 0 });
  for (const [name, time] of [
    ['by-kms', 'P90D'],
    ['by-us', 'P89D'],
  ] as const) {
    await manager.createOctKey(name);
    const policy = await manager.updateKeyRotationPolicy(name, rotateAfter(time));
    expect(policy.runBy).toBe(name === 'by-kms' ? 'vault' : undefined);
    await manager.updateKeyRotationPolicy(name, await manager.getKeyRotationPolicy(name));
  }
  now += 91 * 86_400_000;
  const report = await manager.rotateDueKeys();
  expect(report.map(({ name, outcome }) => [name, outcome])).toEqual([['by-us', 'rotated']]);
  await manager.close();
});

test('a policy that KMS refuses to run is not kept', async () => {
  const server = await serverFor();
  const driver = materialDriver(server);
  const { create } = actsOf(driver);
  const { version } = await create();
  await there(driver.rotation.writePolicy)({ name: 'k', policy: rotateAfter('P1Y') }, callOf());
  await there(driver.keys.update)({ name: 'k', version, changes: { enabled: false } }, callOf());
  const before = server.dump();
  // A disabled key takes no change of its rotation.
  const writing = there(driver.rotation.writePolicy)({ name: 'k', policy: rotateAfter('P89D') }, callOf());
  await expect(writing).rejects.toMatchObject({ name: 'DisabledException' });
  expect(server.dump()).toEqual(before);
});
