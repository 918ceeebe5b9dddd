import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** More would need more open files than a process may have. */
const atOnce = 64;

/**
 * SHA-256 of the sorted list of a folder's files with the SHA-256 of each, in hexadecimal. What Python compiles for
 * itself, and what a name of `except` says, is left out.
 */
export async function folderChecksum(folder: string, except: readonly string[] = []): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter(
      (entry) => entry.isFile() && !entry.parentPath.endsWith('__pycache__') && !except.includes(entry.name),
    )
    .map((entry) => join(entry.parentPath, entry.name));
  const lines: string[] = [];
  for (let at = 0; at < files.length; at += atOnce)
    lines.push(...(await Promise.all(files.slice(at, at + atOnce).map((file) => lineOf(folder, file)))));
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}

async function lineOf(folder: string, file: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  return `${relative(folder, file).split(sep).join('/')} ${hash}\n`;
}
