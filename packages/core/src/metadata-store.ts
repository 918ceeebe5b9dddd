/** What accompanies every request to a store; a driver's `Call` fits. */
export interface StoreCall {
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970: after it nobody waits for the answer any more. */
  readonly deadline: number;
}

/** One entry of a store. */
export interface MetadataEntry {
  readonly key: string;
  readonly octets: Uint8Array;
}

/** Asks for the next entries of a list. */
export interface MetadataListRequest {
  /** Only entries whose key begins so. */
  readonly prefix: string;
  /** Only entries whose key comes behind this one. */
  readonly after?: string | undefined;
  /** The most entries wanted, at least 1. */
  readonly limit: number;
}

/**
 * Where a provider keeps what its vault cannot hold: small entries by key. A key has 1 to 200 ASCII letters, digits,
 * `/`, `-` and `_`, and is told from another by every octet; an entry may have up to a MiB.
 *
 * A store need not be trusted with secrets, nor trusted at all: who writes there authenticates what it writes and numbers
 * it. It must keep what it took: an entry is durable when `write` gives true.
 */
export interface MetadataStore {
  /**
   * Whether `write` and `remove` compare and set in one step for everybody who shares the store. False: two writers at
   * once may both succeed, and `read` then gives what {@link MetadataStore.write | their entries} amount to together.
   */
  readonly atomic: boolean;
  /** The entry of a key, or undefined. Gives octets that the caller may keep and change. */
  read(key: string, call: StoreCall): Promise<Uint8Array | undefined>;
  /**
   * Writes an entry if the one that is there now is `expected`, octet by octet; `undefined`: if there is none.
   *
   * @returns Whether it was written. False must mean that nothing was changed.
   */
  write(key: string, octets: Uint8Array, expected: Uint8Array | undefined, call: StoreCall): Promise<boolean>;
  /**
   * Removes an entry if it is `expected` now.
   *
   * @returns Whether there is no such entry any more because of this call. False must mean that nothing was changed.
   */
  remove(key: string, expected: Uint8Array, call: StoreCall): Promise<boolean>;
  /**
   * Entries in the order of their keys' octets. Fewer than `limit` mean that no more are there. Where others write
   * meanwhile, an entry that stays is neither left out nor given twice.
   */
  list(request: MetadataListRequest, call: StoreCall): Promise<readonly MetadataEntry[]>;
  /** Called once, after the last request has ended. */
  close(): Promise<void>;
}
