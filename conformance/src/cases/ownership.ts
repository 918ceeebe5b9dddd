import { deepEqual, equal } from 'node:assert/strict';
import type { Case } from '../case.ts';
import type { CaseContext } from '../case-context.ts';
import { refused } from '../expect.ts';
import { anyKey, makeAnyKey } from '../make-any-key.ts';
import type { Requirement } from '../requires.ts';
import { mine } from './lists.ts';

const external: readonly Requirement[] = [{ trait: 'keys:external' }, { fixture: 'externalKey' }];

async function externalKey(context: CaseContext): Promise<{ name: string; sourceId: string }> {
  const name = context.newName();
  const sourceId = await context.fixtures.externalKey?.(context.driver, name);
  if (sourceId === undefined) throw new Error('The target gives no external key');
  return { name, sourceId };
}

/** Keys that other software made. */
export const ownershipCases: readonly Case[] = [
  {
    id: 'external/key/read-and-listed',
    title: 'A key that other software made is read and listed, and says so',
    requires: [...external, { operation: 'listPropertiesOfKeys' }],
    async run(context) {
      const { name } = await externalKey(context);
      equal((await context.manager.getKey(name)).properties.ownership, 'external');
      const listed = await mine(context, context.open().listPropertiesOfKeys(), (item) => item.name);
      deepEqual(
        listed.map(({ ownership }) => ownership),
        ['external'],
      );
    },
  },
  {
    id: 'external/key/not-changed',
    title: 'A key that other software made is not created upon, changed, rotated or deleted',
    requires: [...external, anyKey],
    async run(context) {
      const { name } = await externalKey(context);
      const { manager } = context;
      await refused(makeAnyKey(context, { name }), 'ERR_OPERATION_NOT_PERMITTED');
      await refused(manager.updateKeyProperties(name, { enabled: false }), 'ERR_OPERATION_NOT_PERMITTED');
      await refused(manager.rotateKey(name), 'ERR_OPERATION_NOT_PERMITTED');
      await refused(manager.beginDeleteKey(name), 'ERR_OPERATION_NOT_PERMITTED');
    },
  },
  {
    id: 'adopt/external/becomes-own',
    title: 'Adopting makes a key ours without changing its material',
    requires: [{ operation: 'adoptKey' }, ...external],
    async run(context) {
      const { name, sourceId } = await externalKey(context);
      const before = await context.manager.getKey(name);
      const adopted = await context.manager.adoptKey(name, sourceId);
      equal(adopted.properties.ownership, 'own');
      deepEqual([adopted.key.x, adopted.key.n], [before.key.x, before.key.n]);
      equal((await context.open().getKey(name)).properties.ownership, 'own');
    },
  },
];
