import { deepEqual, equal, ok } from 'node:assert/strict';
import type { KeyProperties, PagedAsyncIterableIterator } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import type { Case } from '../case.ts';
import { refused } from '../expect.ts';
import { anyCreated, anyKey, createdWith, makeAnyKey } from '../make-any-key.ts';
import type { Requirement } from '../requires.ts';

const listing: readonly Requirement[] = [anyKey, { operation: 'listPropertiesOfKeys' }];
const versionListing: readonly Requirement[] = [anyCreated, { operation: 'listPropertiesOfKeyVersions' }];

/** Those of a list that belong to the case: others may be in the vault. */
export async function mine<Item>(
  context: CaseContext,
  list: AsyncIterable<Item>,
  nameOf: (item: Item) => string,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) if (context.isMine(nameOf(item))) items.push(item);
  return items;
}

const nameOf = ({ name }: KeyProperties): string => name;

async function several(context: CaseContext, count: number): Promise<readonly string[]> {
  const made: string[] = [];
  for (let index = 0; index < count; index++) made.push((await makeAnyKey(context)).name);
  return made.toSorted();
}

async function readPages(
  list: PagedAsyncIterableIterator<KeyProperties>,
  maxPageSize: number,
): Promise<{ items: KeyProperties[]; tokens: string[]; first: number }> {
  const items: KeyProperties[] = [];
  const tokens: string[] = [];
  let first: number | undefined;
  for await (const page of list.byPage({ maxPageSize })) {
    ok(page.length <= maxPageSize, 'no page is longer than asked for');
    first ??= page.length;
    items.push(...page);
    if (page.continuationToken !== undefined) tokens.push(page.continuationToken);
  }
  return { items, tokens, first: first ?? 0 };
}

