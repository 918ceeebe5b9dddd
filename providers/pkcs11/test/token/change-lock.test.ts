import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SoftToken } from '@keyway/conformance/emulators';
import { expect, test } from 'vitest';
import { ChangeLock } from '../../src/token/change-lock.ts';
import { softHsmToken } from '../fixtures/soft-tokens.ts';

const script = fileURLToPath(new URL('maker-process.ts', import.meta.url));
const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];

interface Maker {
  readonly child: ChildProcess;
  /** Says something and gives what is answered. */
  ask(line: string): Promise<string>;
}

async function startMaker({ module, label, pin }: SoftToken): Promise<Maker> {
  const child = spawn(process.execPath, [...flags, script, module, label, pin], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const heard = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('The process has ended');
    return value;
  };
  await heard();
  return {
    child,
    ask: (line) => {
      child.stdin.write(`${line}\n`);
      return heard();
    },
  };
}

test('what processes make on a SoftHSM2 token at the same moment, each of them sees', async () => {
  const soft = await softHsmToken();
  const makers = await Promise.all([1, 2, 3].map(() => startMaker(soft)));
  const made: string[] = [];
  for (let round = 0; round < 12; round++) {
    const labels = makers.map((_, index) => `${round}-${index}`);
    await Promise.all(makers.map(({ ask }, index) => ask(labels[index] as string)));
    made.push(...labels);
    for (const { ask } of makers)
      expect((JSON.parse(await ask('')) as string[]).toSorted()).toEqual(made.toSorted());
  }
  for (const { child } of makers) {
    child.stdin?.end();
    await once(child, 'exit');
  }
});

test('the lock is a file beside the tokens, and there for SoftHSM2 only', async () => {
  const soft = await softHsmToken();
  expect(ChangeLock.beside('Mozilla Foundation')).toBeUndefined();
  const lock = ChangeLock.beside('SoftHSM project');
  expect(lock?.hold(() => 'changed')).toBe('changed');
  expect(() =>
    lock?.hold(() => {
      throw new Error('It failed');
    }),
  ).toThrow('It failed');
  expect(lock?.hold(() => 'again')).toBe('again');
  expect(existsSync(join(soft.folder, 'tokens', 'keyway.lock'))).toBe(true);
});
