import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { changed } from '../encrypt-with.ts';
import { refused } from '../expect.ts';
import { anyCreated, anyKey, createdWith, makeAnyKey } from '../make-any-key.ts';
import type { MakeKeyOptions } from '../make-key.ts';
import type { Requirement } from '../requires.ts';
import { useOf } from '../use-key.ts';

const backing: readonly Requirement[] = [
  anyKey,
  { operation: 'backupKey' },
  { operation: 'restoreKeyBackup' },
  { operation: 'beginDeleteKey' },
  { operation: 'purgeDeletedKey' },
];

/** The options that make a key that can be backed up in this vault. */
function backedUp(context: CaseContext): MakeKeyOptions {
  return context.capabilities.backup === 'asked' ? { backup: true } : {};
}

async function remove(context: CaseContext, name: string): Promise<void> {
  await (await context.manager.beginDeleteKey(name)).pollUntilDone();
  await context.manager.purgeDeletedKey(name);
}

const restored: readonly Case[] = [
  {
    id: 'backup/versions/all-restored',
    title: 'A backup brings back every version with its id and properties, and the current one',
    requires: [anyCreated, ...backing, ...['tags', 'enabled', 'expiresOn'].map(createdWith)],
    async run(context) {
      const { manager, clock } = context;
      const options = { ...backedUp(context), origin: 'created' } as const;
      const first = await makeAnyKey(context, {
        ...options,
        tags: { version: '1' },
        expiresOn: clock.dateIn(900),
      });
      const { name } = first;
      const second = await makeAnyKey(context, { ...options, name, enabled: false });
      const third = await makeAnyKey(context, { ...options, name, tags: { version: '3' } });
      const backup = await manager.backupKey(name);
      await remove(context, name);
      equal((await manager.restoreKeyBackup(backup)).id, third.managed.id);
      for (const reader of [manager, context.open()]) {
        deepEqual((await reader.getKey(name)).properties.version, third.version);
        for (const { version, managed } of [first, second, third]) {
          const { updatedOn: _, ...properties } = (await reader.getKey(name, { version })).properties;
          const { updatedOn: __, ...before } = managed.properties;
          deepEqual(properties, before);
        }
      }
    },
  },
  {
    id: 'backup/material/restored',
    title: 'A restored key has the same material: what it signed before verifies, here and at the vault',
    requires: [...backing, ...useOf('verifyData').requires],
    async run(context) {
      const used = await useOf('verifyData').prepare(
        context,
        backedUp(context).backup === true ? { backup: true } : {},
      );
      const backup = await context.manager.backupKey(used.name);
      await remove(context, used.name);
      await context.manager.restoreKeyBackup(backup);
      for (const execution of used.executions) await used.useThrough(context.open(), execution);
    },
  },
  {
    id: 'backup/policy/restored',
    title: 'A restored key has its rotation policy again, where the vault says so',
    requires: [...backing, { operation: 'updateKeyRotationPolicy' }, { trait: 'restores:policy' }],
    async run(context) {
      const { manager } = context;
      const { name } = await makeAnyKey(context, backedUp(context));
      const policy = {
        expiresIn: 'P90D',
        lifetimeActions: [{ action: 'notify', timeBeforeExpiry: 'P30D' }],
      } as const;
      await manager.updateKeyRotationPolicy(name, policy);
      const backup = await manager.backupKey(name);
      await remove(context, name);
      await manager.restoreKeyBackup(backup);
      const { expiresIn, lifetimeActions } = await context.open().getKeyRotationPolicy(name);
      deepEqual({ expiresIn, lifetimeActions }, policy);
    },
  },
];

