import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { isAlive, processIdentity, signalGroup } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { removeRecord } from './run-record.ts';
import type { RunRecord } from './run-record.ts';

/** In the environment of each emulator's process: the id of its record. */
export const runMark = 'KEYWAY_EMULATOR_RUN';

/** How the folders of emulators are called. No other folder is ever removed. */
export const folderPrefix = 'keyway-emulator-';

const grace = 2_000;
const betweenLooks = 20;

/** Ends a process that was started here: kindly first, then not. */
export async function endProcess(identity: ProcessIdentity, patience: number = grace): Promise<void> {
  signalGroup(identity, 'SIGTERM');
  const deadline = performance.now() + patience;
  while (isAlive(identity) && performance.now() < deadline) await after(betweenLooks);
  signalGroup(identity, 'SIGKILL');
  while (isAlive(identity)) await after(betweenLooks);
}

/** Ends a process that was started here as a crash would: it is told nothing. */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  signalGroup(identity, 'SIGKILL');
  while (isAlive(identity)) await after(betweenLooks);
}

/** Ends what a record of a process tells of, and removes its folder and the record. It waits for nothing. */
export function dropRun(record: RunRecord): void {
  for (const identity of processesOf(record)) signalGroup(identity, 'SIGKILL');
  removeRemains(record);
}

/** Removes the folder of a record, and the record. */
export function removeRemains({ id, folder }: RunRecord): void {
  if (folder !== undefined && basename(folder).startsWith(folderPrefix))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  removeRecord(id);
}

/** Its starter may have been killed after it started the process and before it wrote that down. */
function processesOf(record: RunRecord): readonly ProcessIdentity[] {
  if (record.process !== undefined) return [record.process];
  return record.how === 'process' && process.platform === 'linux' ? markedProcesses(record.id) : [];
}

function markedProcesses(id: string): readonly ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isMarked(name, id))
    .flatMap((name) => processIdentity(Number(name)) ?? []);
}

function isMarked(pid: string, id: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${runMark}=${id}`);
  } catch {
    return false;
  }
}
