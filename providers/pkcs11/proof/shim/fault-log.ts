import { existsSync, readFileSync } from 'node:fs';
import type { FaultAction } from './fault-script.ts';

/** One call of a function, as the fault module has seen it. */
export interface LoggedCall {
  readonly pid: number;
  readonly thread: number;
  readonly function: string;
  /** What the caller was told; undefined where it was told nothing. */
  readonly told: number | undefined;
  /** What the real function gave; undefined where it was not called. */
  readonly real: number | undefined;
  readonly microseconds: number;
  readonly action: FaultAction['do'] | undefined;
}

const number = (text: string): number | undefined => (text === '-' ? undefined : Number(text));

function parseLine(line: string): LoggedCall {
  const [pid, thread, name = '', told = '-', real = '-', microseconds, action = '-'] = line.split('\t');
  return {
    pid: Number(pid),
    thread: Number(thread),
    function: name,
    told: number(told),
    real: number(real),
    microseconds: Number(microseconds),
    action: action === '-' ? undefined : (action as FaultAction['do']),
  };
}

/** The calls so far, in the order in which they ended. A call that hangs, kills or crashes is there as it does so. */
export function readFaultLog(file: string): readonly LoggedCall[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  // The last one is empty, or not written to its end.
  return lines.slice(0, -1).map(parseLine);
}

/** How often each function was called. */
export function countCalls(calls: readonly LoggedCall[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { function: name } of calls) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Sessions of the real module that were opened, closed, and opened without the caller being told so. */
export interface SessionCounts {
  readonly opened: number;
  readonly closed: number;
  /** Opened although the caller was told that it failed: nobody can close these. */
  readonly lost: number;
}

/** Counts sessions of one process. C_CloseAllSessions and C_Finalize close all that are open. */
export function countSessions(calls: readonly LoggedCall[]): SessionCounts {
  let [opened, closed, lost] = [0, 0, 0];
  for (const { function: name, told, real } of calls) {
    if (real !== 0) continue;
    if (name === 'C_OpenSession') {
      opened++;
      if (told !== 0) lost++;
    }
    if (name === 'C_CloseSession') closed++;
    if (name === 'C_CloseAllSessions' || name === 'C_Finalize') [closed, lost] = [opened, 0];
  }
  return { opened, closed, lost };
}
