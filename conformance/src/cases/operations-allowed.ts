import { deepEqual, equal } from 'node:assert/strict';
import { findAlgorithm, hashLength } from '@keyway/core/driver';
import type { SignatureInput } from '@keyway/core/driver';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { updatedWith } from '../make-any-key.ts';
import { usesByOperation } from '../use-key.ts';
import type { KeyUseCase } from '../use-key.ts';

/** The other half of the pair that an operation belongs to. */
function othersOf({ operation, keyOperations: [make, check] }: KeyUseCase): readonly [typeof make] {
  return [operation.replace('Data', '') === make ? check : make];
}

const outsideTheSet = usesByOperation.map((use): Case => ({
  id: `operations/${use.operation.toLowerCase()}/outside-key-operations-refused`,
  title: `${use.operation} is refused on a key whose operations do not include it, wherever it would run`,
  requires: [...use.requires, { operation: 'updateKeyProperties' }, updatedWith('keyOperations')],
  async run(context) {
    const used = await use.prepare(context);
    await used.use();
    await context.manager.updateKeyProperties(used.name, { keyOperations: othersOf(use) });
    for (const manager of [context.manager, context.open()]) {
      const client = await manager.getCryptographyClient(used.name);
      deepEqual(client.algorithms(use.operation), [], 'nothing is offered for it');
      for (const execution of used.executions) {
        await refused(used.useThrough(manager, execution), 'ERR_OPERATION_NOT_PERMITTED');
      }
    }
    await context.manager.updateKeyProperties(used.name, { keyOperations: use.keyOperations });
    await used.use();
  },
}));

/** What the vault says that it enforces by itself must hold for callers who go round Keyway. */
const enforced = (['enabled', 'expiresOn'] as const).map((property): Case => {
  const use = usesByOperation.find(({ operation }) => operation === 'signData');
  if (use === undefined) throw new Error('signData is one of the eight');
  return {
    id: `enforcement/${property === 'enabled' ? 'enabled' : 'expires-on'}/by-the-vault-itself`,
    title: `Where ${property} is declared to be enforced by the vault, the vault refuses without Keyway's help`,
    requires: [
      ...use.requires,
      { operation: 'updateKeyProperties' },
      updatedWith(property),
      { trait: `enforced:${property}` },
    ],
    async run(context) {
      const { manager, driver, clock } = context;
      const { name, version, algorithm } = await use.prepare(context);
      const key = await driver.keys.read?.({ name, version }, context.call());
      if (key === undefined) throw new Error('The driver reads its own key');
      const overData = driver.capabilities.supports({ operation: 'signData', algorithm }).by === 'driver';
      const row = findAlgorithm(algorithm);
      const hash = row?.kind === 'signature' ? row.hash : undefined;
      const digest = new Uint8Array(hash === undefined ? 0 : hashLength[hash]);
      const input: SignatureInput = overData
        ? { input: 'data', data: new Uint8Array(8) }
        : { input: 'digest', digest };
      const sign = async (): Promise<unknown> =>
        await driver.cryptography.sign?.({ name, version, key, algorithm, ...input }, context.call());
      await sign();
      await manager.updateKeyProperties(
        name,
        property === 'enabled' ? { enabled: false } : { expiresOn: clock.dateIn(-60) },
      );
      let signed = true;
      await sign().catch(() => (signed = false));
      equal(signed, false, 'the vault itself refuses');
    },
  };
});

/** What a key may be used for, and who says no. */
export const operationsAllowedCases: readonly Case[] = [...outsideTheSet, ...enforced];
