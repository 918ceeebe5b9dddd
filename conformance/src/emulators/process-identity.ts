import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';

/** A process by its id and the moment of its start, since ids come again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque: two are compared, nothing else. */
  readonly started: string;
}

/** Identity of a running process; undefined where there is none of this id. A zombie is none. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether exactly this process still runs. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  return processIdentity(pid)?.started === started;
}

/** Sends a signal to this process and those of its group, if it still is the one. */
export function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(-identity.pid, signal);
  } catch {
    // It has ended in between, or is no leader of a group.
    if (isAlive(identity)) process.kill(identity.pid, signal);
  }
}

/** Boot and start in clock ticks after it: proc(5), field 22. The name in field 2 may hold spaces and brackets. */
function startOnLinux(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || ticks === undefined) return undefined;
  return `${read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}:${ticks}`;
}

function startByPs(pid: number): string | undefined {
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return started === '' ? undefined : started;
  } catch {
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
