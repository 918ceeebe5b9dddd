import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startBranchCounter } from './coverage.ts';
import type { BranchCoverage } from './coverage.ts';
import { runTarget } from './run-target.ts';
import type { TargetReport } from './run-target.ts';
import type { FuzzTarget } from './target.ts';
import { fuzzTargets } from './targets/fuzz-targets.ts';

const help = `Usage: npm run fuzz [-- --runs N] [--short] [--seed S] [--only PARSER] [--help]

Feeds every parser with valid, changed and planless inputs (3 : 5 : 2) and fails on anything but
typed errors, on what does not come back the same, and on an input that takes too long.

  --runs N     inputs in all; by default 50,000 a parser, and never fewer than 1,000,000
  --short      a run of less than 30 seconds
  --seed S     repeats a run; the seed is printed
  --only NAME  one parser, may be given more than once: PARSERS
`;

const accuracy = { least: 50_000, leastAccepted: 10_000, milliseconds: 250, heapGrowth: 10 * 2 ** 20 };

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly targets: readonly FuzzTarget[];
  /** Whether the counts promised for a full run are demanded. */
  readonly full: boolean;
}

class UsageError extends Error {}

function wholeNumber(text: string, what: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number))
    throw new UsageError(`${what} must be a whole number`);
  return number;
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string', multiple: true },
      short: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const only = values.only ?? [];
  for (const name of only) {
    if (!fuzzTargets.some((target) => target.name === name))
      throw new UsageError(`There is no parser ${name}`);
  }
  const targets = fuzzTargets.filter(({ name }) => only.length === 0 || only.includes(name));
  const standard = values.short
    ? 1000 * targets.length
    : Math.max(1_000_000 / fuzzTargets.length, accuracy.least) * targets.length;
  const runs = values.runs === undefined ? Math.ceil(standard) : wholeNumber(values.runs, '--runs');
  if (runs < targets.length) throw new UsageError('--runs is less than one input a parser');
  const seed =
    values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : wholeNumber(values.seed, '--seed');
  return { runs, seed, targets, full: values.runs === undefined && !values.short };
}

function progress(text: string): void {
  process.stderr.write(`fuzz: ${text}\n`);
}

function formatRow(report: TargetReport, branches: BranchCoverage): string {
  const percent = branches.total === 0 ? 0 : (100 * branches.taken) / branches.total;
  return [
    report.target.padEnd(20),
    `${report.runs} inputs`,
    `${report.mutated} mutated`,
    `${report.accepted} accepted`,
    `${report.rejected} rejected`,
    `branches ${branches.taken}/${branches.total} (${percent.toFixed(1)} %)`,
    `slowest ${report.slowest.toFixed(1)} ms`,
  ].join('  ');
}

/** What a parser's counts lack. */
function shortcomings(report: TargetReport, branches: BranchCoverage, full: boolean): readonly string[] {
  const missing: string[] = [];
  if (report.accepted === 0) missing.push('nothing was accepted');
  if (report.rejected === 0) missing.push('nothing was rejected');
  if (branches.taken === 0) missing.push('no branch of its sources was taken');
  if (full && report.runs < accuracy.least) missing.push(`fewer than ${accuracy.least} inputs`);
  if (full && report.accepted < accuracy.leastAccepted)
    missing.push(`fewer than ${accuracy.leastAccepted} accepted`);
  return missing;
}

function collector(): () => number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  return () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
}

async function fuzz({ runs, seed, targets, full }: Options): Promise<number> {
  process.stdout.write(`seed ${seed}\n`);
  const counter = await startBranchCounter();
  const heapUsed = collector();
  const share = Math.floor(runs / targets.length);
  let inputs = 0;
  let failed = 0;
  for (const [index, target] of targets.entries()) {
    progress(`${target.name} (${index + 1} of ${targets.length})`);
    await counter.take(target.sources);
    const report = await runTarget(target, {
      seed,
      runs: index === targets.length - 1 ? runs - share * index : share,
      maxMilliseconds: accuracy.milliseconds,
      maxHeapGrowth: accuracy.heapGrowth,
      heapUsed,
    });
    const branches = await counter.take(target.sources);
    process.stdout.write(`${formatRow(report, branches)}\n`);
    inputs += report.runs;
    const missing = report.failures.length === 0 ? shortcomings(report, branches, full) : [];
    failed += report.failures.length + missing.length;
    for (const text of missing) process.stdout.write(`FAILED ${target.name}: ${text}\n`);
    for (const failure of report.failures) {
      process.stdout.write(
        `FAILED ${failure.target} ${failure.kind} input ${failure.index}: ${failure.reason}\n  ${failure.input}\n`,
      );
    }
  }
  await counter.stop();
  process.stdout.write(`${inputs} inputs, ${failed} failures\n`);
  return failed;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    process.stdout.write(help.replace('PARSERS', fuzzTargets.map(({ name }) => name).join(', ')));
    return;
  }
  if ((await fuzz(options)) > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  // parseArgs tells a wrong option by a TypeError.
  if (error instanceof UsageError || (error instanceof TypeError && 'code' in error)) {
    progress(`${error.message}; see --help`);
    process.exitCode = 2;
    return;
  }
  progress(error instanceof Error ? String(error.stack) : String(error));
  process.exitCode = 1;
});
