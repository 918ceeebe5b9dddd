import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { RecordsPlace } from '../src/open-vault.ts';

const files: string[] = [];

/** The path of a store file that goes with the test file. */
export function storeFile(name: string): string {
  const file = join(tmpdir(), `keyway-${name}.db`);
  files.push(file);
  return file;
}

/** Where the records of a namespace are to be. */
export function recordsIn(kind: 'token' | 'file', namespace: string): RecordsPlace {
  return kind === 'token' ? kind : { file: storeFile(namespace) };
}

afterAll(() => {
  for (const file of files) {
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  }
});
