import { hostname } from 'node:os';
import { docker } from './engine.ts';
import { isAlive } from './process-identity.ts';
import type { RunRecord } from './run-record.ts';

const label = 'dev.keyway.emulator';
const prefix = `${label}.`;

/** Labels that tell whose container it is. */
export function containerLabels({ id, name, owner }: RunRecord): Record<string, string> {
  const { pid, started } = owner;
  return {
    [label]: name,
    [`${prefix}run`]: id,
    [`${prefix}host`]: hostname(),
    [`${prefix}pid`]: String(pid),
    [`${prefix}started`]: started,
  };
}

/** Arguments of the engine's client that list the containers of a run. */
export function containersOf(id: string): string[] {
  return ['ps', '--all', '--quiet', '--filter', `label=${prefix}run=${id}`];
}

/** Removes the containers of a run. */
export async function removeContainersOf(id: string): Promise<void> {
  const ids = await docker(containersOf(id));
  await removeContainers(ids.split('\n').filter(Boolean));
}

/** Removes the containers whose starter, a process of this machine, is no more. @returns How many. */
export async function sweepContainers(): Promise<number> {
  const field = (name: string): string => `{{.Label "${prefix}${name}"}}`;
  const format = ['{{.ID}}', field('host'), field('pid'), field('started')].join('\t');
  const list = await docker(['ps', '--all', '--filter', `label=${label}`, '--format', format]);
  const left = list.split('\n').flatMap((line) => {
    const [id = '', host, pid, started = ''] = line.split('\t');
    return host === hostname() && !isAlive({ pid: Number(pid), started }) ? [id] : [];
  });
  await removeContainers(left);
  return left.length;
}

async function removeContainers(ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await docker(['rm', '--force', '--volumes', ...ids]);
}
