/** One page of a list of KMS. */
export interface KmsPage<Item> {
  readonly items: readonly Item[] | undefined;
  readonly truncated: boolean | undefined;
  readonly next: string | undefined;
}

/**
 * Reads a list to its end. A page may be empty and not the last one.
 *
 * @throws Error where a list says that there is more and not where, or gives the same marker twice.
 */
export async function listAll<Item>(
  readPage: (marker: string | undefined) => Promise<KmsPage<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const markers = new Set<string>();
  let marker: string | undefined;
  for (;;) {
    const page = await readPage(marker);
    items.push(...(page.items ?? []));
    if (page.truncated !== true) return items;
    if (page.next === undefined || markers.has(page.next)) throw new Error('The list does not go on');
    markers.add(page.next);
    marker = page.next;
  }
}

/** Does something to all items, a few at once, and keeps their order. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  size: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += size) {
    results.push(...(await Promise.all(items.slice(start, start + size).map(work))));
  }
  return results;
}