const keys: readonly Case[] = [
  {
    id: 'list/keys/each-once',
    title: 'Listing shows every live key once, by its current version',
    requires: listing,
    async run(context) {
      const made = await several(context, 3);
      const [first = ''] = made;
      const newer = await makeAnyKey(context, { name: first });
      for (const manager of [context.manager, context.open()]) {
        const listed = await mine(context, manager.listPropertiesOfKeys(), nameOf);
        deepEqual(listed.map(nameOf).toSorted(), made);
        const own = listed.find(({ name }) => name === first);
        ok(
          own?.version === undefined || own.version === newer.version,
          'the current version, where it names one',
        );
        equal(own?.vaultUri, manager.vaultUri);
        equal(own?.ownership, 'own');
      }
    },
  },
  {
    id: 'list/keys/pages-hold-all',
    title: 'Page by page nothing is left out or shown twice, whatever the size of the page',
    requires: listing,
    async run(context) {
      const made = await several(context, 5);
      for (const size of [1, 2, 5]) {
        const { items } = await readPages(context.open().listPropertiesOfKeys(), size);
        deepEqual(
          items
            .map(nameOf)
            .filter((name) => context.isMine(name))
            .toSorted(),
          made,
          `pages of ${size}`,
        );
      }
      const hinted = await mine(context, context.open().listPropertiesOfKeys({ maxPageSize: 2 }), nameOf);
      deepEqual(hinted.map(nameOf).toSorted(), made);
    },
  },
  {
    id: 'list/keys/token-goes-on',
    title: 'A continuation token goes on after its page, also in another process',
    requires: listing,
    async run(context) {
      await several(context, 3);
      const whole = await readPages(context.manager.listPropertiesOfKeys(), 1);
      const [token] = whole.tokens;
      ok(token !== undefined, 'the first page has a token');
      const rest: string[] = [];
      const pages = context
        .open()
        .listPropertiesOfKeys()
        .byPage({ maxPageSize: 1, continuationToken: token });
      for await (const page of pages) rest.push(...page.map(nameOf));
      deepEqual(
        rest.filter((name) => context.isMine(name)),
        whole.items
          .slice(whole.first)
          .map(nameOf)
          .filter((name) => context.isMine(name)),
      );
    },
  },
  {
    id: 'list/keys/foreign-token-refused',
    title: 'A token that is damaged or of another list is refused',
    requires: [...listing, { operation: 'listPropertiesOfKeyVersions' }],
    async run(context) {
      const [name = ''] = await several(context, 2);
      const { manager } = context;
      const { tokens } = await readPages(manager.listPropertiesOfKeys(), 1);
      const [token = ''] = tokens;
      for (const wrong of ['x', `${token}x`, token.slice(1), '']) {
        const first = async (): Promise<unknown> =>
          manager.listPropertiesOfKeys().byPage({ continuationToken: wrong }).next();
        await refused(first(), 'ERR_INVALID_ARGUMENT');
      }
      const versions = manager.listPropertiesOfKeyVersions(name).byPage({ continuationToken: token });
      await refused(versions.next(), 'ERR_INVALID_ARGUMENT');
      const good = manager.listPropertiesOfKeys().byPage({ continuationToken: token });
      equal((await good.next()).done, false);
    },
  },
  {
    id: 'list/keys/page-size-checked',
    title: 'A page size below one or not whole is refused; one above the limit is cut to it',
    requires: listing,
    async run(context) {
      const made = await several(context, 1);
      for (const maxPageSize of [0, -1, 1.5]) {
        const first = async (): Promise<unknown> =>
          context.manager.listPropertiesOfKeys().byPage({ maxPageSize }).next();
        await refused(first(), 'ERR_INVALID_ARGUMENT');
      }
      const large = context.manager.listPropertiesOfKeys({ maxPageSize: 1_000_000 });
      deepEqual((await mine(context, large, nameOf)).map(nameOf), made);
    },
  },
  {
    id: 'list/keys/as-read',
    title: 'What a list says of a key agrees with what reading it says',
    requires: [...listing, createdWith('tags'), createdWith('expiresOn')],
    async run(context) {
      const { clock } = context;
      const { name } = await makeAnyKey(context, { tags: { list: 'yes' }, expiresOn: clock.dateIn(600) });
      const read = (await context.open().getKey(name)).properties;
      const [listed] = await mine(context, context.open().listPropertiesOfKeys(), nameOf);
      for (const [member, value] of Object.entries(listed ?? {})) {
        const leftOut =
          value === undefined || (member === 'tags' && Object.keys(value as object).length === 0);
        if (!leftOut && member !== 'id')
          deepEqual(value, read[member as keyof KeyProperties], `${member} agrees`);
      }
    },
  },
];

const versions: readonly Case[] = [
  {
    id: 'list/versions/all-of-them',
    title: 'Listing the versions of a key shows each once, and none of another key',
    requires: versionListing,
    async run(context) {
      const { name, version } = await makeAnyKey(context, { origin: 'created' });
      await makeAnyKey(context);
      const made = [version];
      for (let count = 0; count < 3; count++)
        made.push((await makeAnyKey(context, { origin: 'created', name })).version);
      for (const size of [1, 3, 100]) {
        const { items } = await readPages(context.open().listPropertiesOfKeyVersions(name), size);
        deepEqual(items.map((item) => item.version ?? '').toSorted(), made.toSorted(), `pages of ${size}`);
        ok(
          items.every(
            (item) => item.name === name && item.id.endsWith(`/keys/${name}/${item.version ?? ''}`),
          ),
        );
      }
    },
  },
  {
    id: 'list/versions/of-no-key',
    title: 'Listing the versions of a key that is not there is ERR_KEY_NOT_FOUND',
    requires: versionListing,
    async run(context) {
      const list = context.manager.listPropertiesOfKeyVersions(context.newName());
      await refused(list.next(), 'ERR_KEY_NOT_FOUND');
      const { name } = await makeAnyKey(context);
      equal((await context.manager.listPropertiesOfKeyVersions(name).next()).done, false);
    },
  },
];

/** Lists, their pages and their tokens. */
export const listCases: readonly Case[] = [...keys, ...versions];
