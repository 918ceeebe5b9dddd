import { deepEqual, equal } from 'node:assert/strict';
import type { KeyManager } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { anyCreated, anyKey, createdWith, makeAnyKey } from '../make-any-key.ts';
import type { Requirement } from '../requires.ts';
import { useOf } from '../use-key.ts';
import { mine } from './lists.ts';

const recovering: readonly Requirement[] = [
  anyKey,
  { operation: 'beginDeleteKey' },
  { operation: 'beginRecoverDeletedKey' },
];

async function deleteAndRecover(context: CaseContext, name: string): Promise<readonly string[]> {
  await (await context.manager.beginDeleteKey(name)).pollUntilDone();
  const recovered = await (await context.manager.beginRecoverDeletedKey(name)).pollUntilDone();
  equal(recovered.name, name);
  return recovered.lostVersions;
}

/** Recovering deleted keys. */
export const recoveryCases: readonly Case[] = [
  {
    id: 'recover/versions/all-as-they-were',
    title: 'Recovering brings back every version with its id, state, dates and tags, and the current one',
    requires: [anyCreated, ...recovering, ...['tags', 'enabled', 'expiresOn'].map(createdWith)],
    async run(context) {
      const { clock } = context;
      const first = await makeAnyKey(context, {
        origin: 'created',
        tags: { version: '1' },
        expiresOn: clock.dateIn(900),
      });
      const { name } = first;
      // A key with one state for all versions is left disabled by its last one: what is disabled takes no next version.
      const perKey = context.capabilities.state.enabled.scope === 'key';
      const second = await makeAnyKey(context, {
        origin: 'created',
        name,
        enabled: perKey,
        tags: { version: '2' },
      });
      const third = await makeAnyKey(context, { origin: 'created', name, tags: {}, enabled: !perKey });
      const read = async (manager: KeyManager, version: string): Promise<object> => {
        const { updatedOn: _, ...properties } = (await manager.getKey(name, { version })).properties;
        return properties;
      };
      const made = [first, second, third];
      const before = await Promise.all(made.map(({ version }) => read(context.open(), version)));
      if (!perKey) {
        for (const [index, { managed }] of made.entries()) {
          const { updatedOn: _, ...properties } = managed.properties;
          deepEqual(before[index], properties, 'each version has its own');
        }
      }
      deepEqual(await deleteAndRecover(context, name), []);
      for (const reader of [context.manager, context.open()]) {
        equal((await reader.getKey(name)).properties.version, third.version);
        for (const [index, { version }] of made.entries())
          deepEqual(await read(reader, version), before[index]);
      }
    },
  },
  {
    id: 'recover/key/works-again',
    title: 'A recovered key works again, and what it signed before still verifies',
    requires: [...recovering, ...useOf('verifyData').requires],
    async run(context) {
      const used = await useOf('verifyData').prepare(context);
      await deleteAndRecover(context, used.name);
      await used.use();
      for (const execution of used.executions) await used.useThrough(context.open(), execution);
    },
  },
  {
    id: 'recover/key/no-longer-deleted',
    title:
      'A recovered key is no deleted key any more, can be deleted again, and its name takes new versions',
    requires: [...recovering, { operation: 'getDeletedKey' }, { operation: 'listDeletedKeys' }],
    async run(context) {
      const { name } = await makeAnyKey(context);
      await deleteAndRecover(context, name);
      for (const manager of [context.manager, context.open()]) {
        await refused(manager.getDeletedKey(name), 'ERR_KEY_NOT_FOUND');
        deepEqual(await mine(context, manager.listDeletedKeys(), (deleted) => deleted.name), []);
      }
      const next = await makeAnyKey(context, { name });
      equal((await context.open().getKey(name)).properties.version, next.version);
      await deleteAndRecover(context, name);
    },
  },
  {
    id: 'recover/key/not-found',
    title: 'Recovering a key that is not deleted is ERR_KEY_NOT_FOUND',
    requires: recovering,
    async run(context) {
      const name = context.newName();
      await refused(context.manager.beginRecoverDeletedKey(name), 'ERR_KEY_NOT_FOUND');
      const { managed } = await makeAnyKey(context, { name });
      await refused(context.open().beginRecoverDeletedKey(name), 'ERR_KEY_NOT_FOUND', 'ERR_KEY_EXISTS');
      equal((await context.open().getKey(name)).id, managed.id);
      await deleteAndRecover(context, name);
    },
  },
  {
    id: 'recover/poller/resumes',
    title: 'A recovery goes on from the text of its poller, in another process',
    requires: recovering,
    async run(context) {
      const { name, managed } = await makeAnyKey(context);
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      const text = (await context.manager.beginRecoverDeletedKey(name)).toString();
      const resumed = await context.open().beginRecoverDeletedKey(name, { resumeFrom: text });
      equal((await resumed.pollUntilDone()).id, managed.id);
    },
  },
  {
    id: 'recover/purged/refused',
    title: 'A purged key cannot be recovered',
    requires: [...recovering, { operation: 'purgeDeletedKey' }],
    async run(context) {
      const { name } = await makeAnyKey(context);
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      await context.manager.purgeDeletedKey(name);
      await refused(context.open().beginRecoverDeletedKey(name), 'ERR_KEY_NOT_FOUND');
    },
  },
];
