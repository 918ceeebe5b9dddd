import { deepEqual, equal, ok } from 'node:assert/strict';
import type { DeletedKey } from '@keyway/core';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { anyCreated, anyKey, createdWith, makeAnyKey, anyKind } from '../make-any-key.ts';
import { makeKey } from '../make-key.ts';
import type { Requirement } from '../requires.ts';
import { testKey } from '../test-keys.ts';
import { useOf } from '../use-key.ts';
import { mine } from './lists.ts';

const deleting: readonly Requirement[] = [
  anyKey,
  { operation: 'beginDeleteKey' },
  { operation: 'getDeletedKey' },
];
const nameOf = ({ name }: DeletedKey): string => name;

const deletion: readonly Case[] = [
  {
    id: 'delete/key/gives-the-deleted-key',
    title: 'Deleting gives the deleted key with its dates and recovery id, and reading gives the same',
    requires: deleting,
    async run(context) {
      const { manager, clock } = context;
      const key = await makeAnyKey(context);
      const poller = await manager.beginDeleteKey(key.name);
      const deleted = await poller.pollUntilDone();
      equal(poller.isDone(), true);
      deepEqual(poller.getResult(), deleted);
      deepEqual(
        [poller.getOperationState().status, poller.getOperationState().result],
        ['succeeded', deleted],
      );
      for (const seen of [deleted, await context.open().getDeletedKey(key.name)]) {
        equal(seen.recoveryId, `${manager.vaultUri}/deletedkeys/${key.name}`);
        deepEqual([seen.id, seen.keyType, seen.name], [key.managed.id, key.managed.keyType, key.name]);
        ok(Math.abs((seen.deletedOn?.getTime() ?? clock.now()) - clock.now()) < 600_000, 'deleted now');
        ok((seen.scheduledPurgeDate ?? clock.dateIn(1)) > clock.dateIn(0), 'not purged yet');
      }
    },
  },
  {
    id: 'delete/key/no-longer-there',
    title:
      'A deleted key is not found by reading, using, changing, rotating or deleting it, with any version',
    requires: deleting,
    async run(context) {
      const key = await makeAnyKey(context);
      await (await context.manager.beginDeleteKey(key.name)).pollUntilDone();
      for (const manager of [context.manager, context.open()]) {
        await refused(manager.getKey(key.name), 'ERR_KEY_NOT_FOUND');
        await refused(manager.getKey(key.name, { version: key.version }), 'ERR_KEY_NOT_FOUND');
        await refused(manager.getCryptographyClient(key.name), 'ERR_KEY_NOT_FOUND');
        await refused(manager.beginDeleteKey(key.name), 'ERR_KEY_NOT_FOUND');
      }
      const kept = await makeAnyKey(context);
      equal((await context.open().getKey(kept.name)).id, kept.managed.id, 'others are still there');
    },
  },
  {
    id: 'delete/client/stops',
    title: 'A client that was made before stops working when its key is deleted',
    requires: [...deleting, ...useOf('signData').requires],
    async run(context) {
      const used = await useOf('signData').prepare(context);
      await used.use();
      await (await context.open().beginDeleteKey(used.name)).pollUntilDone();
      await refused(used.use(), 'ERR_KEY_NOT_FOUND');
    },
  },
  {
    id: 'delete/name/held',
    title: 'The name of a deleted key cannot be created or imported again: ERR_KEY_DELETED',
    requires: deleting,
    async run(context) {
      const key = await makeAnyKey(context);
      await (await context.manager.beginDeleteKey(key.name)).pollUntilDone();
      await refused(makeAnyKey(context, { name: key.name }), 'ERR_KEY_DELETED');
      equal(
        (await context.open().getDeletedKey(key.name)).id,
        key.managed.id,
        'the deleted one is untouched',
      );
    },
  },
  {
    id: 'delete/name/held-for-import',
    title: 'The name of a deleted key cannot be imported again: ERR_KEY_DELETED',
    requires: [...deleting, { operation: 'importKey' }],
    async run(context) {
      const kind = anyKind(context, 'imported');
      const { name } = await makeKey(context, kind, { origin: 'imported' });
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      await refused(context.manager.importKey(name, await testKey(kind)), 'ERR_KEY_DELETED');
    },
  },
  {
    id: 'delete/lists/moves-between-them',
    title: 'A deleted key leaves the list of keys and appears in the list of deleted keys, page by page too',
    requires: [...deleting, { operation: 'listPropertiesOfKeys' }, { operation: 'listDeletedKeys' }],
    async run(context) {
      const kept = await makeAnyKey(context);
      const gone = [(await makeAnyKey(context)).name, (await makeAnyKey(context)).name].toSorted();
      for (const name of gone) await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      for (const manager of [context.manager, context.open()]) {
        deepEqual(
          (await mine(context, manager.listPropertiesOfKeys(), ({ name }) => name)).map(({ name }) => name),
          [kept.name],
        );
        const deleted = await mine(context, manager.listDeletedKeys(), nameOf);
        deepEqual(deleted.map(nameOf).toSorted(), gone);
        ok(deleted.every(({ recoveryId, name }) => recoveryId === `${manager.vaultUri}/deletedkeys/${name}`));
        const paged: string[] = [];
        for await (const page of manager.listDeletedKeys().byPage({ maxPageSize: 1 }))
          paged.push(...page.map(nameOf));
        deepEqual(paged.filter((name) => context.isMine(name)).toSorted(), gone);
      }
    },
  },
  {
    id: 'delete/key/not-found',
    title: 'Deleting a key that is not there, or reading a deleted key that is none, is ERR_KEY_NOT_FOUND',
    requires: deleting,
    async run(context) {
      const name = context.newName();
      await refused(context.manager.beginDeleteKey(name), 'ERR_KEY_NOT_FOUND');
      await refused(context.manager.getDeletedKey(name), 'ERR_KEY_NOT_FOUND');
      await makeAnyKey(context, { name });
      await refused(context.manager.getDeletedKey(name), 'ERR_KEY_NOT_FOUND');
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      equal((await context.manager.getDeletedKey(name)).name, name);
    },
  },
  {
    id: 'delete/poller/resumes',
    title: 'A poller goes on from its text, in another process, for the same operation only',
    requires: deleting,
    async run(context) {
      const key = await makeAnyKey(context);
      const text = (await context.manager.beginDeleteKey(key.name)).toString();
      const resumed = await context.open().beginDeleteKey(key.name, { resumeFrom: text });
      equal((await resumed.pollUntilDone()).id, key.managed.id);
      const other = await makeAnyKey(context);
      await refused(context.open().beginDeleteKey(other.name, { resumeFrom: text }), 'ERR_INVALID_ARGUMENT');
      await refused(
        context.open().beginDeleteKey(key.name, { resumeFrom: `${text}x` }),
        'ERR_INVALID_ARGUMENT',
      );
      equal((await context.open().getKey(other.name)).id, other.managed.id, 'nothing else was deleted');
    },
  },
];

