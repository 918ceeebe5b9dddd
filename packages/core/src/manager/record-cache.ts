import type { KeyRecord } from '../key-driver.ts';

/** How many versions a `KeyManager` remembers. */
const capacity = 10_000;

interface Entry {
  readonly record: KeyRecord;
  readonly readAt: number;
  readonly stamp: number | string | undefined;
}

/**
 * What was last read of each version, for as long as it may be used: until the vault's stamp changes where it has one,
 * else for `stateTtl` milliseconds.
 */
export class RecordCache {
  readonly #entries = new Map<string, Entry>();
  readonly #ttl: number;
  readonly #clock: () => number;
  readonly #stamp: (() => number | string) | undefined;

  constructor(ttl: number, clock: () => number, stamp: (() => number | string) | undefined) {
    this.#ttl = ttl;
    this.#clock = clock;
    this.#stamp = stamp;
  }

  /** The stamp to be taken before a read, and given to `put` with its result. */
  stamp(): number | string | undefined {
    return this.#stamp?.();
  }

  /** @param key `name/version`; neither holds a slash. */
  get(key: string): KeyRecord | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const fresh =
      this.#stamp === undefined ? this.#clock() - entry.readAt < this.#ttl : this.#stamp() === entry.stamp;
    return fresh ? entry.record : undefined;
  }

  /** Remembers a version as it was read under `stamp`. */
  put(record: KeyRecord, stamp: number | string | undefined): void {
    const key = `${record.name}/${record.version}`;
    this.#entries.delete(key);
    this.#entries.set(key, { record, readAt: this.#clock(), stamp });
    if (this.#entries.size > capacity) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }

  /** Forgets all versions of a key. */
  forget(name: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(`${name}/`)) this.#entries.delete(key);
  }
}
