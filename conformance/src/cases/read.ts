import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Case } from '../case.ts';
import { misuse, refused } from '../expect.ts';
import { anyCreated, anyKey, makeAnyKey } from '../make-any-key.ts';

const names = {
  good: ['0', 'a', 'a-b', '0-9', `a${'b'.repeat(61)}c`],
  bad: ['', '-a', 'a-', 'A', 'a_b', 'ä', 'a/b', 'a.b', 'a'.repeat(64)],
};

/** Reading keys, and what identifies them. */
export const readCases: readonly Case[] = [
  {
    id: 'read/key/not-found',
    title: 'A name that no key has is ERR_KEY_NOT_FOUND, and the error names provider, operation and key',
    requires: [anyKey],
    async run(context) {
      const name = context.newName();
      const error = await refused(context.manager.getKey(name), 'ERR_KEY_NOT_FOUND');
      deepEqual(
        [error.provider, error.operation, error.retryable],
        [context.driver.provider, 'getKey', false],
      );
      ok(error.keyId?.includes(name), 'the error names the key');
      await makeAnyKey(context, { name });
      equal((await context.manager.getKey(name)).name, name);
    },
  },
  {
    id: 'read/version/not-found',
    title: 'A version that a key does not have is ERR_KEY_NOT_FOUND, even if another key has it',
    requires: [anyKey],
    async run(context) {
      const key = await makeAnyKey(context);
      const other = await makeAnyKey(context);
      const reader = context.open();
      await refused(reader.getKey(key.name, { version: 'none' }), 'ERR_KEY_NOT_FOUND');
      if (other.version !== key.version) {
        await refused(reader.getKey(key.name, { version: other.version }), 'ERR_KEY_NOT_FOUND');
      }
      await refused(reader.getCryptographyClient(key.name, { version: 'none' }), 'ERR_KEY_NOT_FOUND');
      deepEqual(await reader.getKey(key.name, { version: key.version }), key.managed);
    },
  },
  {
    id: 'read/identity/stable-and-portable',
    title:
      'The identity of the vault is a URI without secrets, the same for every opening, and prefixes every id',
    requires: [anyKey],
    async run(context) {
      const { manager } = context;
      match(manager.vaultUri, /^[a-z][a-z0-9+.-]*:[^\s?#@]+$/);
      equal(context.open().vaultUri, manager.vaultUri);
      const { managed, version } = await makeAnyKey(context);
      equal(managed.id, `${manager.vaultUri}/keys/${managed.name}/${version}`);
      equal((await context.open().getKey(managed.name)).id, managed.id);
      ok((managed.properties.sourceId ?? '') !== '', "the vendor's own name is there too");
    },
  },
  {
    id: 'read/versions/order-by-creation',
    title: 'Of versions made in the same second the last one made is current',
    requires: [anyCreated],
    async run(context) {
      const { name } = await makeAnyKey(context, { origin: 'created' });
      for (let count = 0; count < 4; count++) {
        const made = await makeAnyKey(context, { origin: 'created', name });
        equal((await context.open().getKey(name)).properties.version, made.version);
      }
    },
  },
  {
    id: 'read/versions/current-even-if-disabled',
    title: 'The current version is the last one made, enabled or not; an older one is never fallen back to',
    requires: [
      anyCreated,
      { operation: 'updateKeyProperties' },
      { trait: 'member:updateKeyProperties.enabled' },
    ],
    async run(context) {
      const first = await makeAnyKey(context, { origin: 'created' });
      const second = await makeAnyKey(context, { origin: 'created', name: first.name });
      await context.manager.updateKeyProperties(first.name, { enabled: false });
      const read = await context.open().getKey(first.name);
      deepEqual([read.properties.version, read.properties.enabled], [second.version, false]);
      const perKey = context.capabilities.state.enabled.scope === 'key';
      const older = (await context.open().getKey(first.name, { version: first.version })).properties.enabled;
      equal(older, !perKey, 'the older version is as it was, unless the key has one state for all');
    },
  },
  {
    id: 'names/portable/accepted',
    title: 'Every portable name is accepted, up to 63 characters',
    requires: [anyKey],
    async run(context) {
      const base = context.newName();
      const longest = `${base}-${'x'.repeat(62 - base.length)}`;
      ok(names.good.every((name) => /^[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?$/.test(name)));
      equal(longest.length, 63);
      await context.useName(longest, async () => {
        const made = await makeAnyKey(context, { name: longest });
        equal((await context.open().getKey(longest)).id, made.managed.id);
      });
    },
  },
  {
    id: 'names/others/refused',
    title: 'Every other name is refused before the vault; what is no text is a TypeError',
    requires: [anyKey],
    async run(context) {
      context.calls.clear();
      for (const name of names.bad) await refused(context.manager.getKey(name), 'ERR_INVALID_ARGUMENT');
      await misuse(() => context.manager.getKey(7 as never));
      equal(context.calls.count(), 0, 'refused before any request');
      await makeAnyKey(context);
    },
  },
  {
    id: 'tags/malformed/refused',
    title: 'Eleven tags, long values and keys of other characters are refused before the vault',
    requires: [anyCreated],
    async run(context) {
      context.calls.clear();
      const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`tag${index}`, 'x']));
      const wrong: readonly Record<string, unknown>[] = [
        eleven,
        { Upper: 'x' },
        { '1digit': 'x' },
        { ['k'.repeat(64)]: 'x' },
        { long: 'x'.repeat(64) },
        { number: 7 },
      ];
      for (const tags of wrong) {
        const running = makeAnyKey(context, { origin: 'created', tags: tags as Record<string, string> });
        await refused(running, 'ERR_INVALID_ARGUMENT');
      }
      equal(context.calls.count(), 0, 'refused before any request');
      await makeAnyKey(context, { origin: 'created' });
    },
  },
];
