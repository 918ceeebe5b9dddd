import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { docker } from './engine.ts';
import { EmulatorError } from './emulator.ts';
import type { EmulatorRow } from './emulator-row.ts';
import { withLock } from './file-lock.ts';
import { outputTail } from './output-tail.ts';

/**
 * An image that holds one static program and nothing else, made from it where the engine does not have it yet. Its tag
 * is the program's checksum.
 */
export async function staticImage(
  { name, container }: Pick<EmulatorRow, 'name' | 'container'>,
  program: string,
  say: (line: string) => void,
): Promise<string> {
  const checksum = createHash('sha256')
    .update(await readFile(program))
    .digest('hex');
  const image = `keyway-emulator-${name}:${checksum.slice(0, 12)}`;
  return await withLock(join(cacheFolder(), 'emulators', 'image.lock'), async () => {
    if (await hasImage(image)) return image;
    say(`making the image ${image}`);
    await importImage(image, program, container?.port ?? 80);
    return image;
  });
}

async function hasImage(image: string): Promise<boolean> {
  return (await docker(['images', '--quiet', image])) !== '';
}

async function importImage(image: string, program: string, port: number): Promise<void> {
  const file = basename(program);
  const changes = ['--change', `ENTRYPOINT ["/${file}"]`, '--change', `EXPOSE ${port}`];
  const tar = spawn('tar', ['-c', '-C', dirname(program), file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const load = spawn('docker', ['import', ...changes, '-', image], { stdio: ['pipe', 'pipe', 'pipe'] });
  const tail = outputTail();
  tail.read(load.stderr);
  load.stdout.resume();
  tar.stdout.pipe(load.stdin);
  const [[packed], [loaded]] = await Promise.all([once(tar, 'close'), once(load, 'close')]);
  if (packed !== 0 || loaded !== 0)
    throw new EmulatorError(`No image of ${file} could be made\n${tail.text()}`);
}
