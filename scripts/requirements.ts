import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { runProgram } from './run-program.ts';

/** A program beyond Node that something here needs. */
export interface Requirement {
  readonly name: string;
  /** Ends with 0 where it is there. */
  readonly probe: readonly [string, ...string[]];
  /** The packages of Debian and Ubuntu that bring it. */
  readonly packages: readonly string[];
  readonly why: string;
}

/** Everything that is needed beyond Node, and what for. */
export const requirements: readonly Requirement[] = [
  { name: 'openssl', probe: ['openssl', 'version'], packages: ['openssl'], why: 'checks signatures outside' },
  { name: 'go', probe: ['go', 'version'], packages: ['golang-go', 'ca-certificates'], why: 'fetches the Wycheproof vectors' },
  {
    name: 'python-cryptography',
    probe: ['python3', '-c', 'import cryptography'],
    packages: ['python3-cryptography'],
    why: 'unwraps released keys outside',
  },
];

/** A requirement that is not there, and the line that would install it. */
export interface Missing {
  readonly name: string;
  readonly why: string;
  readonly install: string;
}

async function isThere(requirement: Requirement): Promise<boolean> {
  const [command, ...args] = requirement.probe;
  return (await runProgram(command, args)).code === 0;
}

/** Whether this process may install packages: root on Debian or one of its descendants. */
function mayInstall(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

async function install(packages: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  process.stderr.write(`requirements: installing ${packages.join(', ')}\n`);
  const args = ['install', '--yes', '--no-install-recommends', ...packages];
  if ((await runProgram('apt-get', args, { env })).code === 0) return;
  await runProgram('apt-get', ['update'], { env });
  await runProgram('apt-get', args, { env });
}

/**
 * Sees to it that programs are there: installs them as root on Debian or Ubuntu, elsewhere names the line to run.
 *
 * @returns What is still missing.
 */
export async function ensure(names: readonly string[]): Promise<readonly Missing[]> {
  const missing: Missing[] = [];
  for (const name of names) {
    const requirement = requirements.find((row) => row.name === name);
    if (requirement === undefined) throw new TypeError(`There is no requirement ${name}`);
    if (await isThere(requirement)) continue;
    if (mayInstall()) await install(requirement.packages);
    if (await isThere(requirement)) continue;
    missing.push({ name, why: requirement.why, install: `apt-get install ${requirement.packages.join(' ')}` });
  }
  return missing;
}
