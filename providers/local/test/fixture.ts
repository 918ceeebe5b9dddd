import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isKeyManagerError } from '@keyway/core';
import type { KeyManagerErrorCode } from '@keyway/core';
import { afterEach, expect } from 'vitest';
import { openLocal } from '@keyway/local';
import type { LocalVault, OpenLocalOptions } from '@keyway/local';

/** A folder of one test's own, and what is needed to open a vault in it. */
export interface Place {
  readonly folder: string;
  readonly file: string;
  readonly keyFile: string;
  /** Opens the vault of this place; it is closed after the test. */
  open(options?: OpenLocalOptions): Promise<LocalVault>;
  /** Runs SQL on the file, past the library. */
  sql(statements: string): void;
  /** Reads rows from the file, past the library. */
  rows(query: string): Record<string, unknown>[];
}

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Has something done after the test. */
export function afterwards(cleanup: () => void | Promise<void>): void {
  cleanups.push(cleanup);
}

/** Makes a key file of 32 random octets. */
export function makeKeyFile(path: string): string {
  writeFileSync(path, randomBytes(32), { mode: 0o600 });
  return path;
}

/** Makes a place with a key file and no vault yet. */
export function makePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'keyway-local-'));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'vault.db');
  const keyFile = makeKeyFile(join(folder, 'vault.key'));
  const raw = <Result>(use: (connection: DatabaseSync) => Result): Result => {
    const connection = new DatabaseSync(file);
    try {
      connection.exec('PRAGMA busy_timeout = 5000');
      return use(connection);
    } finally {
      connection.close();
    }
  };
  return {
    folder,
    file,
    keyFile,
    async open(options = {}) {
      const sealed = ['passphrase', 'key', 'sealedBy', 'keyFile'].some((name) => name in options);
      const vault = await openLocal(file, sealed ? options : { keyFile, ...options });
      afterwards(() => vault.close());
      return vault;
    },
    sql: (statements) => raw((connection) => connection.exec(statements)),
    rows: (query) => raw((connection) => connection.prepare(query).all()),
  };
}

/** A vault in memory that is closed after the test. */
export async function openMemory(options: OpenLocalOptions = {}): Promise<LocalVault> {
  const vault = await openLocal('memory:', options);
  afterwards(() => vault.close());
  return vault;
}

/** A clock that stands until it is moved. */
export function makeClock(seconds = 1_800_000_000): { clock: () => number; advance(seconds: number): void } {
  let now = seconds * 1000;
  return {
    clock: () => now,
    advance(by) {
      now += by * 1000;
    },
  };
}

/** Expects a rejection with a code. */
export async function expectCode(promise: Promise<unknown>, code: KeyManagerErrorCode): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isKeyManagerError(error) ? error.code : error).toBe(code);
}

/** All items of a list. */
export async function all<Item>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) items.push(item);
  return items;
}
