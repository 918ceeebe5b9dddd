import { promiseCases } from '../all-cases.ts';
import type { Case } from '../case.ts';
import type { TargetReport } from '../report.ts';
import { runConformance } from '../run.ts';
import { allLies } from './all-lies.ts';
import type { Lie } from './lie.ts';
import { trueVault } from './true-vault.ts';

/** A lie may break at most this part of the cases: it is one lie, not a ruin. */
const mostBroken = 0.1;
/** At most this part of the cases may be turned red by no lie. */
const mostUntouched = 0.1;

/** What became of one lie. */
export interface LieResult {
  readonly lie: Lie;
  /** The cases that it turned red, in their order. */
  readonly caughtBy: readonly string[];
  /** The part of the cases that still pass. */
  readonly passing: number;
}

/** What the self-test found. */
export interface SelfTestResult {
  readonly honest: TargetReport;
  readonly lies: readonly LieResult[];
  /** Cases that the true vault passes and that no lie turned red. */
  readonly untouched: readonly string[];
}

/** Runs the suite against the true vault, and against each lie. */
export async function tryLies(
  lies: readonly Lie[],
  cases: readonly Case[] = promiseCases,
  onLie: (result: LieResult) => void = () => undefined,
): Promise<SelfTestResult> {
  const honest = await runConformance(trueVault, { cases, openssl: false });
  const results: LieResult[] = [];
  for (const lie of lies) {
    const report = await runConformance(lyingVault(lie), { cases, openssl: false, wrapManager: lie.manager, patience: 20_000 });
    const caughtBy = report.results.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id);
    const result = { lie, caughtBy, passing: 1 - caughtBy.length / report.results.length };
    results.push(result);
    onLie(result);
  }
  const touched = new Set(results.flatMap(({ caughtBy }) => caughtBy));
  const passed = honest.results.filter(({ outcome }) => outcome === 'passed');
  return { honest, lies: results, untouched: passed.map(({ id }) => id).filter((id) => !touched.has(id)) };
}

function lyingVault(lie: Lie): typeof trueVault {
  return {
    ...trueVault,
    name: lie.id,
    open: async (fixture) => {
      const honest = await trueVault.open(fixture);
      return lie.driver?.(honest) ?? honest;
    },
  };
}

/** Runs the self-test as a command. @returns the exit status. */
export async function runSelfTest(out: { print(text: string): void; say(line: string): void }): Promise<number> {
  const { print, say } = out;
  const problems: string[] = [];
  const { honest, lies, untouched } = await tryLies(allLies, promiseCases, ({ lie, caughtBy, passing }) => {
    const [first] = caughtBy;
    const others = caughtBy.length > 1 ? ` and ${caughtBy.length - 1} more` : '';
    print(first === undefined ? `${lie.id}: NOT CAUGHT\n` : `${lie.id}: caught by ${first}${others}\n`);
    if (passing < 1 - mostBroken) problems.push(`${lie.id} breaks ${caughtBy.length} cases: that is no single lie`);
  });
  const caught = lies.filter(({ caughtBy }) => caughtBy.length > 0).length;
  const { failed, passed } = honest.counts;
  for (const { id, outcome } of honest.results) if (outcome === 'failed') problems.push(`The true vault fails ${id}`);
  if (failed > 0 || passed === 0) problems.push('The true vault is not green: nothing can be said about lies');
  if (untouched.length > mostUntouched * passed) problems.push('Too many cases are turned red by no lie');
  print(`Turned red by no lie: ${untouched.length} of ${passed} cases (at most ${mostUntouched * 100} %)\n`);
  for (const id of untouched) print(`  ${id}\n`);
  for (const problem of problems) say(problem);
  print(`${caught} of ${lies.length} lies caught\n`);
  return problems.length === 0 && caught === lies.length ? 0 : 1;
}
