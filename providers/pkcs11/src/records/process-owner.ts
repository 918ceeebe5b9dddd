import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { threadId } from 'node:worker_threads';

/** Who makes a change: a thread of a process, so that others can tell whether it still runs. */
export interface ProcessOwner {
  readonly host: string;
  readonly pid: number;
  /** When the process began, in a form of its system's; empty where that is not known. */
  readonly started: string;
  /** Threads do not know of one another's changes. */
  readonly thread: number;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * When a process began: the boot of the machine and the clock ticks since, by proc(5). Undefined where there is no such
 * process, empty where the system does not tell.
 */
function startOf(pid: number): string | undefined {
  const boot = readText('/proc/sys/kernel/random/boot_id');
  if (boot === undefined) return '';
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // Behind the name, which may hold spaces and parentheses, comes field 3; field 22 is the start.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A process that has ended and that nobody has waited for yet.
  if (state === 'Z' || state === 'X') return undefined;
  return `${boot.trim()}/${fields[18] ?? ''}`;
}

/** This thread. */
export function thisProcess(): ProcessOwner {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) ?? '', thread: threadId };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether a process is known to have ended. Of another host nothing is known. */
export function hasEnded(owner: ProcessOwner): boolean {
  if (owner.host !== hostname()) return false;
  const started = startOf(owner.pid);
  if (started === undefined) return true;
  return started === '' ? !exists(owner.pid) : started !== owner.started;
}
