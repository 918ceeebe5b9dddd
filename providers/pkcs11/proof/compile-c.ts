import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { cacheFolder, onceInCache, runStep } from '@keyway/conformance/emulators';

const folders = ['shim', 'baseline', 'parameters'] as const;
const sourceFolder = (name: string): string => fileURLToPath(new URL(`${name}/`, import.meta.url));

const always = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-fPIC'];

/** What is compiled. Names are of files below this folder. */
interface Compilation {
  readonly name: string;
  readonly sources: readonly string[];
  readonly flags: readonly string[];
}

/** A library that hands all calls of PKCS #11 to another one, and goes wrong as a script says. */
const shim: Compilation = {
  name: 'libkeyway-shim.so',
  sources: ['shim/shim.c', 'shim/script.c'],
  flags: ['-shared', '-fvisibility=hidden', '-ldl', '-lpthread'],
};

/** A library that is another one, initialised with a text that a program has no way to say. */
const parameters: Compilation = {
  name: 'libkeyway-parameters.so',
  sources: ['parameters/parameters.c'],
  flags: ['-shared', '-fvisibility=hidden', '-ldl'],
};

/** A program that signs in a number of threads, for as long as it is told. */
const baseline: Compilation = {
  name: 'pkcs11-baseline',
  sources: ['baseline/baseline.c', 'baseline/token.c'],
  flags: ['-ldl', '-lpthread'],
};

/** Path of the fault module, compiled once into the cache. */
export function shimLibrary(say?: (line: string) => void): Promise<string> {
  return compile(shim, say);
}

/** Path of the library that hands a text over, compiled once into the cache. */
export function parametersLibrary(say?: (line: string) => void): Promise<string> {
  return compile(parameters, say);
}

/** Path of the baseline program, compiled once into the cache. */
export function baselineProgram(say?: (line: string) => void): Promise<string> {
  return compile(baseline, say);
}

async function compile({ name, sources, flags }: Compilation, say?: (line: string) => void): Promise<string> {
  const folder = join(cacheFolder(), 'pkcs11', `${name}-${await checksum([name, ...always, ...flags])}`);
  const files = sources.map((source) => sourceFolder('.') + source);
  await onceInCache(
    folder,
    async (fresh) => {
      say?.(`compiling ${name}`);
      await runStep('cc', [...always, '-o', join(fresh, name), ...files, ...flags]);
    },
    say,
  );
  return join(folder, name);
}

/** Other sources, flags or another machine give another folder. */
async function checksum(parts: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch, ...parts]));
  for (const folder of folders) {
    const names = (await readdir(sourceFolder(folder))).filter((name) => /\.[ch]$/.test(name)).sort();
    for (const name of names) hash.update(name).update(await readFile(join(sourceFolder(folder), name)));
  }
  return hash.digest('hex').slice(0, 12);
}
