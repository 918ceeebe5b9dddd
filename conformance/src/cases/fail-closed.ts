import { deepEqual, equal } from 'node:assert/strict';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { failure, refused } from '../expect.ts';
import { withAnswers } from '../flaky-driver.ts';
import { usesByOperation } from '../use-key.ts';
import type { KeyUseCase } from '../use-key.ts';
import { anyKey, makeAnyKey, updatedWith } from '../make-any-key.ts';
import { kindOf, kindQuery } from '../key-kinds.ts';
import { makeKey } from '../make-key.ts';

/** The vault as it would answer if the record of every key were damaged. */
function damaged(context: CaseContext) {
  return withAnswers(context.driver, 'keys.read', (real) => ({ ...(real as object), intact: false }));
}

const told = usesByOperation.map((use: KeyUseCase): Case => ({
  id: `fail-closed/${use.operation.toLowerCase()}/${use.protects ? 'refused' : 'goes-on'}`,
  title: `With a damaged record ${use.operation} ${use.protects ? 'is ERR_INTEGRITY' : 'goes on'}`,
  requires: use.requires,
  async run(context) {
    const used = await use.prepare(context);
    await used.use();
    for (const execution of used.executions) {
      const running = used.useThrough(context.open({}, damaged(context)), execution);
      if (use.protects) await refused(running, 'ERR_INTEGRITY');
      else await running;
    }
  },
}));

const others: readonly Case[] = [
  {
    id: 'fail-closed/update/refused',
    title: 'With a damaged record a change is ERR_INTEGRITY before the vault, reading goes on',
    requires: [anyKey, { operation: 'updateKeyProperties' }, updatedWith('enabled')],
    async run(context) {
      const { name, managed } = await makeAnyKey(context);
      const manager = context.open({}, damaged(context));
      await refused(manager.updateKeyProperties(name, { enabled: false }), 'ERR_INTEGRITY');
      equal(context.calls.count('keys.update'), 0);
      equal((await manager.getKey(name)).id, managed.id);
      deepEqual(await context.open().getKey(name), managed);
    },
  },
  {
    id: 'fail-closed/record/damaged-behind-the-vault',
    title: 'A record that was really damaged stops its key, is ERR_INTEGRITY, and stops no other',
    requires: [
      kindQuery('createKey', kindOf('p-256')),
      { operation: 'signData', algorithm: 'ES256' },
      { fixture: 'damagedRecord' },
    ],
    async run(context) {
      const key = await makeKey(context, kindOf('p-256'), { origin: 'created' });
      const other = await makeKey(context, kindOf('p-256'), { origin: 'created' });
      const data = new Uint8Array(8);
      const { signature } = await (
        await context.manager.getCryptographyClient(key.name)
      ).signData('ES256', data);
      await context.fixtures.damagedRecord?.(context.driver, { name: key.name, version: key.version });
      const manager = context.open();
      const use = async (): Promise<unknown> =>
        (await manager.getCryptographyClient(key.name)).signData('ES256', data);
      const verify = async (): Promise<unknown> => {
        const client = await manager.getCryptographyClient(key.name);
        return (await client.verifyData('ES256', data, signature)).result;
      };
      await refused(use(), 'ERR_INTEGRITY');
      await refused(manager.updateKeyProperties(key.name, { enabled: false }), 'ERR_INTEGRITY');
      // Where the public key itself stands in the damaged record, verifying cannot go on; it must not become a verdict.
      const verdict = await failure(verify());
      if (verdict === undefined) equal(await verify(), true, 'verifying goes on');
      else await refused(verify(), 'ERR_INTEGRITY');
      await (await manager.getCryptographyClient(other.name)).signData('ES256', data);
    },
  },
];

/** A record that is missing or damaged. */
export const failClosedCases: readonly Case[] = [...told, ...others];
