import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { runProgram, runScript } from './run-program.ts';

/** Something that is needed beyond Node and the workspace's packages. */
export interface Requirement {
  readonly name: string;
  readonly why: string;
  /** The line that makes it available, for a person to run. */
  readonly install: string;
  isThere(): Promise<boolean>;
  /** Tries to make it available; called where it is not there. */
  provide(): Promise<void>;
}

/** A requirement that is not there, and the line that would bring it. */
export type Missing = Pick<Requirement, 'name' | 'why' | 'install'>;

/** Whether this process may install packages: root on Debian or one of its descendants. */
export function mayInstall(
  uid: number | undefined = process.getuid?.(),
  osRelease = '/etc/os-release',
): boolean {
  if (uid !== 0 || !existsSync(osRelease)) return false;
  return /^ID(?:_LIKE)?=.*\b(?:debian|ubuntu)\b/m.test(readFileSync(osRelease, 'utf8'));
}

/** Installs packages without asking. The lists of packages are fetched only where the first try fails. */
async function installPackages(packages: readonly string[]): Promise<void> {
  if (!mayInstall()) return;
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, live: true };
  process.stderr.write(`requirements: installing ${packages.join(', ')}\n`);
  const flags = ['--yes', '--quiet', '--option=Dpkg::Use-Pty=0', '--no-install-recommends', '--no-upgrade'];
  const args = ['install', ...flags, ...packages];
  if ((await runProgram('apt-get', args, options)).code === 0) return;
  await runProgram('apt-get', ['update', '--quiet'], options);
  await runProgram('apt-get', args, options);
}

/** A program that Debian's packages bring. It is there where the probe ends with 0. */
function program(
  name: string,
  why: string,
  [command, ...args]: readonly [string, ...string[]],
  packages: readonly string[],
): Requirement {
  return {
    name,
    why,
    install: `apt-get install ${packages.join(' ')}`,
    isThere: async () => (await runProgram(command, args)).code === 0,
    provide: () => installPackages(packages),
  };
}

const go = program(
  'go',
  'fetches the Wycheproof vectors',
  ['go', 'version'],
  ['golang-go', 'ca-certificates'],
);

/** Everything that is needed, and what for. */
export const requirements: readonly Requirement[] = [
  go,
  program('openssl', 'checks signatures outside', ['openssl', 'version'], ['openssl']),
  {
    name: 'wycheproof',
    why: 'test vectors, fetched by go',
    install: `${go.install} && node scripts/vectors.ts`,
    // The script fetches what is not there, and is quick where everything is.
    isThere: async () => (await runScript('scripts/vectors.ts', [], { live: true })).code === 0,
    provide: () => go.provide(),
  },
];

/**
 * Sees to it that things are there: installs what is missing as root on Debian or Ubuntu, elsewhere says which line to
 * run.
 *
 * @returns What is still missing.
 */
export async function ensure(
  names: readonly string[],
  known: readonly Requirement[] = requirements,
): Promise<readonly Missing[]> {
  const missing: Missing[] = [];
  for (const name of names) {
    const requirement = known.find((row) => row.name === name);
    if (requirement === undefined) throw new TypeError(`There is no requirement ${name}`);
    if (await requirement.isThere()) continue;
    await requirement.provide();
    if (!(await requirement.isThere())) missing.push(requirement);
  }
  return missing;
}