const purging: readonly Case[] = [
  {
    id: 'purge/deleted-key/gone-for-ever',
    title: 'A purged key is neither a key nor a deleted key',
    requires: [...deleting, { operation: 'purgeDeletedKey' }, { operation: 'listDeletedKeys' }],
    async run(context) {
      const { name } = await makeAnyKey(context);
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      await context.manager.purgeDeletedKey(name);
      for (const manager of [context.manager, context.open()]) {
        await refused(manager.getKey(name), 'ERR_KEY_NOT_FOUND');
        await refused(manager.getDeletedKey(name), 'ERR_KEY_NOT_FOUND');
        await refused(manager.purgeDeletedKey(name), 'ERR_KEY_NOT_FOUND');
        deepEqual(await mine(context, manager.listDeletedKeys(), nameOf), []);
      }
    },
  },
  {
    id: 'purge/must-wait/says-from-when',
    title: 'Where only time destroys a deleted key, a purge is refused and says from when it is gone',
    requires: [...deleting, { trait: 'purge:waits' }],
    async run(context) {
      const { name } = await makeAnyKey(context);
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      const { scheduledPurgeDate } = await context.manager.getDeletedKey(name);
      ok(scheduledPurgeDate !== undefined, 'the vault tells when the key will be gone');
      const { earliest } = await refused(context.manager.purgeDeletedKey(name), 'ERR_UNSUPPORTED');
      equal(earliest?.getTime(), scheduledPurgeDate.getTime());
      await context.manager.getDeletedKey(name);
    },
  },
  {
    id: 'purge/live-key/refused',
    title: 'A live key cannot be purged',
    requires: [...deleting, { operation: 'purgeDeletedKey' }],
    async run(context) {
      const { name, managed } = await makeAnyKey(context);
      await refused(context.manager.purgeDeletedKey(name), 'ERR_KEY_NOT_FOUND');
      equal((await context.open().getKey(name)).id, managed.id);
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      await context.manager.purgeDeletedKey(name);
    },
  },
  {
    id: 'purge/name/free-again',
    title: 'The name of a purged key can be used again, and nothing of the old key comes back',
    requires: [
      anyCreated,
      createdWith('tags'),
      ...deleting,
      { operation: 'purgeDeletedKey' },
      { trait: 'nameReuse:free' },
    ],
    async run(context) {
      const old = await makeAnyKey(context, { origin: 'created', tags: { old: 'yes' } });
      await (await context.manager.beginDeleteKey(old.name)).pollUntilDone();
      await context.manager.purgeDeletedKey(old.name);
      const fresh = await makeAnyKey(context, { origin: 'created', name: old.name });
      deepEqual(fresh.managed.properties.tags, {});
      ok(fresh.version !== old.version, 'a version id never comes again');
      await refused(context.open().getKey(old.name, { version: old.version }), 'ERR_KEY_NOT_FOUND');
    },
  },
];

/** Deleting and purging. */
export const deletionCases: readonly Case[] = [...deletion, ...purging];
