import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAwsKmsDriver } from '../../src/driver.ts';
import { materialFlowRows } from '../../src/materials/material-flow-table.ts';
import type { MaterialFlowRow } from '../../src/materials/material-flow-table.ts';
import { there } from '../fake-vault.ts';
import { actsOf, bareClient, callOf, materialVault, serverFor } from './material-vault.ts';
import type { Acts } from './material-vault.ts';
import type { KeyDriver } from '@keyway/core/driver';

/** The request of whoever is killed once KMS rotates. */
const lost = randomUUID();

type Act = (acts: Acts, driver: KeyDriver) => Promise<unknown>;

const create: Act = (acts) => acts.create();
const policyOf =
  (timeAfterCreate: string): Act =>
  (_, { rotation }) => {
    const rotate = { action: 'rotate', timeAfterCreate } as const;
    return there(rotation.writePolicy)({ name: 'k', policy: { lifetimeActions: [rotate] } }, callOf());
  };
const policy = policyOf('P1Y');
const remove: Act = (_, { deletion }) => there(deletion.delete)({ name: 'k' }, callOf());

const acts: Readonly<Record<MaterialFlowRow['flow'], readonly [...before: Act[], act: Act]>> = {
  create: [create],
  'create-disabled': [(each) => each.create({ enabled: false })],
  import: [(each) => each.importKey(1)],
  rotate: [create, (each) => each.rotate()],
  'rotate-under-policy': [create, policy, (each) => each.rotate()],
  'create-next-disabled': [create, (each) => each.create({ enabled: false })],
  'import-next': [(each) => each.importKey(1), (each) => each.importKey(2)],
  finish: [
    create,
    (each) => expect(each.rotate({ requestId: lost })).rejects.toThrow('killed'),
    (each) => each.rotate({ requestId: lost }),
  ],
  policy: [create, policy],
  'policy-off': [create, policyOf('P30D')],
  delete: [create, remove],
  recover: [
    create,
    remove,
    (_, { deletion }) => there(deletion.recover)({ name: 'k', allowPartial: false }, callOf()),
  ],
  update: [
    create,
    async (each, { keys }) => {
      const { version } = await each.read();
      return there(keys.update)({ name: 'k', version, changes: { enabled: false, tags: {} } }, callOf());
    },
  ],
  adopt: [(_, { keys }) => there(keys.adopt)({ name: 'k', sourceId: 'alias/theirs' }, callOf())],
};

test.each(materialFlowRows)('the table tells the steps that run: $flow', async ({ flow, steps }) => {
  const server = await serverFor();
  const { KeyMetadata } = await bareClient(server).createKey({});
  await bareClient(server).createAlias({ AliasName: 'alias/theirs', TargetKeyId: KeyMetadata?.KeyId });
  let ran: string[] = [];
  const vault = materialVault(server, {
    afterStep: ({ step, at }) => {
      if (at !== 'completed') return;
      ran.push(step);
      if (flow === 'finish' && step === 'rotate') throw new Error('killed');
    },
  });
  const driver = createAwsKmsDriver(vault, () => undefined);
  for (const act of acts[flow]) {
    ran = [];
    await act(actsOf(driver), driver);
  }
  expect(ran).toEqual(steps);
});
