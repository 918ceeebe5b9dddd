/** How to read a list page by page. */
export interface PageSettings {
  /** A hint: a page may be shorter, even empty. At least 1; clamped to the vault's limit. */
  readonly maxPageSize?: number | undefined;
  /** From a former page's `continuationToken`, of the same list of the same vault. */
  readonly continuationToken?: string | undefined;
}

/** One page: an array with the token of the page after it, absent on the last one. */
export interface ListPage<Item> extends ReadonlyArray<Item> {
  readonly continuationToken?: string | undefined;
}

/** A list to be read with `for await`, item by item, or page by page with `byPage`. */
export interface PagedAsyncIterableIterator<Item> extends AsyncIterableIterator<Item, undefined> {
  next(): Promise<IteratorResult<Item, undefined>>;
  [Symbol.asyncIterator](): PagedAsyncIterableIterator<Item>;
  byPage(settings?: PageSettings): AsyncIterableIterator<ListPage<Item>, undefined>;
}
