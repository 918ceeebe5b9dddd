import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { engineFolder } from './engine-record.ts';

const execution = join(engineFolder, 'exec');

/** Whether an engine runs that was brought up here, or has left something behind. */
export const hasEngineRemains = (): boolean => existsSync(execution);

/**
 * Removes what an engine brought up here leaves behind once it has ended: a mount; and where it was killed, its
 * containerd, the containers with their keepers, and more mounts. It is called while there is no such engine.
 */
export function removeEngineRemains(): void {
  for (const pid of remainingProcesses()) kill(pid);
  for (const mount of mountsBelow(engineFolder)) spawnSync('umount', ['--lazy', mount], { stdio: 'ignore' });
  for (const name of ['exec', 'pid', 'dockerd.log'])
    rmSync(join(engineFolder, name), { recursive: true, force: true });
}

/** Programs that were told of the engine's folder, which are only its own, and what those have started. */
function remainingProcesses(): readonly number[] {
  const parents = all().filter(
    (pid) => /containerd/.test(commandOf(pid)) && commandOf(pid).includes(`${engineFolder}/`),
  );
  return [...all().filter((pid) => parents.includes(parentOf(pid))), ...parents];
}

const all = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`);

/** proc(5): field 4 of stat, counted after the name, which may hold anything. */
function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** The innermost first. */
function mountsBelow(folder: string): readonly string[] {
  const mounts = read('/proc/self/mounts').split('\n');
  return mounts
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in between.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