const refusals: readonly Case[] = [
  {
    id: 'backup/live-name/refused',
    title: 'A backup is not restored onto a live key: ERR_KEY_EXISTS, and nothing changes',
    requires: backing,
    async run(context) {
      const { name, managed } = await makeAnyKey(context, backedUp(context));
      const backup = await context.manager.backupKey(name);
      await refused(context.manager.restoreKeyBackup(backup), 'ERR_KEY_EXISTS');
      deepEqual(await context.open().getKey(name), managed);
    },
  },
  {
    id: 'backup/deleted-name/refused',
    title: 'A backup is not restored onto a deleted key: ERR_KEY_DELETED',
    requires: [...backing, { operation: 'getDeletedKey' }],
    async run(context) {
      const { name, managed } = await makeAnyKey(context, backedUp(context));
      const backup = await context.manager.backupKey(name);
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      await refused(context.manager.restoreKeyBackup(backup), 'ERR_KEY_DELETED');
      equal((await context.open().getDeletedKey(name)).id, managed.id);
      await context.manager.purgeDeletedKey(name);
      await context.manager.restoreKeyBackup(backup);
    },
  },
  {
    id: 'backup/damaged/refused',
    title: 'A backup with one bit changed, cut short or made longer is ERR_INTEGRITY, and makes nothing',
    requires: backing,
    async run(context) {
      const { name } = await makeAnyKey(context, backedUp(context));
      const backup = await context.manager.backupKey(name);
      await remove(context, name);
      const longer = new Uint8Array(backup.length + 1);
      longer.set(backup);
      const places = [0, 1, 9, 20, backup.length >> 1, backup.length - 17, backup.length - 1];
      const damaged = [
        ...places.map((at) => changed(backup, at)),
        backup.subarray(0, backup.length - 1),
        longer,
      ];
      for (const octets of damaged) await refused(context.manager.restoreKeyBackup(octets), 'ERR_INTEGRITY');
      await refused(context.open().getKey(name), 'ERR_KEY_NOT_FOUND');
      await context.manager.restoreKeyBackup(backup);
    },
  },
  {
    id: 'backup/nonsense/refused',
    title: 'Octets that are no backup are refused; no octets at all before the vault',
    requires: backing,
    async run(context) {
      const { manager } = context;
      context.calls.clear();
      await refused(manager.restoreKeyBackup(new Uint8Array(0)), 'ERR_INVALID_ARGUMENT');
      equal(context.calls.count(), 0, 'refused before any request');
      await refused(
        manager.restoreKeyBackup(new Uint8Array(500).fill(7)),
        'ERR_INTEGRITY',
        'ERR_INVALID_ARGUMENT',
      );
      const { name } = await makeAnyKey(context, backedUp(context));
      ok((await manager.backupKey(name)).length > 0);
    },
  },
  {
    id: 'backup/key/not-found',
    title: 'Backing up a key that is not there, or deleted, is ERR_KEY_NOT_FOUND',
    requires: backing,
    async run(context) {
      const name = context.newName();
      await refused(context.manager.backupKey(name), 'ERR_KEY_NOT_FOUND');
      await makeAnyKey(context, { name, ...backedUp(context) });
      await context.manager.backupKey(name);
      await (await context.manager.beginDeleteKey(name)).pollUntilDone();
      await refused(context.open().backupKey(name), 'ERR_KEY_NOT_FOUND');
    },
  },
  {
    id: 'backup/secret/not-in-it',
    title: 'A backup is sealed: neither the key nor its tags stand in it, and two backups differ',
    requires: [
      ...backing,
      { operation: 'importKey', keyType: 'oct', size: 256 },
      { trait: 'member:importKey.tags' },
    ],
    async run(context) {
      const k = Buffer.alloc(32, 'canary-octets-');
      const name = context.newName();
      const jwk = { kty: 'oct', k: k.toString('base64url') };
      await context.manager.importKey(name, jwk, {
        tags: { marker: 'canary-in-a-tag' },
        backup: backedUp(context).backup,
      });
      const backup = Buffer.from(await context.manager.backupKey(name));
      for (const form of [k, k.toString('base64'), k.toString('base64url'), k.toString('hex')]) {
        equal(backup.includes(form), false, 'the key does not stand in its backup');
      }
      notDeepEqual(Buffer.from(await context.manager.backupKey(name)), backup);
    },
  },
];

/** Backing up and restoring. */
export const backupCases: readonly Case[] = [...restored, ...refusals];
