import { runApiReports } from './api-reports.ts';
import { faultsOf, runConsumer, packedPackages } from './packed-packages.ts';
import { publicPackages } from './public-packages.ts';
import { runScript, runTool } from './run-program.ts';
import type { ProgramEnd } from './run-program.ts';

/** How a check ended: its output is shown where it failed. */
export interface CheckEnd {
  readonly ok: boolean;
  readonly output: string;
}

/** One check of the repository. */
export interface Check {
  readonly name: string;
  readonly title: string;
  /** Checks, or with `fix` mends what it can. */
  run(fix: boolean): Promise<CheckEnd>;
}

const byCode = ({ code, output }: ProgramEnd): CheckEnd => ({ ok: code === 0, output });

/** Fails where a check looked at nothing: its tool's own count must be there. */
export function counted({ ok, output }: CheckEnd, pattern: RegExp): CheckEnd {
  const count = Number(pattern.exec(output)?.[1] ?? '0');
  return count > 0 ? { ok, output } : { ok: false, output: `${output}\nNothing was checked.` };
}

/** Every package as it would be published, by one tool. */
async function eachPacked(run: (tarball: string) => Promise<ProgramEnd>): Promise<CheckEnd> {
  const ends: ProgramEnd[] = [];
  for (const { tarball } of await packedPackages()) ends.push(await run(tarball));
  return { ok: ends.every(({ code }) => code === 0), output: ends.map(({ output }) => output).join('\n') };
}

async function checkConsumer(): Promise<CheckEnd> {
  const packages = await packedPackages();
  const faults = (await Promise.all(packages.map(faultsOf))).flat();
  const end = await runConsumer(packages);
  return { ok: faults.length === 0 && end.code === 0, output: [...faults, end.output].join('\n') };
}

/** The build. The checks after it look at what it made. */
export const buildCheck: Check = {
  name: 'types',
  title: 'tsc builds every project',
  run: async () => byCode(await runTool('tsc', ['-b'])),
};

const otherChecks: readonly Check[] = [
  {
    name: 'lint',
    title: 'oxlint with types finds nothing',
    run: async (fix) => {
      const args = ['--type-aware', '--deny-warnings', ...(fix ? ['--fix'] : [])];
      return counted(byCode(await runTool('oxlint', args)), /on (\d+) files/);
    },
  },
  {
    name: 'format',
    title: 'oxfmt has nothing to change',
    run: async (fix) =>
      counted(byCode(await runTool('oxfmt', fix ? ['.'] : ['--check', '.'])), /on (\d+) files/),
  },
  { name: 'unused', title: 'knip finds nothing unused', run: async () => byCode(await runTool('knip', [])) },
  {
    name: 'api',
    title: `the API reports of ${publicPackages.length} packages are as committed`,
    run: runApiReports,
  },
  {
    name: 'generated',
    title: 'generated pages are as committed',
    run: async (fix) => byCode(await runScript('scripts/generate.ts', fix ? [] : ['--check'])),
  },
  {
    name: 'publint',
    title: 'publint accepts every package',
    run: () => eachPacked((tarball) => runTool('publint', ['--strict', tarball])),
  },
  {
    name: 'attw',
    title: 'the types of every package resolve',
    run: () =>
      eachPacked((tarball) =>
        runTool('attw', [tarball, '--profile', 'esm-only', '--no-definitely-typed', '--no-emoji']),
      ),
  },
  {
    name: 'consumer',
    title: 'a program outside compiles and runs with the packed packages',
    run: checkConsumer,
  },
];

/** Every check, the build first. */
export const checks: readonly Check[] = [buildCheck, ...otherChecks];
