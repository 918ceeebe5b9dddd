import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { invalidArgument, KeyManagerError } from '@keyway/core/driver';
import { codeOf, storeError } from './store-error.ts';

/** In the header of every store file: `KWMS`. */
const applicationId = 0x4b574d53;

/** How long one statement waits for another process's change, in milliseconds. */
const busyTimeout = 5000;

/** Group and others, in the bits of a mode. */
const othersMask = 0o077;

function connect(path: string): DatabaseSync {
  const connection = new DatabaseSync(path);
  try {
    connection.exec(`
      PRAGMA busy_timeout = ${busyTimeout};
      PRAGMA trusted_schema = OFF;
      PRAGMA cell_size_check = ON;
      PRAGMA secure_delete = ON;
      PRAGMA synchronous = FULL;
    `);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function fill(path: string): void {
  const connection = connect(path);
  try {
    connection.exec(`
      PRAGMA application_id = ${applicationId};
      CREATE TABLE entries (key TEXT PRIMARY KEY NOT NULL, octets BLOB NOT NULL) STRICT, WITHOUT ROWID;
      PRAGMA journal_mode = WAL;
    `);
  } finally {
    connection.close();
  }
}

/** Makes a new name in a folder lasting. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Makes a store file, whole or not at all: it is written under another name and then linked to its own, which fails where
 * somebody else was first. That one's file is then the store.
 */
function makeStoreFile(path: string): void {
  // SQLite would take the log of a former store for that of the new one.
  if (existsSync(`${path}-wal`) && !existsSync(path)) {
    throw new KeyManagerError(
      'ERR_CONFLICT',
      'The log of a former metadata file lies beside its place: move it away, or the file back',
    );
  }
  const draft = `${path}.${randomBytes(8).toString('hex')}.new`;
  try {
    closeSync(openSync(draft, 'wx', 0o600));
    fill(draft);
    linkSync(draft, path);
    syncFolder(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true });
  }
}

function checkFile(path: string): void {
  const status = statSync(path);
  if (!status.isFile()) throw invalidArgument('The metadata file is not a regular file');
  // Windows has no such modes.
  if (process.platform !== 'win32' && (status.mode & othersMask) !== 0) {
    throw invalidArgument('The metadata file is open to others: its mode must be 0600');
  }
}

function checkContent(connection: DatabaseSync): void {
  const found = connection.prepare('PRAGMA application_id').get()?.['application_id'];
  if (found !== applicationId) {
    throw new KeyManagerError('ERR_INTEGRITY', 'The metadata file is another file, or damaged');
  }
  const mode = connection.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode !== 'wal')
    throw new KeyManagerError('ERR_UNSUPPORTED', 'The file system cannot hold a metadata file: no WAL');
  const state = connection.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  if (state !== 'ok') throw new KeyManagerError('ERR_INTEGRITY', 'The metadata file is damaged');
}

/**
 * Opens the store file at a path, and makes it where there is none, for its owner only.
 *
 * @throws ERR_INVALID_ARGUMENT where others may read or write it, ERR_INTEGRITY where it is something else or damaged,
 * ERR_UNAVAILABLE where its folder is missing, ERR_PERMISSION_DENIED where it cannot be read and written.
 */
export function openStoreFile(path: string): DatabaseSync {
  let connection: DatabaseSync | undefined;
  try {
    if (!existsSync(path)) makeStoreFile(path);
    checkFile(path);
    connection = connect(path);
    checkContent(connection);
    return connection;
  } catch (error) {
    connection?.close();
    throw storeError(error);
  }
}
