import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { DatabaseSync } from 'node:sqlite';
import { Refusal } from './refusal.ts';

/** As long a change waits for those of other processes, in milliseconds. The making of an RSA key may take seconds. */
const patience = 10_000;

/** Where SoftHSM2 looks for its configuration, the first that is there. The last ones depend on how it was built. */
function configurationFile(): string | undefined {
  const named = process.env['SOFTHSM2_CONF'];
  if (named !== undefined && named !== '') return named;
  const own = join(homedir(), '.config/softhsm2/softhsm2.conf');
  const places = [own, '/etc/softhsm/softhsm2.conf', '/etc/softhsm2.conf', '/usr/local/etc/softhsm2.conf'];
  return places.find((place) => existsSync(place));
}

/** The folder in which SoftHSM2 keeps its tokens, as files that all processes share. */
function tokenFolder(): string | undefined {
  const file = configurationFile();
  if (file === undefined) return undefined;
  const text = readFileSync(file, 'utf8');
  return /^[ \t]*directories\.tokendir[ \t]*=[ \t]*([^#\r\n]*[^#\s])/mu.exec(text)?.[1];
}

function openFile(path: string): DatabaseSync {
  // Not imported: Node warns that it is experimental, which is no matter of those who use another token.
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite');
  const isNew = !existsSync(path);
  const file = new Database(path);
  file.exec(`PRAGMA busy_timeout = ${patience}`);
  // To open it by hand and to close it again would take away the locks that this process has on it.
  if (isNew) chmodSync(path, statSync(join(path, '..')).mode & 0o666);
  return file;
}

/** SQLITE_BUSY, with its extensions. */
const isBusy = (error: unknown): boolean => (Number((error as { errcode?: unknown }).errcode) & 0xff) === 5;

/**
 * Lets one process at a time change what is on SoftHSM2's tokens. Its own counter of changes does not do: a process that
 * changes something takes the count that another one has just reached for its own, and does not see that one's objects.
 */
export class ChangeLock {
  readonly #file: DatabaseSync;

  private constructor(file: DatabaseSync) {
    this.#file = file;
  }

  /** The lock beside the tokens; undefined where they are not to be found, so that there is none. */
  static beside(manufacturer: string): ChangeLock | undefined {
    if (!manufacturer.startsWith('SoftHSM')) return undefined;
    try {
      const folder = tokenFolder();
      return folder === undefined ? undefined : new ChangeLock(openFile(join(folder, 'keyway.lock')));
    } catch {
      // Not a folder of ours to write to: then not one in which we change anything either, or it is elsewhere.
      return undefined;
    }
  }

  /** Runs a change while no other process is at one. */
  hold<Result>(change: () => Result): Result {
    try {
      this.#file.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (!isBusy(error)) throw error;
      throw new Refusal('ERR_UNAVAILABLE', 'Other processes keep changing the token');
    }
    try {
      return change();
    } finally {
      this.#file.exec('ROLLBACK');
    }
  }
}
