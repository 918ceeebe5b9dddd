import { spawn } from 'node:child_process';
import { glob, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { mutate } from './find-mutants.ts';
import type { Mutant } from './find-mutants.ts';

/** How the tests took a mutant. One that makes them run without end is caught too. */
export type Verdict = 'killed' | 'timeout' | 'survived';

/** Tests that would take longer than all others together. They are about memory and damage, not about conditions. */
const left = ['**/memory-scan.test.ts', '**/damaged-file.test.ts'];

const longest = 240_000;

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
async function runTests(copy: string, own: string, file?: string): Promise<Run> {
  const excluded = [...(await otherTests(copy, own)), ...left].flatMap((pattern) => ['--exclude', pattern]);
  const report = join(copy, 'mutant-report.json');
  await rm(report, { force: true });
  const which = file === undefined ? ['run'] : ['related', file, '--run'];
  const args = [...which, '--bail=1', '--reporter=json', `--outputFile=${report}`, ...excluded];
  const status = await runVitest(copy, args);
  const text = await readFile(report, 'utf8').catch(() => '{}');
  return { status, tests: (JSON.parse(text) as { numTotalTests?: number }).numTotalTests ?? 0 };
}

function runVitest(copy: string, args: readonly string[]): Promise<number | 'timeout'> {
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
    }, longest);
    process.once('exit', end);
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(timer);
      process.removeListener('exit', end);
      resolve(status ?? 1);
    });
  });
}

/** Whether the tests of a package pass as it is, and there are some. */
export async function isGreen(copy: string, own: string): Promise<boolean> {
  const { status, tests } = await runTests(copy, own);
  return status === 0 && tests > 0;
}

/** Puts a mutant into the copy, runs the tests that reach it, and takes it out again. */
export async function tryMutant(copy: string, mutant: Mutant): Promise<Verdict> {
  const path = join(copy, mutant.file);
  const source = await readFile(path, 'utf8');
  await writeFile(path, mutate(source, mutant));
  try {
    const { status } = await runTests(copy, packageOf(mutant.file), mutant.file);
    if (status === 'timeout') return 'timeout';
    return status === 0 ? 'survived' : 'killed';
  } finally {
    await writeFile(path, source);
  }
}
