import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import type { CapabilityRow } from '@keyway/core';
import { operations } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { anyKey, makeAnyKey } from '../make-any-key.ts';
import { usesByOperation } from '../use-key.ts';

function sentences(context: CaseContext): readonly CapabilityRow[] {
  return context.capabilities.rows;
}

const statements: readonly Case[] = [
  {
    id: 'capabilities/data/frozen-and-complete',
    title:
      'Capabilities are frozen data that says something about every operation, with a reason for every no',
    requires: [anyKey],
    async run(context) {
      const { capabilities } = context;
      ok(
        Object.isFrozen(capabilities) &&
          Object.isFrozen(capabilities.rows) &&
          capabilities.rows.every(Object.isFrozen),
      );
      throws(() => (capabilities.rows as CapabilityRow[]).pop(), TypeError);
      for (const row of sentences(context)) {
        ok(
          row.support !== 'unsupported' || (row.note ?? '').length > 0,
          `${row.operation}: a no has its reason`,
        );
      }
      for (const operation of operations) {
        const { support, reason } = capabilities.supports({ operation });
        ok(support !== 'unsupported' || (reason ?? '').length > 0, `${operation} is answered`);
      }
      equal((await makeAnyKey(context)).managed.properties.ownership, 'own');
    },
  },
  {
    id: 'capabilities/support/emulated-is-said',
    title:
      'What core does in place of the vault is never called native of the driver, and the other way round',
    requires: [anyKey],
    async run(context) {
      for (const row of sentences(context)) {
        if (row.by === 'core') ok(row.support !== 'native', `${row.operation} by core is not native`);
      }
      const { rotationRunBy } = context.capabilities;
      const { by } = context.capabilities.supports({ operation: 'rotateDueKeys' });
      ok(rotationRunBy === 'vault' || by !== 'driver', 'who runs rotations is said once');
      await makeAnyKey(context);
    },
  },
  {
    id: 'capabilities/manager/gives-the-drivers',
    title: 'The KeyManager gives the same capabilities, provider and identity as its driver',
    requires: [anyKey],
    async run(context) {
      const { manager, driver } = context;
      deepEqual([manager.provider, manager.vaultUri], [driver.provider, driver.identity]);
      deepEqual(manager.capabilities.rows, driver.capabilities.rows);
      await makeAnyKey(context);
    },
  },
];

const offered = usesByOperation.map((use): Case => ({
  id: `capabilities/${use.operation.toLowerCase()}/offered-is-served`,
  title: `Each algorithm that a client offers for ${use.operation} is declared, and the one tried works`,
  requires: use.requires,
  async run(context) {
    const used = await use.prepare(context);
    const client = await context.manager.getCryptographyClient(used.name);
    const algorithms = client.algorithms(use.operation);
    ok(algorithms.includes(used.algorithm), 'the algorithm in use is offered');
    equal(new Set(algorithms).size, algorithms.length, 'each once');
    for (const algorithm of algorithms) {
      const { support } = context.capabilities.supports({ operation: use.operation, algorithm });
      ok(support !== 'unsupported', `${algorithm} is declared`);
    }
    await used.use();
  },
}));

/** What the capabilities say, and that clients say the same. */
export const capabilityCases: readonly Case[] = [...statements, ...offered];
