import { readFile, rm, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './file-lock.ts';
import { folderChecksum } from './folder-checksum.ts';

/** Written last: a folder without it is one whose making was cut short. */
const seal = 'SHA256';

/**
 * A folder of the cache, made by whoever needs it first; others, in whichever process, wait for that.
 *
 * It is compared with the checksum taken when it was made, each time, and made anew where it differs.
 */
export async function onceInCache(
  folder: string,
  make: (folder: string) => Promise<void>,
  say: (line: string) => void = () => {},
): Promise<string> {
  if (await isWhole(folder)) return folder;
  const waiting = (): void => say('waiting for another process that is fetching it');
  return await withLock(
    `${folder}.lock`,
    async () => {
      if (await isWhole(folder)) return folder;
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await make(folder);
      await writeFile(join(folder, seal), await folderChecksum(folder, [seal]));
      return folder;
    },
    waiting,
  );
}

/** Whether a folder is there and as it was made. */
async function isWhole(folder: string): Promise<boolean> {
  const sealed = await readFile(join(folder, seal), 'utf8').catch(() => undefined);
  return sealed !== undefined && sealed === (await folderChecksum(folder, [seal]));
}
