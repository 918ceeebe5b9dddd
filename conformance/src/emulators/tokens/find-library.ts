import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { EmulatorError } from '../emulator.ts';
import { addressVariable } from '../emulator-row.ts';

/** A shared library that a distribution's package brings. */
export interface LibraryFile {
  /** Also the name of its variable: `softhsm2` is `KEYWAY_EMULATOR_SOFTHSM2`. */
  readonly name: string;
  /** Where it is below a folder of libraries, in the ways of several distributions. */
  readonly files: readonly string[];
}

/** Debian's name of the machine, which is a folder below `/usr/lib` there. */
const triplets: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  ia32: 'i386-linux-gnu',
  ppc64: 'powerpc64le-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
};

/** Folders in which libraries of this machine's architecture may be, the most special one first. */
function libraryFolders(arch: string = process.arch): readonly string[] {
  const triplet = triplets[arch];
  const special = triplet === undefined ? [] : [`/usr/lib/${triplet}`, `/usr/local/lib/${triplet}`];
  return [...special, '/usr/lib64', '/usr/lib', '/usr/local/lib', '/opt/homebrew/lib'];
}

/**
 * Full path of a library: what its variable says, else where distributions put it.
 *
 * @returns undefined where it is nowhere.
 * @throws EmulatorError where the variable names a file that is not there: nobody wants another one silently.
 */
export function findLibrary(
  library: LibraryFile,
  environment: NodeJS.ProcessEnv = process.env,
  folders: readonly string[] = libraryFolders(),
): string | undefined {
  const variable = addressVariable(library);
  const given = environment[variable];
  if (given !== undefined && given !== '') {
    if (existsSync(given)) return given;
    throw new EmulatorError(`${variable} names a library that is not there`);
  }
  const places = folders.flatMap((folder) => library.files.map((file) => join(folder, file)));
  return places.find((place) => existsSync(place));
}
