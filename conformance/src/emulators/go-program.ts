import { cp, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import process from 'node:process';
import { cacheFolder, pinsFolder } from './cache-folder.ts';
import { onceInCache } from './once-in-cache.ts';
import type { EmulatorRow, GoSource } from './emulator-row.ts';
import { runStep } from './run-step.ts';

/**
 * The static program of a Go module, built once into the cache.
 *
 * The module and all that it needs are pinned by the committed go.mod and go.sum, which Go itself compares with what
 * it fetches. Go must be 1.24 or later, which knows `tool`.
 */
export async function goProgram(
  { name, version }: Pick<EmulatorRow, 'name' | 'version'>,
  source: GoSource,
  say: (line: string) => void,
): Promise<string> {
  const pins = join(pinsFolder, source.pins);
  const key = await keyOf(pins);
  const folder = join(cacheFolder(), 'emulators', `${name}-${version}-${key}`);
  await onceInCache(folder, (fresh) => build(source, pins, fresh, say), say);
  return join(folder, basename(source.module));
}

async function build(
  { module }: GoSource,
  pins: string,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  say(`building ${module}`);
  await cp(pins, folder, { recursive: true });
  const environment = { GOFLAGS: '-mod=readonly', CGO_ENABLED: '0', GOWORK: 'off', GOOS: '', GOARCH: '' };
  const options = { cwd: folder, environment };
  await runStep('go', ['mod', 'download'], { ...options, say });
  await runStep('go', ['mod', 'verify'], options);
  const flags = ['-trimpath', '-ldflags', '-s -w -buildid='];
  await runStep('go', ['build', ...flags, '-o', basename(module), module], { ...options, say });
}

/** Other pins or another machine give another folder. */
async function keyOf(pins: string): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(pins, file)));
  return hash.digest('hex').slice(0, 12);
}
