import { setImmediate } from 'node:timers';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { isKeyManagerError } from '@keyway/core';
import type { KeyType } from '@keyway/core';
import { openLocal } from '@keyway/local';

/*
 * A process of its own that uses a vault, for tests of what several processes do:
 *   make <file> <keyFile> <name> <keyType> <count>   waits for a line, then makes versions; prints versions or error codes
 *   reseal <file> <keyFile> <rows>                   rotates the sealing key and kills itself after so many rows
 *   rotate <file> <keyFile> <milliseconds>           waits for a line, then rotates what is due so long from now; prints the report
 *   hold <file> <keyFile> <count>                    makes keys and kills itself, so that the log stays
 */

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function codeOf(run: Promise<unknown>): Promise<unknown> {
  try {
    return await run;
  } catch (error) {
    return isKeyManagerError(error) ? error.code : String(error);
  }
}

async function aLine(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  await new Promise<void>((resolve) => lines.once('line', () => resolve()));
  lines.close();
}

async function make(
  file: string,
  keyFile: string,
  name: string,
  keyType: KeyType,
  count: number,
): Promise<void> {
  print('ready');
  await aLine();
  // Nothing is repeated: whoever must wait for another process waits within the one attempt.
  const vault = await openLocal(file, { keyFile, retry: { maxAttempts: 1 } });
  const results: unknown[] = [vault.vaultUri];
  for (let made = 0; made < count; made++) {
    results.push(await codeOf(vault.createKey(name, keyType).then(({ properties }) => properties.version)));
  }
  await vault.close();
  print(results);
}

async function reseal(file: string, keyFile: string, rows: number): Promise<void> {
  const vault = await openLocal(file, { keyFile });
  const connection = new DatabaseSync(file);
  const done = connection.prepare(
    `SELECT (SELECT count(*) FROM keys WHERE generation = 2) + (SELECT count(*) FROM versions WHERE generation = 2) AS rows,
       (SELECT max(generation) FROM generations) AS newest`,
  );
  const look = (): void => {
    const now = done.get();
    if (now?.['newest'] === 2 && Number(now['rows']) >= rows) process.kill(process.pid, 'SIGKILL');
    setImmediate(look);
  };
  look();
  await vault.maintenance.rotateSealingKey();
  print('finished');
}

async function hold(file: string, keyFile: string, count: number): Promise<void> {
  const vault = await openLocal(file, { keyFile });
  for (let made = 0; made < count; made++) await vault.createOctKey(`key-${String(made).padStart(3, '0')}`);
  process.kill(process.pid, 'SIGKILL');
}

async function rotateDue(file: string, keyFile: string, ahead: number): Promise<void> {
  const now = Date.now() + ahead;
  const vault = await openLocal(file, { keyFile, clock: () => now });
  print('ready');
  await aLine();
  const report = await vault.rotateDueKeys();
  await vault.close();
  print(report.map(({ name, outcome, version }) => ({ name, outcome, version })));
}

const [command, file = '', keyFile = '', first = '', second = '', third = ''] = process.argv.slice(2);
if (command === 'make') await make(file, keyFile, first, second as KeyType, Number(third));
if (command === 'reseal') await reseal(file, keyFile, Number(first));
if (command === 'hold') await hold(file, keyFile, Number(first));
if (command === 'rotate') await rotateDue(file, keyFile, Number(first));
