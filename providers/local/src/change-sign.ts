import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/** Tells whether a database file was changed, by whatever process, since it was last asked. */
export interface ChangeSign {
  moved(): boolean;
  close(): void;
}

/** The sign that SQLite itself gives. It takes and gives back a lock of the file each time. */
export function createPragmaSign(connection: DatabaseSync): ChangeSign {
  const dataVersion = connection.prepare('PRAGMA data_version');
  let before: unknown;
  return {
    moved() {
      const now = dataVersion.get()?.['data_version'];
      if (now === before) return false;
      before = now;
      return true;
    },
    close: () => undefined,
  };
}

/** Systems on which what one process has mapped and another reads from the file is the same memory. */
const coherent: ReadonlySet<string> = new Set(['linux', 'darwin']);

/** The first copy of the header of a WAL index: a change counter, sizes and checksums (SQLite, "WAL-Index Format"). */
const headerLength = 48;

/**
 * Descriptors of WAL indexes, by device and inode. POSIX takes away all locks that a process has on a file as soon as it
 * closes any descriptor of it, and SQLite's locks are such: so a descriptor is opened once, shared, and closed only after
 * SQLite has removed the file.
 */
const descriptors = new Map<string, number>();

function closeRemoved(): void {
  for (const [inode, descriptor] of descriptors) {
    if (fstatSync(descriptor).nlink > 0) continue;
    descriptors.delete(inode);
    closeSync(descriptor);
  }
}

function openShared(path: string): number {
  closeRemoved();
  const { dev, ino } = statSync(path, { bigint: true });
  const inode = `${dev}:${ino}`;
  const known = descriptors.get(inode);
  if (known !== undefined) return known;
  const descriptor = openSync(path, 'r');
  descriptors.set(inode, descriptor);
  return descriptor;
}

/** Where the WAL index of an open database is; undefined where it has none, or reading it says nothing. */
function walIndexOf(connection: DatabaseSync): string | undefined {
  if (!coherent.has(process.platform)) return undefined;
  const mode = connection.prepare('PRAGMA journal_mode').get()?.['journal_mode'];
  const main = connection.prepare('PRAGMA database_list').get();
  return mode === 'wal' && typeof main?.['file'] === 'string' ? `${main['file']}-shm` : undefined;
}

/**
 * The same sign read from the WAL index, at half the cost of asking SQLite. Who commits writes the header's first copy last,
 * and before the commit returns; a half written one differs, too.
 */
function createHeaderSign(descriptor: number): ChangeSign {
  const octets = new Uint8Array(new ArrayBuffer(headerLength));
  const words = new Int32Array(octets.buffer);
  const before = new Int32Array(words.length);
  return {
    moved() {
      if (readSync(descriptor, octets, 0, headerLength, 0) !== headerLength) return true;
      let same = true;
      for (let index = 0; index < words.length; index++) {
        if (words[index] === before[index]) continue;
        before[index] = words[index] ?? 0;
        same = false;
      }
      return !same;
    },
    close: closeRemoved,
  };
}

/** The cheapest sign that there is for an open database file. */
export function createChangeSign(connection: DatabaseSync): ChangeSign {
  const path = walIndexOf(connection);
  if (path === undefined) return createPragmaSign(connection);
  try {
    return createHeaderSign(openShared(path));
  } catch {
    // Not there, or not for us to read: SQLite knows how to go on.
    return createPragmaSign(connection);
  }
}
