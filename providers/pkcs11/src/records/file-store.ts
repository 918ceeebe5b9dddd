import type { MetadataEntry, MetadataStore } from '@keyway/core/driver';
import { storeError } from './store-error.ts';
import { openStoreFile } from './store-file.ts';

const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** Keys are ASCII: behind everything that begins with the prefix. */
const endOf = (prefix: string): string => `${prefix}\u{7f}`;

/** Runs something synchronous as a request to a store. */
function attempt<Result>(run: () => Result): Promise<Result> {
  try {
    return Promise.resolve(run());
  } catch (error) {
    return Promise.reject(storeError(error));
  }
}

/**
 * A store in a SQLite file that any number of processes on one machine share. What it took is on the disk when it says
 * so. Readable and writable by its owner only.
 *
 * @throws as {@link openStoreFile}.
 */
export function openFileStore(path: string): MetadataStore {
  const connection = openStoreFile(path);
  const find = connection.prepare('SELECT octets FROM entries WHERE key = ?');
  const insert = connection.prepare('INSERT OR IGNORE INTO entries (key, octets) VALUES (?, ?)');
  const replace = connection.prepare('UPDATE entries SET octets = ? WHERE key = ? AND octets = ?');
  const drop = connection.prepare('DELETE FROM entries WHERE key = ? AND octets = ?');
  const page = connection.prepare(
    'SELECT key, octets FROM entries WHERE key > ? AND key >= ? AND key < ? ORDER BY key LIMIT ?',
  );
  const read = (key: string): Uint8Array | undefined => find.get(key)?.['octets'] as Uint8Array | undefined;
  return {
    atomic: true,
    read: (key) => attempt(() => read(key)),
    write: (key, octets, expected) =>
      attempt(() => {
        // Equal entries are no change to be made, nor one to be refused.
        if (expected !== undefined && same(octets, expected)) {
          const now = read(key);
          return now !== undefined && same(now, expected);
        }
        const { changes } =
          expected === undefined ? insert.run(key, octets) : replace.run(octets, key, expected);
        return Number(changes) === 1;
      }),
    remove: (key, expected) => attempt(() => Number(drop.run(key, expected).changes) === 1),
    list: ({ prefix, after = '', limit }) =>
      attempt(() =>
        page
          .all(after, prefix, endOf(prefix), limit)
          .map((row): MetadataEntry => ({ key: row['key'] as string, octets: row['octets'] as Uint8Array })),
      ),
    close: () => attempt(() => connection.close()),
  };
}
