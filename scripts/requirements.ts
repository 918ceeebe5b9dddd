import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import {
  boto3Environment,
  emulatorRow,
  ensureEngine,
  fetchEmulator,
  findInPath,
  findLibrary,
  findPython,
  pythonEnvironment,
  tokenRow,
} from '@keyway/conformance/emulators';
import { baselineProgram, shimLibrary } from '../providers/pkcs11/proof/compile-c.ts';
import { root, runProgram, runScript } from './run-program.ts';

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

/** What Debian's packages bring. */
function debian(
  name: string,
  why: string,
  packages: readonly string[],
  isThere: () => Promise<boolean>,
): Requirement {
  const install = `apt-get install ${packages.join(' ')}`;
  return { name, why, install, isThere, provide: () => installPackages(packages) };
}

/** A program that Debian's packages bring. It is there where the probe ends with 0. */
function program(
  name: string,
  why: string,
  [command, ...args]: readonly [string, ...string[]],
  packages: readonly string[],
): Requirement {
  return debian(name, why, packages, async () => (await runProgram(command, args)).code === 0);
}

/** Whether a container engine answers. One that is brought up for this stays until this process ends. */
function engineAnswers(): Promise<boolean> {
  return succeeds(async (tell) => {
    if ((await ensureEngine(tell)) === undefined) throw new Error('no container engine answers');
  });
}

async function succeeds(run: (tell: (line: string) => void) => Promise<unknown>): Promise<boolean> {
  const tell = (line: string): void => void process.stderr.write(`requirements: ${line}\n`);
  try {
    await run(tell);
    return true;
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    return false;
  }
}

/** What is fetched into the cache by a program of its own, and is quick where it is there. */
function cached(
  name: string,
  why: string,
  by: Requirement,
  fetch: (tell: (line: string) => void) => Promise<unknown>,
  install: string = by.install,
): Requirement {
  const isThere = async (): Promise<boolean> => (await by.isThere()) && (await succeeds(fetch));
  return { name, why, install, isThere, provide: by.provide };
}

function emulator(name: string, by: Requirement, install?: string): Requirement {
  const { standsFor } = emulatorRow(name);
  return cached(name, `stands for ${standsFor}`, by, (tell) => fetchEmulator(name, tell), install);
}

/** A token's library with the tool that makes one, which is there where it can be started at all. */
function token(name: string, why: string, tool: string): Requirement {
  const row = tokenRow(name);
  const isThere = (): Promise<boolean> =>
    Promise.resolve(findLibrary(row) !== undefined && findInPath(tool) !== undefined);
  return debian(name, why, row.packages, isThere);
}

const go = program(
  'go',
  'fetches the Wycheproof vectors',
  ['go', 'version'],
  ['golang-go', 'ca-certificates'],
);

const python: Requirement = {
  name: 'python',
  why: 'runs LocalStack, which needs version 3.13',
  install: 'apt-get install python3.13 python3.13-venv (from Debian 13 on), or pyenv install 3.13',
  isThere: async () => (await findPython(['3.13'])) !== undefined,
  provide: () => installPackages(['python3.13', 'python3.13-venv']),
};

const cc = program(
  'cc',
  'compiles the native programs of the PKCS#11 tests',
  // The headers are another package than the compiler.
  ['cc', '-fsyntax-only', '-include', 'dlfcn.h', '-x', 'c', '/dev/null'],
  ['gcc', 'libc6-dev'],
);

/** Everything that is needed, and what for. */
export const requirements: readonly Requirement[] = [
  go,
  python,
  {
    name: 'docker',
    why: 'runs emulators in containers',
    install: 'apt-get install docker.io, and start it',
    isThere: engineAnswers,
    provide: () => installPackages(['docker.io', 'iptables', 'ca-certificates']),
  },
  emulator('local-kms', go, `${go.install} (Go 1.24 or later)`),
  emulator('localstack', python),
  emulator('moto', python),
  cached('boto3', 'a client of AWS KMS in another language', python, async (tell) => {
    await pythonEnvironment(boto3Environment, tell);
  }),
  program('openssl', 'checks signatures outside', ['openssl', 'version'], ['openssl']),
  token('softhsm2', 'a PKCS#11 token in software', 'softhsm2-util'),
  token('nss', 'another PKCS#11 token in software', 'certutil'),
  token('p11-kit', 'serves a PKCS#11 token from a process of its own', 'p11-kit'),
  debian('mmdebstrap', 'makes the container in which p11-kit serves a token', ['mmdebstrap'], () =>
    Promise.resolve(findInPath('mmdebstrap') !== undefined),
  ),
  debian('opensc', 'another program that uses PKCS#11 tokens', ['opensc'], () =>
    Promise.resolve(findInPath('pkcs11-tool') !== undefined),
  ),
  program(
    'openssl-pkcs11',
    'OpenSSL on PKCS#11 tokens',
    ['openssl', 'engine', '-t', 'pkcs11'],
    ['openssl', 'libengine-pkcs11-openssl'],
  ),
  cc,
  cached(
    'pkcs11-programs',
    'a PKCS#11 library that fails as it is told, and a baseline in C',
    cc,
    async (tell) => {
      await shimLibrary(tell);
      await baselineProgram(tell);
    },
  ),
  {
    name: 'other-nodes',
    why: 'the oldest and the newest Node.js that are supported, as packages for Linux on x64',
    install: 'npm test, on Linux on x64',
    isThere: () => Promise.resolve(existsSync(`${root}node_modules/node-oldest/bin/node`)),
    // The bootstrap has installed them where they exist.
    provide: () => Promise.resolve(),
  },
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
