import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ManagedKey, UpdateKeyPropertiesOptions } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { kindOf, kindQuery } from '../key-kinds.ts';
import { anyCreated, createdWith, makeAnyKey, updatedWith } from '../make-any-key.ts';
import { makeKey } from '../make-key.ts';
import type { MadeKey } from '../make-key.ts';
import type { Requirement } from '../requires.ts';

const updating = (...members: readonly string[]): readonly Requirement[] => [
  anyCreated,
  { operation: 'updateKeyProperties' },
  ...members.flatMap((member) => [createdWith(member), updatedWith(member)]),
];

/** Changes a key and checks that exactly those properties changed, here and for somebody else. */
async function change(
  context: CaseContext,
  key: Pick<MadeKey, 'name' | 'version'>,
  changes: UpdateKeyPropertiesOptions,
): Promise<ManagedKey> {
  const { name, version } = key;
  const before = await context.manager.getKey(name, { version });
  const expected = { ...before.properties, ...withoutNull(changes) };
  const changed = await context.manager.updateKeyProperties(name, { version, ...changes });
  for (const seen of [
    changed,
    await context.manager.getKey(name, { version }),
    await context.open().getKey(name, { version }),
  ]) {
    const { updatedOn: _, ...properties } = seen.properties;
    const { updatedOn: __, ...wanted } = expected;
    deepEqual(properties, wanted, 'the properties given changed, and no others');
    deepEqual(
      [seen.key.x, seen.key.n, seen.keyType],
      [before.key.x, before.key.n, before.keyType],
      'the material stays',
    );
  }
  return changed;
}

function withoutNull(changes: UpdateKeyPropertiesOptions): object {
  return Object.fromEntries(Object.entries(changes).map(([member, value]) => [member, value ?? undefined]));
}

const members: readonly Case[] = [
  {
    id: 'update/enabled/changes',
    title: 'A version can be disabled and enabled again',
    requires: updating('enabled', 'tags'),
    async run(context) {
      const key = await makeAnyKey(context, { origin: 'created', tags: { stays: 'yes' } });
      await change(context, key, { enabled: false });
      await change(context, key, { enabled: true });
    },
  },
  {
    id: 'update/tags/replaced',
    title: 'Tags given replace all tags; an empty map takes them away',
    requires: updating('tags'),
    async run(context) {
      const key = await makeAnyKey(context, { origin: 'created', tags: { one: '1', two: '2' } });
      await change(context, key, { tags: { two: 'zwei', three: '3' } });
      await change(context, key, { tags: {} });
    },
  },
  {
    id: 'update/expires-on/set-moved-and-removed',
    title: 'expiresOn can be set, moved and, with null, taken away',
    requires: updating('expiresOn', 'tags'),
    async run(context) {
      const { clock } = context;
      const key = await makeAnyKey(context, { origin: 'created', tags: { stays: 'yes' } });
      await change(context, key, { expiresOn: clock.dateIn(500) });
      await change(context, key, { expiresOn: clock.dateIn(900) });
      await change(context, key, { expiresOn: null });
    },
  },
  {
    id: 'update/not-before/set-moved-and-removed',
    title: 'notBefore can be set, moved and, with null, taken away',
    requires: updating('notBefore', 'expiresOn'),
    async run(context) {
      const { clock } = context;
      const key = await makeAnyKey(context, { origin: 'created', expiresOn: clock.dateIn(5000) });
      await change(context, key, { notBefore: clock.dateIn(500) });
      await change(context, key, { notBefore: clock.dateIn(900) });
      await change(context, key, { notBefore: null });
    },
  },
  {
    id: 'update/key-operations/changes',
    title: 'The operations of a key can be narrowed and widened within its usage',
    requires: [
      kindQuery('createKey', kindOf('p-256')),
      { operation: 'updateKeyProperties' },
      updatedWith('keyOperations'),
    ],
    async run(context) {
      const key = await makeKey(context, kindOf('p-256'), { origin: 'created' });
      const changed = await change(context, key, { keyOperations: ['verify'] });
      deepEqual(changed.key.key_ops, ['verify']);
      await change(context, key, { keyOperations: ['sign', 'verify'] });
    },
  },
  {
    id: 'update/several/at-once',
    title: 'Several properties change together, and undefined changes nothing',
    requires: updating('enabled', 'tags', 'expiresOn', 'notBefore'),
    async run(context) {
      const { clock } = context;
      const key = await makeAnyKey(context, { origin: 'created', tags: { old: 'yes' } });
      const all = {
        enabled: false,
        tags: { new: 'yes' },
        expiresOn: clock.dateIn(90),
        notBefore: clock.dateIn(30),
      };
      const changed = await change(context, key, all);
      const same = await context.manager.updateKeyProperties(key.name, {
        enabled: undefined,
        tags: undefined,
        expiresOn: undefined,
      });
      deepEqual({ ...same.properties, updatedOn: 0 }, { ...changed.properties, updatedOn: 0 });
    },
  },
];

