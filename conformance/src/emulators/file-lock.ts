import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as after } from 'node:timers/promises';

const betweenTries = 50;
const patience = 5_000;

/** Files of the locks that this process holds. */
const held = new Set<string>();

/**
 * Runs while no other process, nor another call here, holds the same lock.
 *
 * The lock is one that the operating system keeps for SQLite: it ends with its holder, however that ends, and cannot
 * be left behind. The file itself stays.
 */
export async function withLock<T>(file: string, run: () => Promise<T>, onWait?: () => void): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  let mine = false;
  try {
    let told = false;
    while (!tryLock(database)) {
      if (!told) onWait?.();
      told = true;
      await after(betweenTries);
    }
    held.add(file);
    mine = true;
    return await run();
  } finally {
    if (mine) held.delete(file);
    database.close();
  }
}

/**
 * The same at the end of a process, which cannot wait for anything else: it blocks for some seconds, and then goes on
 * without the lock. It may be this process that holds it, and never will go on.
 */
export function withLockAtOnce(file: string, run: () => void): void {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: held.has(file) ? 0 : patience });
  try {
    tryLock(database);
    run();
  } finally {
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    const busy = 5;
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return false;
    throw error;
  }
}
