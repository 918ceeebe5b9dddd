/**
 * Puts the Wycheproof vectors that the suite needs into a cache folder, once.
 *
 * They come as a Go module of a pinned version. Its checksum is computed here over every file of the module, so that
 * neither the module cache nor the checksum database has to be believed.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { wycheproofFiles } from '../conformance/src/vectors/wycheproof-files.ts';
import {
  wycheproofChecksum,
  wycheproofFolder,
  wycheproofModule,
  wycheproofVersion,
} from '../conformance/src/vectors/wycheproof-source.ts';
import { ensure } from './requirements.ts';

const run = promisify(execFile);

const help = `Usage: node scripts/vectors.ts [--help]

Fetches the Wycheproof test vectors with go (module ${wycheproofModule}
${wycheproofVersion}), checks them against the pinned checksum and
writes the files that are needed into a cache folder (KEYWAY_CACHE, default ~/.cache/keyway).
A second run does nothing. Prints the folder.
`;

function progress(text: string): void {
  process.stderr.write(`vectors: ${text}\n`);
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** Go's `h1` checksum of a module folder: base64 of the SHA-256 of sorted lines `hash  module@version/path`. */
export async function moduleChecksum(folder: string, prefix: string): Promise<string> {
  const named = (await filesBelow(folder)).map((file) => ({
    file,
    path: `${prefix}/${relative(folder, file).split(sep).join('/')}`,
  }));
  named.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const lines = createHash('sha256');
  for (const { file, path } of named) lines.update(`${sha256(await readFile(file))}  ${path}\n`);
  return `h1:${lines.digest('base64')}`;
}

/** Downloads the module and gives its folder. */
async function download(): Promise<string> {
  const empty = await mkdtemp(join(tmpdir(), 'keyway-vectors-'));
  try {
    const { stdout } = await run(
      'go',
      ['mod', 'download', '-json', `${wycheproofModule}@${wycheproofVersion}`],
      {
        cwd: empty,
        env: { ...process.env, GOFLAGS: '' },
      },
    );
    const answer: unknown = JSON.parse(stdout);
    if (typeof answer === 'object' && answer !== null && 'Dir' in answer && typeof answer.Dir === 'string')
      return answer.Dir;
    throw new Error('go mod download gave no folder');
  } finally {
    await rm(empty, { recursive: true, force: true });
  }
}

/** Copies the files that are needed next to a list of their hashes; the folder appears whole or not at all. */
async function install(source: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const fresh = await mkdtemp(`${folder}.`);
  const hashes: Record<string, string> = {};
  for (const { file } of wycheproofFiles) {
    const name = `${file}_test.json`;
    const bytes = await readFile(join(source, 'testvectors_v1', name));
    hashes[name] = sha256(bytes);
    await writeFile(join(fresh, name), bytes);
  }
  await writeFile(join(fresh, 'SHA256.json'), `${JSON.stringify(hashes, undefined, 1)}\n`);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
}

/** Whether the cache holds every file that is needed now. */
async function isComplete(folder: string): Promise<boolean> {
  const list = join(folder, 'SHA256.json');
  if (!existsSync(list)) return false;
  const hashes = JSON.parse(await readFile(list, 'utf8')) as Record<string, string>;
  return wycheproofFiles.every(({ file }) => hashes[`${file}_test.json`] !== undefined);
}

/** Makes sure that the vectors are in the cache, and gives its folder. */
export async function prepareVectors(folder: string = wycheproofFolder()): Promise<string> {
  if (await isComplete(folder)) return folder;
  await ensureGo();
  progress(`fetching ${wycheproofModule} ${wycheproofVersion}`);
  const source = await download();
  progress('checking it');
  const checksum = await moduleChecksum(source, `${wycheproofModule}@${wycheproofVersion}`);
  if (checksum !== wycheproofChecksum)
    throw new Error(`Checksum ${checksum} is not the pinned ${wycheproofChecksum}`);
  await install(source, folder);
  progress(`${wycheproofFiles.length} files in ${folder}`);
  return folder;
}

/** Go is needed only here, and only once. */
async function ensureGo(): Promise<void> {
  const [missing] = await ensure(['go']);
  if (missing !== undefined)
    throw new Error(`${missing.name} is not there (${missing.why}): ${missing.install}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } });
  process.stdout.write(values.help ? help : `${await prepareVectors()}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main().catch((error: unknown) => {
    progress(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
