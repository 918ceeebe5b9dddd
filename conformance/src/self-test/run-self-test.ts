import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { allLies } from './all-lies.ts';
import { readVault } from './honest-vault.ts';
import { leftOut } from './try-lie.ts';
import type { Verdicts } from './try-lie.ts';

/** A lie may break at most this part of the cases: it is one lie, not a ruin. */
const mostBroken = 0.1;
/** At most this part of the cases may be turned red by no lie. */
const mostUntouched = 0.1;

/** Where the self-test writes: results, and what a person watching wants to know. */
export interface SelfTestOutput {
  print(text: string): void;
  say(line: string): void;
}

/**
 * Runs the suite against the true vault and against every lie, on all processors.
 *
 * @returns the exit status: 0 where every lie is caught, none breaks more than a tenth of the cases, and at most a tenth of
 * the cases are turned red by no lie. A lie that cannot be told about the vault must not be caught, or it could be told.
 *
 * @param module Exports a vault as `target`, and as `untold` the lies that cannot be told about it. Default: the local one.
 */
export async function runSelfTest({ print, say }: SelfTestOutput, module?: string): Promise<number> {
  const problems: string[] = [];
  const { untold } = await readVault(module);
  const told = allLies.filter(({ id }) => untold[id] === undefined);
  const results = await tryAll(['', ...allLies.map(({ id }) => id)], module, (id, { failed, total }) => {
    if (untold[id] !== undefined) {
      print(`${id}: cannot be told: ${untold[id]}\n`);
      if (failed.length > 0) problems.push(`${id} is caught, so it can be told`);
    } else if (id === '')
      for (const { id: failing, said } of failed) problems.push(`The true vault fails ${failing}: ${said}`);
    else
      print(
        verdictLine(
          id,
          failed.map((each) => each.id),
        ),
      );
    if (failed.length > total * mostBroken)
      problems.push(`${id} breaks ${failed.length} of ${total} cases: no single lie`);
  });
  const honest = results.get('');
  const touched = new Set(allLies.flatMap(({ id }) => results.get(id)?.failed.map((each) => each.id) ?? []));
  const untouched = honest?.passed.filter((id) => !touched.has(id)) ?? [];
  const passed = honest?.passed.length ?? 0;
  const caught = told.filter(({ id }) => (results.get(id)?.failed.length ?? 0) > 0).length;
  if (passed === 0) problems.push('The true vault passes nothing: nothing can be said about lies');
  if (untouched.length > mostUntouched * passed) problems.push('Too many cases are turned red by no lie');
  print(`Turned red by no lie: ${untouched.length} of ${passed} cases (at most ${mostUntouched * 100} %)\n`);
  print(untouched.map((id) => `  ${id}\n`).join(''));
  print(`Left out for their time: ${leftOut.join(', ')}\n`);
  for (const problem of problems) say(problem);
  print(`${caught} of ${told.length} lies caught\n`);
  return problems.length === 0 && caught === told.length ? 0 : 1;
}

function verdictLine(id: string, caughtBy: readonly string[]): string {
  const [first] = caughtBy;
  if (first === undefined) return `${id}: NOT CAUGHT\n`;
  return `${id}: caught by ${first}${caughtBy.length > 1 ? ` and ${caughtBy.length - 1} more` : ''}\n`;
}

type Answer = { readonly id: string } & (Verdicts | { readonly error: string });

/** Hands the vaults out to as many threads as there are processors. */
async function tryAll(
  ids: readonly string[],
  module: string | undefined,
  onVerdicts: (id: string, verdicts: Verdicts) => void,
): Promise<ReadonlyMap<string, Verdicts>> {
  const results = new Map<string, Verdicts>();
  const left = [...ids];
  const threads = Math.max(1, Math.min(availableParallelism(), ids.length));
  await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = startWorker(module);
      try {
        for (let id = left.shift(); id !== undefined; id = left.shift()) {
          const verdicts = await ask(worker, id);
          results.set(id, verdicts);
          onVerdicts(id, verdicts);
        }
      } finally {
        await worker.terminate();
      }
    }),
  );
  return results;
}

function startWorker(module: string | undefined): Worker {
  const file = import.meta.url.endsWith('.ts') ? './lie-worker.ts' : './lie-worker.js';
  return new Worker(new URL(file, import.meta.url), { workerData: { selfTest: true, module } });
}

function ask(worker: Worker, id: string): Promise<Verdicts> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (answer: Answer) => {
      worker.off('error', reject);
      if ('error' in answer)
        reject(new Error(`The self-test of ${id === '' ? 'the truth' : id} broke down: ${answer.error}`));
      else resolve(answer);
    });
    worker.postMessage(id);
  });
}
