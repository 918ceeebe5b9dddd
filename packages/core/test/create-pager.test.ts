import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPager } from '../src/create-pager.ts';
import type { PageQuery } from '../src/create-pager.ts';
import type { ListPage, PagedAsyncIterableIterator } from '../src/paging.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });

/** A vault whose list has these pages; tokens are their numbers. */
function vault<Item>(pages: readonly (readonly Item[])[], failures: Record<number, unknown> = {}) {
  const queries: PageQuery[] = [];
  async function fetch(query: PageQuery): Promise<ListPage<Item>> {
    queries.push(query);
    await Promise.resolve();
    const failure = failures[queries.length];
    if (failure !== undefined) throw failure;
    const number = Number(query.continuationToken ?? 0);
    const page: Item[] & { continuationToken?: string } = [...(pages[number] ?? [])];
    if (number + 1 < pages.length) page.continuationToken = String(number + 1);
    return page;
  }
  return { queries, fetch };
}

async function all<Item>(pager: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of pager) items.push(item);
  return items;
}

describe('for await over a pager', () => {
  it('gives all items in order, whatever the pages, empty ones among them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        async (pages) => {
          const { fetch, queries } = vault(pages);
          expect(await all(createPager(fetch, {}))).toEqual(pages.flat());
          expect(queries.map((query) => query.continuationToken)).toEqual(
            pages.map((_, i) => (i === 0 ? undefined : String(i))),
          );
        },
      ),
    );
  });

  it('asks for nothing before the first item, and for no page too early', async () => {
    const { fetch, queries } = vault([[1, 2], [3]]);
    const pager = createPager(fetch, { maxPageSize: 2 });
    expect(queries).toHaveLength(0);
    expect(await pager.next()).toEqual({ done: false, value: 1 });
    expect(await pager.next()).toEqual({ done: false, value: 2 });
    expect(queries).toEqual([{ maxPageSize: 2, continuationToken: undefined }]);
    expect(await pager.next()).toEqual({ done: false, value: 3 });
    expect(await pager.next()).toEqual({ done: true, value: undefined });
    expect(await pager.next()).toEqual({ done: true, value: undefined });
    expect(queries).toHaveLength(2);
  });

  it('stops asking after a break', async () => {
    const { fetch, queries } = vault([[1, 2], [3]]);
    const pager = createPager(fetch, {});
    for await (const item of pager) if (item === 1) break;
    expect(await pager.next()).toEqual({ done: true, value: undefined });
    expect(queries).toHaveLength(1);
  });

  it('gives overlapping calls one item each', async () => {
    const { fetch } = vault([[1], [], [2, 3], [4]]);
    const pager = createPager(fetch, {});
    const results = await Promise.all(Array.from({ length: 6 }, async () => await pager.next()));
    expect(results.map((result) => result.value)).toEqual([1, 2, 3, 4, undefined, undefined]);
  });

  it('does not look finished after an error: the next call asks for the same page again', async () => {
    const failure = new Error('passing');
    const { fetch, queries } = vault([[1], [2], [3]], { 2: failure });
    const pager = createPager(fetch, {});
    expect((await pager.next()).value).toBe(1);
    await expect(pager.next()).rejects.toBe(failure);
    expect((await pager.next()).value).toBe(2);
    expect((await pager.next()).value).toBe(3);
    expect(queries.map((query) => query.continuationToken)).toEqual([undefined, '1', '1', '2']);
  });

  it('does not go round in circles where a vault repeats a token', async () => {
    const fetch = (): Promise<ListPage<number>> =>
      Promise.resolve(Object.assign([], { continuationToken: 'same' }));
    await expect(all(createPager<number>(fetch, {}))).rejects.toMatchObject({ code: 'ERR_UNKNOWN' });
  });
});

describe('byPage', () => {
  it('shows every page with its token, and goes on from a token', async () => {
    const { fetch } = vault([[1, 2], [], [3]]);
    const pages = await all(createPager(fetch, {}).byPage());
    expect(pages.map((page) => [...page])).toEqual([[1, 2], [], [3]]);
    expect(pages.map((page) => page.continuationToken)).toEqual(['1', '2', undefined]);
    const rest = await all(createPager(fetch, {}).byPage({ continuationToken: '2' }));
    expect(rest.map((page) => [...page])).toEqual([[3]]);
  });

  it("takes its own page size, or else the list's", async () => {
    const { fetch, queries } = vault([[1]]);
    const pager = createPager(fetch, { maxPageSize: 7 });
    await all(pager.byPage({ maxPageSize: 1 }));
    await all(pager.byPage());
    await all(pager.byPage({ maxPageSize: undefined, continuationToken: undefined }));
    expect(queries.map((query) => query.maxPageSize)).toEqual([1, 7, 7]);
  });

  it('is independent of the items read so far, and can be left', async () => {
    const { fetch, queries } = vault([[1, 2], [3]]);
    const pager: PagedAsyncIterableIterator<number> = createPager(fetch, {});
    await pager.next();
    for await (const page of pager.byPage()) {
      expect([...page]).toEqual([1, 2]);
      break;
    }
    expect((await pager.next()).value).toBe(2);
    expect(queries).toHaveLength(2);
  });

  it('checks its settings at once', () => {
    const { fetch, queries } = vault([[1]]);
    const pager = createPager(fetch, {});
    for (const maxPageSize of [0, -1, 1.5, Number.NaN, Infinity]) {
      expect(() => pager.byPage({ maxPageSize })).toThrow(invalid);
      expect(() => createPager(fetch, { maxPageSize })).toThrow(invalid);
    }
    for (const settings of [{ maxPageSize: '1' }, { continuationToken: 1 }, { pageSize: 1 }, null, 1, []]) {
      expect(() => pager.byPage(settings as object)).toThrow(TypeError);
    }
    expect(queries).toHaveLength(0);
  });
});
