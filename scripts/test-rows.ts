import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checks } from './checks.ts';
import { root, runScript, runTool } from './run-program.ts';
import type { ProgramEnd } from './run-program.ts';
import {
  asOne,
  countCells,
  countConformance,
  countInputs,
  countKills,
  countLies,
  countUnits,
  countWorkarounds,
  lastLine,
} from './test-counts.ts';
import type { Counts } from './test-counts.ts';

/** How a part of the tests ended. Its output is shown where something failed. */
export interface PartEnd {
  readonly counts: Counts;
  readonly output: string;
}

/** One part of `npm test`. */
export interface TestRow {
  readonly name: string;
  readonly title: string;
  /** Names in `requirements.ts`: the part is not run without them. */
  readonly needs: readonly string[];
  /** Runs only in the full form. */
  readonly fullOnly?: true;
  run(full: boolean): Promise<PartEnd>;
}

/** Counts a program's output. Where there is nothing to count, the output says why. */
function count(end: ProgramEnd, by: (end: ProgramEnd) => Counts): PartEnd {
  try {
    return { counts: by(end), output: end.output };
  } catch (error) {
    return { counts: asOne(false), output: `${end.output}\n${String(error)}` };
  }
}

/** Gives a part a folder for its temporary files, which is gone afterwards. */
async function withScratch(run: (folder: string) => Promise<PartEnd>): Promise<PartEnd> {
  const folder = await mkdtemp(join(tmpdir(), 'keyway-test-'));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A script that is a part of the tests. Its file must be there. */
function script(
  file: string,
  args: readonly string[],
  by: (end: ProgramEnd) => Counts,
  settings: Readonly<Record<string, string>> = {},
): Promise<PartEnd> {
  return withScratch(async (TMPDIR) => {
    if (!existsSync(`${root}${file}`)) return { counts: asOne(false), output: `${file} does not exist` };
    return count(await runScript(file, args, { env: { TMPDIR, ...settings } }), by);
  });
}

/** All unit tests, with coverage. */
function runVitest(): Promise<PartEnd> {
  return withScratch(async (TMPDIR) => {
    const report = join(TMPDIR, 'report.json');
    const reporters = ['--reporter=default', `--reporter=${root}scripts/unit-reporter.ts`];
    const settings = { TMPDIR, KEYWAY_UNIT_REPORT: report, NO_COLOR: '1' };
    const env = { ...settings, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' };
    const end = await runTool('vitest', ['run', '--coverage', ...reporters], { env });
    const text = existsSync(report) ? await readFile(report, 'utf8') : '';
    return count(end, () => countUnits(text, end));
  });
}

const checkRows = checks.map((check): TestRow => ({
  name: `check:${check.name}`,
  title: check.title,
  needs: [],
  run: async () => {
    const { ok, output } = await check.run(false);
    return { counts: asOne(ok), output };
  },
}));

const short = (full: boolean): readonly string[] => (full ? [] : ['--short']);

/** Every part of the tests. */
export const testRows: readonly TestRow[] = [
  ...checkRows,
  {
    name: 'unit',
    title: 'unit tests with coverage',
    needs: [
      'openssl',
      'wycheproof',
      'docker',
      'local-kms',
      'localstack',
      'boto3',
      'softhsm2',
      'nss',
      'p11-kit',
      'mmdebstrap',
      'opensc',
      'openssl-pkcs11',
      'cc',
      'pkcs11-programs',
    ],
    run: runVitest,
  },
  {
    name: 'tour',
    title: 'the tour of npm start',
    needs: ['openssl'],
    run: () => script('tour/main.ts', [], (end) => asOne(end.code === 0, lastLine(end.stdout))),
  },
  {
    name: 'tour:tamper',
    title: 'the tour ends where a bit of a signed file is flipped',
    needs: ['openssl'],
    run: () =>
      script('tour/main.ts', ['--tamper'], ({ code, output }) =>
        asOne(code !== 0 && /verification failure/i.test(output), `exit status ${code}`),
      ),
  },
  {
    name: 'conformance',
    title: 'the conformance suite on the local vault',
    needs: ['openssl', 'wycheproof'],
    run: () => script('conformance/src/cli/main.ts', ['--provider', 'local', '--json'], countConformance),
  },
  {
    name: 'conformance:nodes',
    title: 'the conformance suite on the oldest and the newest Node.js, with the built packages',
    needs: ['openssl', 'wycheproof', 'other-nodes'],
    run: () => script('scripts/other-nodes.ts', [], countConformance),
  },
  {
    name: 'conformance:aws-kms',
    title: 'the conformance suite on emulators of AWS KMS',
    needs: ['openssl', 'wycheproof', 'docker', 'local-kms', 'localstack', 'moto'],
    run: (full) =>
      script(
        'scripts/conformance.ts',
        ['--provider', 'aws-kms', '--json'],
        countConformance,
        full ? { KEYWAY_FULL: '1' } : {},
      ),
  },
  {
    name: 'conformance:pkcs11',
    title: 'the conformance suite on PKCS#11 tokens',
    needs: ['openssl', 'wycheproof', 'softhsm2', 'nss'],
    run: (full) =>
      script(
        'scripts/conformance.ts',
        ['--provider', 'pkcs11', '--json'],
        countConformance,
        full ? { KEYWAY_FULL: '1' } : {},
      ),
  },
  {
    name: 'faults:aws-kms',
    title: 'a fault at each request of the flows of AWS KMS (all flows in the full form)',
    needs: ['docker', 'local-kms', 'localstack'],
    run: (full) => script('providers/aws-kms/proof/faults-main.ts', short(full), countCells),
  },
  {
    name: 'self-test',
    title: 'the suite catches drivers that lie',
    needs: ['openssl', 'wycheproof'],
    run: () => script('conformance/src/cli/main.ts', ['--self-test'], countLies),
  },
  {
    name: 'self-test:aws-kms',
    title: 'the suite catches lies about AWS KMS, told on our own in-memory KMS',
    needs: ['openssl', 'wycheproof'],
    fullOnly: true,
    run: () =>
      script(
        'conformance/src/cli/main.ts',
        ['--self-test', 'providers/aws-kms/test/own-target.ts'],
        countLies,
      ),
  },
  {
    name: 'workarounds',
    title: 'each workaround for a trap of a vendor has a test that turns red without it',
    needs: [],
    run: () => script('scripts/workarounds.ts', [], countWorkarounds),
  },
  {
    name: 'crash',
    title: 'writers killed at random moments',
    needs: [],
    run: (full) => script('crash/main.ts', short(full), countKills),
  },
  {
    name: 'fuzz',
    title: 'parsers fed with damaged input',
    needs: [],
    run: (full) => script('fuzz/main.ts', short(full), countInputs),
  },
  {
    name: 'docs',
    title: 'the documentation site builds',
    needs: [],
    run: () => script('scripts/docs.ts', ['build'], (end) => asOne(end.code === 0)),
  },
  {
    name: 'bench',
    title: 'every bound of the benchmarks holds',
    needs: [],
    fullOnly: true,
    run: () => script('bench/main.ts', [], (end) => asOne(end.code === 0, lastLine(end.stdout))),
  },
  {
    name: 'mutants',
    title: 'the tests notice small changes of core and the providers',
    needs: ['openssl'],
    fullOnly: true,
    run: () => script('scripts/mutants.ts', [], (end) => asOne(end.code === 0, lastLine(end.stdout))),
  },
];
