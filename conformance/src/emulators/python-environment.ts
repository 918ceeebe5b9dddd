import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { cacheFolder, pinsFolder } from './cache-folder.ts';
import { EmulatorError } from './emulator.ts';
import { onceInCache } from './once-in-cache.ts';
import { runStep } from './run-step.ts';

const run = promisify(execFile);

/** Which distributions an environment shall hold. */
export interface PythonEnvironment {
  /** Names its folder in the cache. */
  readonly name: string;
  /** A file below `pins/` with exact versions and hashes. */
  readonly requirements: string;
  /** Versions of Python that will do, the preferred one first: `3.13`. */
  readonly pythons: readonly string[];
}

/** The environment in which tests run boto3, the vendor's own client in another language. */
export const boto3Environment: PythonEnvironment = {
  name: 'boto3',
  requirements: 'boto3.requirements.txt',
  pythons: ['3.13', '3.12', '3.11'],
};

/**
 * The interpreter of a virtual environment with exactly the pinned distributions, made once into the cache. pip checks
 * every file against its hash, and takes wheels only, so that nothing of a distribution runs while it is installed.
 *
 * @throws EmulatorError where none of the versions of Python is here.
 */
export async function pythonEnvironment(
  { name, requirements, pythons }: PythonEnvironment,
  say: (line: string) => void = () => {},
): Promise<string> {
  const python = await findPython(pythons);
  if (python === undefined)
    throw new EmulatorError(`${name} needs Python ${pythons.join(' or ')}, with venv`);
  const pins = join(pinsFolder, requirements);
  const key = createHash('sha256')
    .update(`${process.platform} ${process.arch} ${python.command} ${python.version}\n`)
    .update(await readFile(pins))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cacheFolder(), 'python', `${name}-${key}`);
  await onceInCache(folder, (fresh) => install(name, python.command, pins, fresh, say), say);
  return interpreterIn(folder);
}

const interpreterIn = (folder: string): string =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

async function install(
  name: string,
  command: string,
  pins: string,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  say(`making a Python environment for ${name}`);
  await runStep(command, ['-m', 'venv', folder]);
  say(`installing the distributions of ${name}`);
  const flags = [
    '--require-hashes',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--no-compile',
    '--progress-bar',
    'off',
  ];
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...flags, '-r', pins];
  await runStep(interpreterIn(folder), args, { say });
}

/** The first interpreter of one of these versions that can make virtual environments. */
export async function findPython(
  pythons: readonly string[],
): Promise<{ readonly command: string; readonly version: string } | undefined> {
  for (const wanted of pythons) {
    for (const command of [`python${wanted}`, ...(await inPyenv(wanted)), 'python3', 'python']) {
      const version = await versionOf(command);
      if (version?.startsWith(`${wanted}.`) === true) return { command, version };
    }
  }
  return undefined;
}

async function versionOf(command: string): Promise<string | undefined> {
  const program = 'import sys, venv, ensurepip; print(".".join(map(str, sys.version_info[:3])))';
  try {
    return (await run(command, ['-c', program], { timeout: 20_000 })).stdout.trim();
  } catch {
    return undefined;
  }
}

/** pyenv keeps interpreters that its own commands do not show where another version is chosen. */
async function inPyenv(wanted: string): Promise<readonly string[]> {
  const versions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  const names = await readdir(versions).catch(() => []);
  return names
    .filter((name) => name.startsWith(`${wanted}.`))
    .sort()
    .reverse()
    .map((name) => join(versions, name, 'bin', 'python3'));
}
