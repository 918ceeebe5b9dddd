import { checkOptions, checkText } from './arguments.ts';
import { invalidArgument, KeyManagerError } from './errors.ts';
import type { ListPage, PagedAsyncIterableIterator, PageSettings } from './paging.ts';

/** Asks for one page. */
export interface PageQuery {
  readonly maxPageSize: number | undefined;
  /** Absent for the first page. */
  readonly continuationToken: string | undefined;
}

/** Reads one page. */
export type FetchPage<Item> = (query: PageQuery) => Promise<ListPage<Item>>;

type Iterated<Value> = Promise<IteratorResult<Value, undefined>>;

const finished: IteratorResult<never, undefined> = { done: true, value: undefined };

function checkPageSize(size: unknown): number | undefined {
  if (size === undefined) return undefined;
  if (typeof size !== 'number') throw new TypeError('maxPageSize must be a number');
  if (!Number.isSafeInteger(size) || size < 1)
    throw invalidArgument('maxPageSize must be a whole number of at least 1');
  return size;
}

function checkPageSettings(settings: PageSettings): PageQuery {
  checkOptions(settings, ['maxPageSize', 'continuationToken'], 'settings');
  const { maxPageSize, continuationToken } = settings;
  if (continuationToken !== undefined) checkText(continuationToken, 'continuationToken');
  return { maxPageSize: checkPageSize(maxPageSize), continuationToken };
}

/**
 * Makes calls wait for one another, so that two `next()` at once give two values. A failed one stops no later
 * one.
 */
function inTurn<Value>(step: () => Promise<Value>): () => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const turn = last.then(step, step);
    last = turn;
    return turn;
  };
}

function iteratePages<Item>(
  fetch: FetchPage<Item>,
  start: PageQuery,
): AsyncIterableIterator<ListPage<Item>, undefined> {
  let query: PageQuery | undefined = start;
  let closed = false;
  const next = inTurn(async (): Iterated<ListPage<Item>> => {
    if (closed || query === undefined) return finished;
    const asked: PageQuery = query;
    const page = await fetch(asked);
    const { continuationToken } = page;
    if (continuationToken !== undefined && continuationToken === asked.continuationToken) {
      throw new KeyManagerError('ERR_UNKNOWN', 'The vault gave the same page twice');
    }
    // Only now: after a failed request the next call asks for the same page again.
    query = continuationToken === undefined ? undefined : { ...asked, continuationToken };
    return { done: false, value: page };
  });
  return {
    next,
    return(): Iterated<ListPage<Item>> {
      closed = true;
      return Promise.resolve(finished);
    },
    [Symbol.asyncIterator](): AsyncIterableIterator<ListPage<Item>, undefined> {
      return this;
    },
  };
}

/**
 * Makes a list out of a function that reads one page.
 *
 * Nothing is read before the first item or page is asked for, and no page before it is needed. Items come in
 * the vault's order; empty pages are passed over item by item and shown by `byPage`. Calls of `next()` may
 * overlap. After an error `next()` asks again: a failed list never looks like one that has ended.
 *
 * @throws TypeError for settings that are no settings; ERR_INVALID_ARGUMENT for a page size below 1.
 */
export function createPager<Item>(
  fetch: FetchPage<Item>,
  defaults: { readonly maxPageSize?: number | undefined },
): PagedAsyncIterableIterator<Item> {
  const maxPageSize = checkPageSize(defaults.maxPageSize);
  const pages = iteratePages(fetch, { maxPageSize, continuationToken: undefined });
  let page: readonly Item[] = [];
  let position = 0;
  const next = inTurn(async (): Iterated<Item> => {
    while (position >= page.length) {
      const following = await pages.next();
      if (following.done === true) return finished;
      page = following.value;
      position = 0;
    }
    return { done: false, value: page[position++] as Item };
  });
  return {
    next,
    async return(): Iterated<Item> {
      await pages.return?.();
      page = [];
      return finished;
    },
    [Symbol.asyncIterator](): PagedAsyncIterableIterator<Item> {
      return this;
    },
    byPage(settings: PageSettings = {}): AsyncIterableIterator<ListPage<Item>, undefined> {
      const query = checkPageSettings(settings);
      return iteratePages(fetch, { ...query, maxPageSize: query.maxPageSize ?? maxPageSize });
    },
  };
}
