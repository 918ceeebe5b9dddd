import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from './at-end.ts';
import { isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { recordsFolder, thisProcess } from './run-record.ts';

const ending = '.command';
const fileOf = (pid: number): string => join(recordsFolder(), `${pid}${ending}`);

/** Tells others that this process is the command, and ends what it has started when it is asked to. */
export function announceCommand(): void {
  const { pid, started } = thisProcess();
  mkdirSync(recordsFolder(), { recursive: true });
  writeFileSync(fileOf(pid), started);
  atEnd(() => rmSync(fileOf(pid), { force: true }));
}

/** Whether a process has said that it is the command. */
export function isCommand({ pid, started }: ProcessIdentity): boolean {
  try {
    return readFileSync(fileOf(pid), 'utf8') === started;
  } catch {
    return false;
  }
}

/** Removes the marks of commands that are no more. */
export function sweepCommandMarks(): void {
  mkdirSync(recordsFolder(), { recursive: true });
  for (const name of readdirSync(recordsFolder()).filter((name) => name.endsWith(ending))) {
    const file = join(recordsFolder(), name);
    const identity = { pid: Number.parseInt(name, 10), started: readFileSync(file, 'utf8') };
    if (!isAlive(identity)) rmSync(file, { force: true });
  }
}
