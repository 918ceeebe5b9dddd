import { readFileSync } from 'node:fs';
import { runApiReports } from './api-reports.ts';
import { publicPackages } from './public-packages.ts';
import { root, runScript, runTool } from './run-program.ts';
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

/** A check that looked at nothing has failed: its tool's own count must be there. */
function counted(end: ProgramEnd, pattern: RegExp): CheckEnd {
  const count = Number(pattern.exec(end.output)?.[1] ?? '0');
  return count > 0 ? byCode(end) : { ok: false, output: `${end.output}\nNothing was checked.` };
}

async function eachPackage(run: (folder: string) => Promise<ProgramEnd>): Promise<CheckEnd> {
  const ends: ProgramEnd[] = [];
  for (const folder of publicPackages) ends.push(await run(folder));
  return { ok: ends.every(({ code }) => code === 0), output: ends.map(({ output }) => output).join('\n') };
}

/** What a consumer resolves must be built files; the sources' own condition is for this workspace. */
function checkExports(folder: string): readonly string[] {
  const { exports, files } = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')) as {
    exports: Record<string, string | Record<string, string>>;
    files: string[];
  };
  const faults = Object.entries(exports).flatMap(([path, target]) =>
    typeof target !== 'string' && !(target['default']?.startsWith('./dist/') && target['types']?.startsWith('./dist/'))
      ? [`${folder}: ${path} does not lead to dist`]
      : [],
  );
  return files.includes('dist') ? faults : [...faults, `${folder}: dist is not published`];
}

/** Every check, the build first: the ones after it look at what it made. */
export const checks: readonly Check[] = [
  { name: 'types', title: 'tsc builds every project', run: async () => byCode(await runTool('tsc', ['-b'])) },
  {
    name: 'lint',
    title: 'oxlint with types finds nothing',
    run: async (fix) =>
      counted(await runTool('oxlint', ['--type-aware', '--deny-warnings', ...(fix ? ['--fix'] : [])]), /on (\d+) files/),
  },
  {
    name: 'format',
    title: 'oxfmt has nothing to change',
    run: async (fix) => byCode(await runTool('oxfmt', fix ? ['.'] : ['--check', '.'])),
  },
  { name: 'unused', title: 'knip finds nothing unused', run: async () => byCode(await runTool('knip', [])) },
  {
    name: 'exports',
    title: 'every package leads its consumers to built files',
    run: async () => {
      const faults = publicPackages.flatMap(checkExports);
      return { ok: faults.length === 0, output: faults.join('\n') };
    },
  },
  {
    name: 'publint',
    title: 'publint accepts every package',
    run: () => eachPackage((folder) => runTool('publint', ['--strict', '--pack', 'npm', folder])),
  },
  {
    name: 'attw',
    title: 'the types of every package resolve',
    run: () => eachPackage((folder) => runTool('attw', ['--pack', folder, '--profile', 'esm-only', '--no-emoji'])),
  },
  { name: 'api', title: 'the API reports are as committed', run: runApiReports },
  {
    name: 'generated',
    title: 'generated pages are as committed',
    run: async (fix) => byCode(await runScript('scripts/generate.ts', fix ? [] : ['--check'])),
  },
];
