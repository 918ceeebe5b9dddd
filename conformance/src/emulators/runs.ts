import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { isCommand } from './command-mark.ts';
import { isAlive } from './process-identity.ts';
import { readRecords, recordsFolder } from './run-record.ts';

const stopWithin = 30_000;
const betweenLooks = 50;

/** An emulator that was started on this machine, by this process or another one. */
export interface EmulatorRun {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly how: 'container' | 'process' | 'library';
  /** Missing for as long as it does not answer. */
  readonly address?: string | undefined;
  readonly since: string;
  /** Process id of its starter. */
  readonly owner: number;
  /** `held`: a test uses it. `started`: by the command, and `stop` ends it. `left`: its starter is no more. */
  readonly state: 'held' | 'started' | 'left';
}

const stopFile = (id: string): string => join(recordsFolder(), `${id}.stop`);

/** Everything that was started here and is not stopped. */
export function emulatorRuns(): readonly EmulatorRun[] {
  return readRecords()
    .filter(({ name }) => !name.startsWith('step-'))
    .map(({ id, name, version, how, address, since, owner }) => {
      const started = isCommand(owner) ? 'started' : 'held';
      const state = isAlive(owner) ? started : 'left';
      return { id, name, version, how, address, since, owner: owner.pid, state };
    });
}

/** Whether another process asked for the end of this run. */
export function isStopRequested(id: string): boolean {
  return existsSync(stopFile(id));
}

/** Asks the command that started these runs to end them, and waits until it has. @returns Those that still run. */
export async function stopRuns(runs: readonly EmulatorRun[]): Promise<readonly EmulatorRun[]> {
  for (const { id } of runs) writeFileSync(stopFile(id), '');
  const deadline = performance.now() + stopWithin;
  for (;;) {
    const left = emulatorRuns().filter(({ id }) => runs.some((run) => run.id === id));
    if (left.length === 0 || performance.now() >= deadline) return left;
    await after(betweenLooks);
  }
}
