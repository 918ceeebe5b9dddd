import { DatabaseSync } from 'node:sqlite';
import { createChangeSign } from './change-sign.ts';
import type { ChangeSign } from './change-sign.ts';

/** How long one statement waits for another process's change, in milliseconds; core repeats after that. */
const busyTimeout = 2000;

/** An open vault database. Everything in it is synchronous. */
export interface VaultDatabase {
  readonly connection: DatabaseSync;
  /** A number that differs after every change, whoever made it. */
  stamp(): number;
  /**
   * Runs `run` as one change: all of it happens or nothing, nobody else changes anything meanwhile, and it is on the disk
   * when this returns.
   */
  change<Result>(run: () => Result): Result;
  /** Runs several reads of `run` on one state of the database. */
  snapshot<Result>(run: () => Result): Result;
  close(): void;
}

/** Opens SQLite on a file, or on memory with `:memory:`, with the settings that every connection to a vault must have. */
export function openConnection(location: string): DatabaseSync {
  const connection = new DatabaseSync(location);
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

function rollBack(connection: DatabaseSync): void {
  try {
    connection.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back itself (full disk, I/O error): there is no transaction any more.
  }
}

/**
 * Wraps a connection.
 *
 * @param shared Whether other connections can reach the database: a file, not memory.
 */
export function createVaultDatabase(connection: DatabaseSync, shared: boolean): VaultDatabase {
  let sign: ChangeSign | undefined;
  let epoch = 0;
  /** Whether the file was looked at in this very run of code, in which nobody else's change can be told from a later one. */
  let looked = false;
  const forget = (): void => {
    looked = false;
  };
  function transaction<Result>(begin: string, run: () => Result): Result {
    connection.exec(begin);
    try {
      const result = run();
      connection.exec('COMMIT');
      return result;
    } catch (error) {
      rollBack(connection);
      throw error;
    }
  }
  return {
    connection,
    stamp() {
      if (!shared || looked) return epoch;
      looked = true;
      queueMicrotask(forget);
      sign ??= createChangeSign(connection);
      if (sign.moved()) epoch++;
      return epoch;
    },
    change(run) {
      try {
        return transaction('BEGIN IMMEDIATE', run);
      } finally {
        epoch++;
        looked = false;
      }
    },
    snapshot: (run) => transaction('BEGIN', run),
    close() {
      connection.close();
      sign?.close();
    },
  };
}
