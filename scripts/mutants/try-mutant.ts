import { spawn } from 'node:child_process';
import { glob, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { mutate } from './find-mutants.ts';
import type { Mutant } from './find-mutants.ts';

/** How the tests took a mutant. One that makes them run without end is caught too. */
export type Verdict = 'killed' | 'timeout' | 'survived';

/**
 * Tests that would take longer than all others together. They are about memory and damage, not about conditions; and those
 * of `proof` are about the programs that prove a provider, with emulators.
 */
const left = ['**/memory-scan.test.ts', '**/damaged-file.test.ts', 'providers/*/test/proof/**'];

/** Tests that take long, and run where the others have noticed nothing: the suite, and those that play through
 * every moment of something. */
const late = [
  '**/own-target.test.ts',
  '**/faults.test.ts',
  '**/crashes.test.ts',
  '**/races.test.ts',
  '**/stale-reads.test.ts',
];

/** Milliseconds that tests get, beside what they need as the code is: a mutant may make them run without end. */
const longest = { asTheyAre: 900_000, atLeast: 60_000, times: 3 } as const;

/** Where tests of other packages are. */
async function otherTests(copy: string, own: string): Promise<readonly string[]> {
  const folders = await Array.fromAsync(
    glob('{*,packages/*,providers/*}/test', { cwd: copy, exclude: ['node_modules'] }),
  );
  return folders.filter((folder) => !folder.startsWith(`${own}/`)).map((folder) => `${folder}/**`);
}

interface Run {
  readonly status: number | 'timeout';
  /** Tests that ran. Where nothing ran, nothing was shown. */
  readonly tests: number;
}

/** The folder of a file's package. */
export function packageOf(file: string): string {
  return file.split('/').slice(0, 2).join('/');
}

/** Runs tests of one package in a copy of the workspace, until one fails: all, or those that reach a file. */
async function runTests(
  copy: string,
  own: string,
  {
    file,
    but = [],
    limit = longest.asTheyAre,
  }: { readonly file?: string; readonly but?: readonly string[]; readonly limit?: number } = {},
): Promise<Run> {
  const patterns = [...(await otherTests(copy, own)), ...left, ...but];
  const excluded = patterns.flatMap((pattern) => ['--exclude', pattern]);
  const report = join(copy, 'mutant-report.json');
  await rm(report, { force: true });
  const which = file === undefined ? ['run'] : ['related', file, '--run'];
  // Processes are not started anew for each file, which would take longer than most of the tests.
  const args = [
    ...which,
    '--bail=1',
    '--no-isolate',
    '--reporter=json',
    `--outputFile=${report}`,
    ...excluded,
  ];
  const status = await runVitest(copy, args, limit);
  const text = await readFile(report, 'utf8').catch(() => '{}');
  return { status, tests: (JSON.parse(text) as { numTotalTests?: number }).numTotalTests ?? 0 };
}

function runVitest(copy: string, args: readonly string[], limit: number): Promise<number | 'timeout'> {
  const child = spawn(process.execPath, [join(copy, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: copy,
    stdio: 'ignore',
    // A group of its own, so that its workers can be ended with it.
    detached: true,
    env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
  });
  return new Promise((resolve, reject) => {
    const end = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    const timer = setTimeout(() => {
      resolve('timeout');
      end();
    }, limit);
    process.once('exit', end);
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(timer);
      process.removeListener('exit', end);
      resolve(status ?? 1);
    });
  });
}

/** Runs the tests of a package as it is. Gives the time that a mutant of it gets; nothing where they fail, or are none. */
export async function timeFor(copy: string, own: string): Promise<number | undefined> {
  const started = performance.now();
  const { status, tests } = await runTests(copy, own);
  if (status !== 0 || tests === 0) return undefined;
  return Math.max(longest.atLeast, longest.times * (performance.now() - started));
}

/** Whether a package has tests that take long. */
async function hasLate(copy: string, own: string): Promise<boolean> {
  for await (const _ of glob([...late], { cwd: join(copy, own), exclude: ['node_modules'] })) return true;
  return false;
}

/** Puts a mutant into the copy, runs the tests that reach it, and takes it out again. */
export async function tryMutant(copy: string, mutant: Mutant, limit: number): Promise<Verdict> {
  const path = join(copy, mutant.file);
  const source = await readFile(path, 'utf8');
  await writeFile(path, mutate(source, mutant));
  try {
    const { file } = mutant;
    const own = packageOf(file);
    const quick = await runTests(copy, own, { file, but: late, limit });
    const { status } =
      quick.status === 0 && (await hasLate(copy, own)) ? await runTests(copy, own, { file, limit }) : quick;
    if (status === 'timeout') return 'timeout';
    return status === 0 ? 'survived' : 'killed';
  } finally {
    await writeFile(path, source);
  }
}
