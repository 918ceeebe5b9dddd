import { cp, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { root } from '../run-program.ts';

/** Folders of the work tree that a copy does not need. */
const left = new Set([
  '.git',
  'dist',
  'coverage',
  'node_modules/.cache',
  'node_modules/.vite',
  'node_modules/.vitest',
]);

/** Folders that are big, the same for every copy, and only read. */
const shared = new Set(['node_modules/.pnpm', 'node_modules/.bin']);

/**
 * Copies the work tree to another folder, in which its tests run on the copy's own sources: links between the packages of
 * the workspace lead within the copy, and only installed packages are shared.
 */
export async function copyWorkspace(folder: string): Promise<void> {
  const copy = async (path: string): Promise<void> => {
    const from = join(root, path);
    const to = join(folder, path);
    const name = path.split(sep).at(-1) ?? '';
    if (left.has(path) || left.has(name)) return;
    if (shared.has(path)) return symlink(from, to);
    const status = await lstat(from);
    // As it is written: relative, so that it leads within the copy.
    if (status.isSymbolicLink()) return symlink(await readlink(from), to);
    if (!status.isDirectory()) return cp(from, to);
    await mkdir(to, { recursive: true });
    for (const entry of await readdir(from)) await copy(relative(root, join(from, entry)));
  };
  await mkdir(folder, { recursive: true });
  for (const entry of await readdir(root)) await copy(entry);
}
