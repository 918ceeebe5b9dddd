/** Requests under way at once: enough to hide the way to KMS, few enough for its quotas. */
const atOnce = 10;

/** Runs something for each item, ten at once, and gives the results in the order of the items. */
export async function pipelined<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += atOnce) {
    results.push(...(await Promise.all(items.slice(first, first + atOnce).map(run))));
  }
  return results;
}
