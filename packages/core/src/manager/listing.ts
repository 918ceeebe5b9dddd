import { checkSignal } from '../arguments.ts';
import type { FetchPage } from '../create-pager.ts';
import type { Page, PageRequest } from '../key-driver.ts';
import type { ListOptions } from '../key-manager.ts';
import type { DeletedKey, KeyProperties } from '../models.ts';
import type { Operation } from '../operations.ts';
import { formatPageToken, parsePageToken } from '../page-token.ts';
import type { ListPage } from '../paging.ts';
import { checkDeletedSummaries, checkSummaries } from './check-answer.ts';
import { addressOf, notFound } from './context.ts';
import type { ManagerContext } from './context.ts';
import { toDeletedKey, toProperties } from './to-models.ts';

type ListOperation = Extract<Operation, `list${string}`>;

/** One kind of list: how a page is asked for, and what becomes of its items. */
interface ListSource<Item> {
  readonly operation: ListOperation;
  /** Tells this list from the vault's others; page tokens are bound to it. */
  readonly list: string;
  readonly keyId: string | undefined;
  fetch(request: PageRequest, signal: AbortSignal | undefined): Promise<Page<Item>>;
}

/** Where the pages of the lists come from. */
export interface Listing {
  readonly keyPages: (options: ListOptions) => FetchPage<KeyProperties>;
  readonly versionPages: (name: string, options: ListOptions) => FetchPage<KeyProperties>;
  readonly deletedKeyPages: (options: ListOptions) => FetchPage<DeletedKey>;
}

/** The lists. */
export function listing(context: ManagerContext): Listing {
  return {
    keyPages: (options) => pagesOf(context, options, liveKeys(context)),
    versionPages: (name, options) => pagesOf(context, options, versions(context, name)),
    deletedKeyPages: (options) => pagesOf(context, options, deletedKeys(context)),
  };
}

function pagesOf<Item>(
  context: ManagerContext,
  options: ListOptions,
  source: ListSource<Item>,
): FetchPage<Item> {
  const { engine, vaultUri } = context;
  const scope = { vaultUri, list: source.list };
  return ({ maxPageSize, continuationToken }) =>
    engine.perform(source.operation, source.keyId, undefined, async (): Promise<ListPage<Item>> => {
      const signal = checkSignal(options.signal);
      engine.require({ operation: source.operation });
      const next = continuationToken === undefined ? {} : { next: parsePageToken(scope, continuationToken) };
      const limit = engine.capabilities.limits.maxPageSize;
      const page = await source.fetch(
        { maxPageSize: Math.min(maxPageSize ?? limit, limit), ...next },
        signal,
      );
      const items = [...page.items];
      return page.next === undefined
        ? items
        : Object.assign(items, { continuationToken: formatPageToken(scope, page.next) });
    });
}

function liveKeys(context: ManagerContext): ListSource<KeyProperties> {
  const { engine, changes, vaultUri } = context;
  const operation = 'listPropertiesOfKeys';
  const shown = new Set<string>();
  let whole = false;
  return {
    operation,
    list: 'keys',
    keyId: undefined,
    fetch: async (request, signal) => {
      const at = { operation, step: 'list', keyId: undefined } as const;
      const page = checkSummaries(await engine.invoke(at, engine.driver.keys.list, request, { signal }));
      whole ||= request.next === undefined;
      for (const item of page.items) shown.add(item.name);
      const items = page.items
        .filter((item) => !changes.isRemoved(item.name))
        .map((item) => changes.lay(item));
      const late = whole && page.next === undefined ? changes.missing(shown) : [];
      return { items: [...items, ...late].map((item) => toProperties(vaultUri, item)), next: page.next };
    },
  };
}

function versions(context: ManagerContext, name: string): ListSource<KeyProperties> {
  const { engine, changes, vaultUri } = context;
  const operation = 'listPropertiesOfKeyVersions';
  const address = addressOf(context, name);
  return {
    operation,
    list: `versions/${address.name}`,
    keyId: address.keyId,
    fetch: async (request, signal) => {
      if (changes.isRemoved(address.name)) throw notFound(address.keyId, true);
      const at = { operation, step: 'versions', keyId: address.keyId } as const;
      const asked = { ...request, name: address.name };
      const page = checkSummaries(await engine.invoke(at, engine.driver.keys.versions, asked, { signal }));
      return { items: page.items.map((item) => toProperties(vaultUri, changes.lay(item))), next: page.next };
    },
  };
}

function deletedKeys(context: ManagerContext): ListSource<DeletedKey> {
  const { engine, changes, vaultUri } = context;
  const operation = 'listDeletedKeys';
  return {
    operation,
    list: 'deletedkeys',
    keyId: undefined,
    fetch: async (request, signal) => {
      const at = { operation, step: 'listDeleted', keyId: undefined } as const;
      const answer = await engine.invoke(at, engine.driver.deletion.listDeleted, request, { signal });
      const page = checkDeletedSummaries(answer);
      const items = page.items.filter((item) => !changes.isNoLongerDeleted(item.key.name));
      return { items: items.map((item) => toDeletedKey(vaultUri, item)), next: page.next };
    },
  };
}
