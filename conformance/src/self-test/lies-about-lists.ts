import type { KeySummary } from '@keyway/core/driver';
import { lying, methodLie } from './lie.ts';
import type { Lie } from './lie.ts';

/** Listing wrongly. */
export const listLies: readonly Lie[] = [
  methodLie('truncates-a-page', {
    keys: {
      list: (honest) => async (request, call) => {
        const page = await honest(request, call);
        return page.items.length > 1 ? { ...page, items: page.items.slice(0, -1) } : page;
      },
    },
  }),
  methodLie('repeats-an-item-at-the-seam', () => {
    let last: KeySummary | undefined;
    return {
      keys: {
        list: (honest) => async (request, call) => {
          const page = await honest(request, call);
          const again = request.next !== undefined && last !== undefined && request.maxPageSize > 1;
          const items =
            again && last !== undefined
              ? [last, ...page.items.slice(0, request.maxPageSize - 1)]
              : page.items;
          last = page.items.at(-1);
          return { ...page, items };
        },
      },
    };
  }),
  {
    id: 'lists-a-deleted-key',
    driver: (honest) => {
      const deleted = new Map<string, KeySummary>();
      return lying(honest, {
        keys: {
          list: (list) => async (request, call) => {
            const page = await list(request, call);
            return page.next === undefined
              ? {
                  ...page,
                  items: [...page.items, ...[...deleted.values()].toReversed()].slice(0, request.maxPageSize),
                }
              : page;
          },
        },
        deletion: {
          delete: (remove) => async (request, call) => {
            const answer = await remove(request, call);
            if (answer !== undefined) deleted.set(request.name, answer.key);
            return answer;
          },
          purge: (purge) => async (request, call) => {
            await purge(request, call);
            deleted.delete(request.name);
          },
        },
      });
    },
  },
  methodLie('leaves-out-the-oldest-version', {
    keys: {
      versions: (honest) => async (request, call) => {
        const page = await honest(request, call);
        return request.next === undefined && page.items.length > 1
          ? { ...page, items: page.items.slice(1) }
          : page;
      },
    },
  }),
  methodLie('lists-versions-of-no-key', {
    keys: {
      versions: (honest) => async (request, call) => {
        try {
          return await honest(request, call);
        } catch {
          return { items: [] };
        }
      },
    },
  }),
];
