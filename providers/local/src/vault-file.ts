import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { invalidArgument, KeyManagerError } from '@keyway/core/driver';
import { openConnection } from './database.ts';
import { checkSchema } from './schema.ts';

/** The error for a file that has lost something. */
function damagedFile(): KeyManagerError {
  return new KeyManagerError('ERR_INTEGRITY', 'The vault file is cut or damaged');
}

/** Makes a rename or a new name in a folder lasting. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function isErrorWithCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/**
 * Makes a vault file, whole or not at all: it is written under another name and then linked to its own, which fails where
 * somebody else was first. That one's vault is then the vault. Readable and writable by its owner only.
 */
export function createVaultFile(path: string, fill: (connection: DatabaseSync) => void): void {
  // In this order: a vault that somebody makes meanwhile has its name before it has a log.
  if (existsSync(`${path}-wal`) && !existsSync(path)) {
    throw new KeyManagerError(
      'ERR_CONFLICT',
      'The log of a former vault lies beside the file: move it away first',
    );
  }
  const draft = `${path}.${randomBytes(8).toString('hex')}.new`;
  try {
    closeSync(openSync(draft, 'wx', 0o600));
    const connection = openConnection(draft);
    try {
      fill(connection);
      connection.exec('PRAGMA journal_mode = WAL');
    } finally {
      connection.close();
    }
    linkSync(draft, path);
    syncFolder(path);
  } catch (error) {
    if (!isErrorWithCode(error, 'EEXIST')) throw error;
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true });
  }
}

/** Whether the log holds anything that is not in the file yet. */
function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * Finds what SQLite alone would not: a file whose last page is cut reads as if it ended in zeros. Where pages at the end
 * are missing the log may have them, or not: then everything is looked at.
 */
function checkLength(path: string, connection: DatabaseSync): void {
  const pages = Number(connection.prepare('PRAGMA page_count').get()?.['page_count']);
  const pageSize = Number(connection.prepare('PRAGMA page_size').get()?.['page_size']);
  const { size } = statSync(path);
  if (size >= pages * pageSize && size % pageSize === 0) return;
  if (!hasLog(path)) throw damagedFile();
  if (connection.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'] !== 'ok')
    throw damagedFile();
}

/**
 * Opens a vault file that is there. Here and everywhere else in a process that has a vault open, nothing but SQLite may
 * open its file: POSIX drops all locks of a process on a file when it closes any descriptor of it.
 *
 * @throws ERR_INTEGRITY where it is cut, SQLite's or the file system's own error where it cannot be read and written.
 */
export function openVaultFile(path: string): DatabaseSync {
  const status = statSync(path);
  if (!status.isFile()) throw invalidArgument('The vault is not a file');
  if (status.size === 0) throw damagedFile();
  accessSync(path, constants.R_OK | constants.W_OK);
  accessSync(dirname(path), constants.W_OK);
  const connection = openConnection(path);
  try {
    checkSchema(connection);
    const mode = connection.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
    if (mode !== 'wal')
      throw new KeyManagerError('ERR_UNSUPPORTED', 'The file system cannot hold a vault: no WAL');
    checkLength(path, connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}
