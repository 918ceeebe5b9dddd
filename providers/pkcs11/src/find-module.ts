import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { invalidArgument, KeyManagerError } from '@keyway/core/driver';

/** What a URI says of the library (RFC 7512, section 2.4). */
export interface ModuleName {
  /** A file, or a folder in which the name is looked for. */
  readonly path?: string | undefined;
  /** The name of the file without `lib` and its ending. */
  readonly name?: string | undefined;
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

/** Where the modules of a system are: only in folders that are for them, since loading a library runs it. */
function moduleFolders(): readonly string[] {
  const triplet = triplets[process.arch];
  const special = triplet === undefined ? [] : [`/usr/lib/${triplet}`, `/usr/local/lib/${triplet}`];
  const libraries = [...special, '/usr/lib64', '/usr/lib', '/usr/local/lib', '/opt/homebrew/lib'];
  return libraries.flatMap((folder) => [join(folder, 'pkcs11'), join(folder, 'softhsm')]);
}

const endings: Readonly<Record<string, string>> = { win32: '.dll', darwin: '.dylib' };

/**
 * The file of a library.
 *
 * @throws ERR_INVALID_ARGUMENT where neither a path nor a name is given, or a path is a folder and no name is.
 * @throws ERR_UNAVAILABLE where there is no such file.
 */
export function findModule({ path, name }: ModuleName, folders: readonly string[] = moduleFolders()): string {
  if (path === undefined && name === undefined)
    throw invalidArgument('module is missing: the library to load');
  const isFolder = path !== undefined && (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
  if (path !== undefined && !isFolder) return path;
  if (name === undefined) throw invalidArgument('The path of the module is a folder, and no module is named');
  const ending = endings[process.platform] ?? '.so';
  const files = [`lib${name}${ending}`, `${name}${ending}`, `p11-${name}${ending}`];
  const places = (path === undefined ? folders : [path]).flatMap((folder) =>
    files.map((file) => join(folder, file)),
  );
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new KeyManagerError('ERR_UNAVAILABLE', 'There is no PKCS #11 module of this name', {
    provider: 'pkcs11',
    alternative: 'module, or module-path with its full path',
  });
}
