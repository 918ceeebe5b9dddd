import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { cacheFolder } from '../cache-folder.ts';
import { docker } from '../engine.ts';
import { EmulatorError } from '../emulator.ts';
import { withLock } from '../file-lock.ts';
import { findInPath } from '../find-in-path.ts';
import { onceInCache } from '../once-in-cache.ts';
import { runStep } from '../run-step.ts';

const run = promisify(execFile);

/** An image that holds some of Debian's packages and nothing else. */
export interface DebianImage {
  readonly name: string;
  /** With all that they need: they are unpacked, and their scripts do not run. */
  readonly packages: readonly string[];
}

/** A line of apt's own sources, with the release that it is of. */
interface AptSource {
  readonly release: string;
  readonly line: string;
}

/** Whether an image can be made here: on Debian, with its tool. */
export function canMakeDebianImage(): boolean {
  return findInPath('mmdebstrap') !== undefined && findInPath('apt-get') !== undefined;
}

/**
 * Makes an image of packages from where this machine's apt takes them, once into the cache, and gives it to the engine
 * where that does not have it. No registry of images is asked.
 */
export async function debianImage(
  { name, packages }: DebianImage,
  say: (line: string) => void,
): Promise<string> {
  const [first, ...more] = await aptSources();
  if (first === undefined) throw new EmulatorError('apt names no place that an image could be made from');
  const lines = [first, ...more].map(({ line }) => line);
  const key = createHash('sha256')
    .update(JSON.stringify([process.arch, lines, packages]))
    .digest('hex')
    .slice(0, 12);
  const image = `keyway-emulator-${name}:${key}`;
  const folder = join(cacheFolder(), 'emulators', `${name}-image-${key}`);
  const build = (fresh: string): Promise<void> => bootstrap(fresh, first.release, packages, lines, say);
  await onceInCache(folder, build, say);
  await mkdir(join(cacheFolder(), 'emulators'), { recursive: true });
  return await withLock(join(cacheFolder(), 'emulators', 'image.lock'), async () => {
    if ((await docker(['images', '--quiet', image])) !== '') return image;
    await docker(['import', join(folder, 'root.tar'), image]);
    return image;
  });
}

async function bootstrap(
  folder: string,
  release: string,
  packages: readonly string[],
  lines: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  say(`making an image of ${packages.join(', ')}`);
  const flags = ['--quiet', '--variant=extract', `--include=${packages.join(',')}`];
  await runStep('mmdebstrap', [...flags, release, join(folder, 'root.tar'), ...lines]);
}

/** Where apt takes packages from, the release itself before what is named after it (`-updates`, `-security`). */
async function aptSources(): Promise<readonly AptSource[]> {
  const format = '$(CREATED_BY)\t$(SITE)\t$(RELEASE)\t$(COMPONENT)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format]);
  const sources = stdout.split('\n').flatMap((text) => {
    const [kind, site = '', release = '', component = ''] = text.split('\t');
    return kind === 'Packages' ? [{ release, line: `deb ${site} ${release} ${component}` }] : [];
  });
  return sources.toSorted((one, other) => one.release.length - other.release.length);
}