const rules: readonly Case[] = [
  {
    id: 'update/version/that-one-only',
    title: 'A change is of one version: the current one where none is named',
    requires: updating('tags'),
    async run(context) {
      const first = await makeAnyKey(context, { origin: 'created', tags: { version: '1' } });
      const second = await makeAnyKey(context, {
        origin: 'created',
        tags: { version: '2' },
        name: first.name,
      });
      const tagsOf = async (version: string): Promise<string | undefined> =>
        (await context.open().getKey(first.name, { version })).properties.tags['version'];
      const perKey = context.capabilities.state.enabled.scope === 'key';
      await context.manager.updateKeyProperties(first.name, { tags: { version: 'current' } });
      equal(await tagsOf(second.version), 'current');
      if (!perKey) equal(await tagsOf(first.version), '1');
      await context.manager.updateKeyProperties(first.name, {
        version: first.version,
        tags: { version: 'older' },
      });
      equal(await tagsOf(first.version), 'older');
      if (!perKey) equal(await tagsOf(second.version), 'current');
    },
  },
  {
    id: 'update/dates/reversed-refused',
    title: 'A change that would reverse the dates is refused, also against a date that stands already',
    requires: updating('expiresOn', 'notBefore'),
    async run(context) {
      const { clock, manager } = context;
      const { name, managed } = await makeAnyKey(context, {
        origin: 'created',
        expiresOn: clock.dateIn(100),
      });
      await refused(
        manager.updateKeyProperties(name, { notBefore: clock.dateIn(200) }),
        'ERR_INVALID_ARGUMENT',
      );
      deepEqual((await context.open().getKey(name)).properties, managed.properties);
      await manager.updateKeyProperties(name, { notBefore: clock.dateIn(200), expiresOn: null });
    },
  },
  {
    id: 'update/key/not-found',
    title: 'Changing a key or version that is not there is ERR_KEY_NOT_FOUND',
    requires: updating('enabled'),
    async run(context) {
      const { manager } = context;
      await refused(manager.updateKeyProperties(context.newName(), { enabled: false }), 'ERR_KEY_NOT_FOUND');
      const { name } = await makeAnyKey(context);
      const changes = { version: 'none', enabled: false };
      await refused(manager.updateKeyProperties(name, changes), 'ERR_KEY_NOT_FOUND');
      equal((await manager.updateKeyProperties(name, { enabled: false })).properties.enabled, false);
    },
  },
  {
    id: 'update/updated-on/moves',
    title: 'updatedOn tells of a change, createdOn stays',
    requires: updating('tags'),
    async run(context) {
      const { name, managed } = await makeAnyKey(context, { origin: 'created', tags: { state: 'old' } });
      context.clock.advance(5000);
      const changed = await context.manager.updateKeyProperties(name, { tags: { state: 'new' } });
      deepEqual(changed.properties.createdOn, managed.properties.createdOn);
      const { updatedOn } = (await context.open().getKey(name)).properties;
      const before = managed.properties.updatedOn ?? managed.properties.createdOn;
      ok(updatedOn === undefined || before === undefined || updatedOn >= before, 'it does not go back');
      if (updatedOn !== undefined && context.capabilities.state.enabled.enforcement === 'library') {
        ok(before === undefined || updatedOn > before, 'it moves with the clock');
      }
    },
  },
];

/** Changing the properties of a version, and of no other. */
export const updateCases: readonly Case[] = [...members, ...rules];
