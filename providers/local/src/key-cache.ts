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
    if (
      !(value instanceof Uint8Array) ||
      !(before instanceof Uint8Array) ||
      Buffer.compare(value, before) !== 0
    )
      return false;
  }
  return true;
}

/** Makes an empty cache. */
export function createKeyCache(): KeyCache {
  /** By version alone: they are random, and a text that is not put together anew is found faster. */
  const versions = new Map<string, CachedVersion>();
  /** Moves an entry to the end, where the ones used last are, once that decides which one goes. */
  function touch(version: string, entry: CachedVersion): CachedVersion {
    if (versions.size >= capacity) versions.delete(version);
    versions.set(version, entry);
    return entry;
  }
  return {
    fresh(name, version, stamp) {
      const entry = versions.get(version);
      if (entry?.stamp !== stamp || entry.located.row.name !== name) return undefined;
      return versions.size < capacity ? entry : touch(version, entry);
    },
    same(row, stamp) {
      const version = String(row['v_version']);
      const entry = versions.get(version);
      if (entry === undefined || !sameRow(row, entry.row)) return undefined;
      entry.stamp = stamp;
      return touch(version, entry);
    },
    put(row, located, stamp) {
      const { name, version } = located.row;
      const known = versions.get(version);
      const before = known?.located.row.name === name ? known : undefined;
      const entry = { row, located, stamp, secret: before?.secret, public: before?.public };
      touch(version, entry);
      if (versions.size > capacity) {
        const [oldest] = versions.keys();
        if (oldest !== undefined) versions.delete(oldest);
      }
      return entry;
    },
    clear: () => versions.clear(),
  };
}
