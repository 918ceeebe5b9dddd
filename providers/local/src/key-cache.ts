import type { KeyObject } from 'node:crypto';
import type { Located } from './rows.ts';
import type { LocatedRow } from './statements.ts';

/** How many versions are kept ready. */
const capacity = 1000;

/** A version whose row was found authentic, and its key objects once they were needed. */
export interface CachedVersion {
  readonly row: LocatedRow;
  readonly located: Located;
  /** The database's stamp under which the row was last seen. */
  stamp: number;
  secret: KeyObject | undefined;
  public: KeyObject | undefined;
}

/** The versions used last. What is in it counts only together with a stamp or a row just read. */
export interface KeyCache {
  /** A version that was seen under exactly this stamp. */
  fresh(name: string, version: string, stamp: number): CachedVersion | undefined;
  /** The version of a row just read, where every column is as it was when it was found authentic. */
  same(row: LocatedRow, stamp: number): CachedVersion | undefined;
  /** Remembers a version. Its key objects stay: a version's material never changes. */
  put(row: LocatedRow, located: Located, stamp: number): CachedVersion;
  clear(): void;
}

function sameRow(one: LocatedRow, other: LocatedRow): boolean {
  for (const [column, value] of Object.entries(one)) {
    const before = other[column];
    if (value === before) continue;
    if (!(value instanceof Uint8Array) || !(before instanceof Uint8Array) || Buffer.compare(value, before) !== 0) return false;
  }
  return true;
}

/** Makes an empty cache. */
export function createKeyCache(): KeyCache {
  const versions = new Map<string, CachedVersion>();
  const keyOf = (name: unknown, version: unknown): string => `${String(name)}/${String(version)}`;
  /** Moves an entry to the end, where the ones used last are. */
  function touch(key: string, entry: CachedVersion): CachedVersion {
    versions.delete(key);
    versions.set(key, entry);
    return entry;
  }
  return {
    fresh(name, version, stamp) {
      const key = keyOf(name, version);
      const entry = versions.get(key);
      return entry?.stamp === stamp ? touch(key, entry) : undefined;
    },
    same(row, stamp) {
      const key = keyOf(row['v_name'], row['v_version']);
      const entry = versions.get(key);
      if (entry === undefined || !sameRow(row, entry.row)) return undefined;
      entry.stamp = stamp;
      return touch(key, entry);
    },
    put(row, located, stamp) {
      const key = keyOf(located.row.name, located.row.version);
      const before = versions.get(key);
      const entry = { row, located, stamp, secret: before?.secret, public: before?.public };
      touch(key, entry);
      if (versions.size > capacity) {
        const [oldest] = versions.keys();
        if (oldest !== undefined) versions.delete(oldest);
      }
      return entry;
    },
    clear: () => versions.clear(),
  };
}
