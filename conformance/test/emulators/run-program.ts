import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A program of this folder that runs. */
export type Running = ChildProcessByStdio<null, Readable, null>;

/** Starts a program of this folder with the workspace's Node. */
export function start(name: string, args: readonly string[] = []): Running {
  const file = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The first line that it writes. */
export async function firstLine(running: Running): Promise<string> {
  const [chunk] = (await once(running.stdout, 'data')) as [Buffer];
  return chunk.toString().trim();
}

/** Ends it by a signal. */
export async function end(running: Running, signal: NodeJS.Signals): Promise<void> {
  const ended = once(running, 'close');
  running.kill(signal);
  await ended;
}
