import { sweepCommandMarks } from './command-mark.ts';
import { sweepContainers } from './container-labels.ts';
import { dropRun } from './end-run.ts';
import { engineVersion } from './engine.ts';
import { sweepEngine } from './ensure-engine.ts';
import { isAlive } from './process-identity.ts';
import { readRecords } from './run-record.ts';

/** Ends and removes the processes, folders and records of starters that are no more. @returns How many processes. */
export function sweepProcesses(): number {
  sweepCommandMarks();
  const left = readRecords().filter(({ owner }) => !isAlive(owner));
  for (const record of left) dropRun(record);
  return left.filter(({ how }) => how === 'process').length;
}

/** Removes all that was left behind here by starters that are no more: processes, containers and an engine. */
export async function sweep(): Promise<number> {
  const processes = sweepProcesses();
  const containers = (await engineVersion()) === undefined ? 0 : await sweepContainers();
  return processes + containers + ((await sweepEngine()) ? 1 : 0);
}
