import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { checks } from './checks.ts';
import { runScript, runTool } from './run-program.ts';
import type { ProgramEnd } from './run-program.ts';

/** What a part of the tests counted. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Shown where something failed, and the summary lines always. */
  readonly output: string;
  /** One line about what ran, for the reader. */
  readonly summary: string;
}

/** One part of `npm test`. */
export interface TestRow {
  readonly name: string;
  readonly title: string;
  run(full: boolean): Promise<Counts>;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** A program that counts as one test: it must end as expected, and say so in its last line. */
function asOne(end: ProgramEnd, good: boolean): Counts {
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0, output: end.output, summary: lastLine(end.stdout) };
}

function checkRow(check: (typeof checks)[number]): TestRow {
  return {
    name: `check:${check.name}`,
    title: check.title,
    run: async () => {
      const { ok, output } = await check.run(false);
      return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, output, summary: '' };
    },
  };
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
}

/** All unit tests with coverage; a threshold that is missed, or an error outside a test, counts as one failure. */
async function runVitest(): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'keyway-vitest-'));
  try {
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const end = await runTool('vitest', ['run', '--coverage', `--coverage.reportsDirectory=${folder}/coverage`, ...reporters], {
      env: { NODE_OPTIONS: '--disable-warning=ExperimentalWarning', NO_COLOR: '1' },
    });
    const counts = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
    const failed = counts.numFailedTests;
    const outside = end.code !== 0 && failed === 0 ? 1 : 0;
    const coverage = end.output.split('\n').filter((line) => /^(Statements|Branches|Functions|Lines) +:/.test(line));
    return {
      passed: counts.numPassedTests,
      failed: failed + outside,
      skipped: counts.numPendingTests + counts.numTodoTests,
      output: end.output,
      summary: coverage.join('; '),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface ConformanceReport {
  readonly targets: readonly { name: string; passed: number; failed: number; knownFailures: number; unsupported: number }[];
}

async function runConformance(): Promise<Counts> {
  const end = await runScript('conformance/src/cli/main.ts', ['--provider', 'local', '--json']);
  const { targets } = JSON.parse(end.stdout) as ConformanceReport;
  const sum = (member: 'passed' | 'failed' | 'knownFailures' | 'unsupported'): number =>
    targets.reduce((total, target) => total + target[member], 0);
  const failed = sum('failed');
  return {
    passed: sum('passed') + sum('unsupported') + sum('knownFailures'),
    failed: failed + (end.code !== 0 && failed === 0 ? 1 : 0),
    skipped: 0,
    output: end.output,
    summary: targets.map((target) => `${target.name}: ${target.passed} passed, ${target.unsupported} unsupported and refused`).join('; '),
  };
}

async function runSelfTest(): Promise<Counts> {
  const end = await runScript('conformance/src/cli/main.ts', ['--self-test']);
  const [, caught = '0', all = '0'] = /^(\d+) of (\d+) lies caught$/.exec(lastLine(end.stdout)) ?? [];
  const passed = Number(caught);
  const missed = Math.max(Number(all) - passed, end.code === 0 && passed > 0 ? 0 : 1);
  return { passed, failed: missed, skipped: 0, output: end.output, summary: lastLine(end.stdout) };
}

const nothingLost = /^\d+ kills, 0 lost, 0 torn$/;

/** Every part of the tests. */
export const testRows: readonly TestRow[] = [
  ...checks.map(checkRow),
  { name: 'unit', title: 'unit tests with coverage', run: runVitest },
  {
    name: 'tour',
    title: 'the tour of npm start',
    run: async () => {
      const end = await runScript('tour/main.ts');
      return asOne(end, end.code === 0);
    },
  },
  {
    name: 'tour:tamper',
    title: 'the tour notices a flipped byte',
    run: async () => {
      const end = await runScript('tour/main.ts', ['--tamper']);
      return asOne(end, end.code !== 0 && /verification failure/i.test(end.output));
    },
  },
  { name: 'conformance', title: 'the conformance suite on the local vault', run: runConformance },
  { name: 'self-test', title: 'the lying drivers', run: runSelfTest },
  {
    name: 'crash',
    title: 'writers killed at random moments',
    run: async (full) => {
      const end = await runScript('crash/main.ts', full ? [] : ['--short']);
      return asOne(end, end.code === 0 && nothingLost.test(lastLine(end.stdout)));
    },
  },
  {
    name: 'fuzz',
    title: 'parsers fed with damaged input',
    run: async (full) => {
      const end = await runScript('fuzz/main.ts', full ? [] : ['--short']);
      return asOne(end, end.code === 0);
    },
  },
  {
    name: 'docs',
    title: 'the documentation site builds',
    run: async () => {
      const end = await runScript('scripts/docs.ts', ['build']);
      return asOne(end, end.code === 0);
    },
  },
];

/** What only the full form runs. */
export const fullRows: readonly TestRow[] = [
  {
    name: 'bench',
    title: 'every bound of the benchmarks holds',
    run: async () => {
      const end = await runScript('bench/main.ts', ['--json']);
      return asOne(end, end.code === 0);
    },
  },
];

/** Whether this runs where everything that can be had must be there. */
export const inCi: boolean = process.env['CI'] !== undefined && process.env['CI'] !== '' && process.env['CI'] !== 'false';
