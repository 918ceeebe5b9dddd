import { rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { publicPackages } from './public-packages.ts';
import { root, runProgram, runTool } from './run-program.ts';
import type { ProgramEnd } from './run-program.ts';

/** What a consumer reads of a package's manifest. */
export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package as it would be published. */
export interface PackedPackage {
  readonly folder: string;
  readonly tarball: string;
  /** Where it is unpacked: manifest, README, licence and `dist`. */
  readonly contents: string;
  readonly manifest: Manifest;
}

async function must(end: Promise<ProgramEnd>): Promise<string> {
  const { code, stdout, output } = await end;
  if (code !== 0) throw new Error(output);
  return stdout;
}

async function pack(folder: string, to: string): Promise<PackedPackage> {
  const args = ['--dir', `${root}${folder}`, 'pack', '--json', '--pack-destination', to];
  const { filename } = JSON.parse(await must(runTool('pnpm', args))) as { filename: string };
  const tarball = join(to, filename.split('/').at(-1) ?? '');
  const contents = await mkdtemp(join(to, 'contents-'));
  await must(runProgram('tar', ['-xzf', tarball, '-C', contents, '--strip-components=1']));
  const manifest = JSON.parse(await readFile(join(contents, 'package.json'), 'utf8')) as Manifest;
  return { folder, tarball, contents, manifest };
}

async function packAll(): Promise<readonly PackedPackage[]> {
  const folder = await mkdtemp(join(tmpdir(), 'keyway-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return await Promise.all(publicPackages.map((name) => pack(name, folder)));
}

let packed: Promise<readonly PackedPackage[]> | undefined;

/** Every public package as it would be published. They are packed once in the life of this process. */
export function packedPackages(): Promise<readonly PackedPackage[]> {
  packed ??= packAll();
  return packed;
}

/** What is wrong with the published form of a package: what leads to sources, to this workspace or to nothing. */
export async function faultsOf({ folder, contents, manifest }: PackedPackage): Promise<readonly string[]> {
  const files = new Set((await readdir(contents, { recursive: true })).map((file) => `./${file}`));
  const source = JSON.parse(await readFile(`${root}${folder}/package.json`, 'utf8')) as Manifest;
  const faults: string[] = [];
  for (const [path, target] of Object.entries(source.exports)) {
    const published = manifest.exports[path];
    const wanted =
      typeof target === 'string' ? target : { types: target['types'], default: target['default'] };
    if (JSON.stringify(published) !== JSON.stringify(wanted))
      faults.push(`${path} is not published as it is built`);
    for (const file of typeof published === 'string' ? [published] : Object.values(published ?? {})) {
      if (!files.has(file)) faults.push(`${path} leads to ${file}, which is not there`);
    }
  }
  const ranges = Object.values({ ...manifest.dependencies, ...manifest.peerDependencies });
  faults.push(...ranges.filter((range) => range.includes(':')).map((range) => `depends on ${range}`));
  const needed = ['./README.md', './LICENSE'].filter((file) => !files.has(file));
  faults.push(...needed.map((file) => `${file} is missing`));
  return faults.map((fault) => `${manifest.name}: ${fault}`);
}

const program = `import { openKeyManager, isKeyManagerError } from 'keyway';

await using vault = await openKeyManager('memory:');
await vault.createEcKey('packed', { curve: 'P-256' });
const client = await vault.getCryptographyClient('packed');
const { signature } = await client.signData('ES256', Buffer.from('data'));
const { result } = await client.verifyData('ES256', Buffer.from('data'), signature);
const missing = await vault.getKey('missing').catch((error: unknown) => isKeyManagerError(error) && error.code);
process.stdout.write(\`\${result} \${missing}\\n\`);
`;

const tsconfig = {
  compilerOptions: { target: 'es2024', module: 'nodenext', strict: true, types: ['node'], noEmit: true },
  files: ['program.ts'],
};

/** Compiles and runs a program against the packed packages, without this workspace's conditions. */
export async function runConsumer(packages: readonly PackedPackage[]): Promise<ProgramEnd> {
  const folder = await mkdtemp(join(tmpdir(), 'keyway-consumer-'));
  const installed = join(folder, 'node_modules');
  try {
    for (const { contents, manifest } of packages) {
      await cp(contents, join(installed, manifest.name), { recursive: true });
    }
    const links = { '@noble/curves': 'packages/core', jose: 'providers/local', '@types/node': '.' };
    for (const [name, from] of Object.entries(links)) {
      await mkdir(dirname(join(installed, name)), { recursive: true });
      await symlink(join(root, from, 'node_modules', name), join(installed, name));
    }
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
    await writeFile(join(folder, 'program.ts'), program);
    const compiled = await runTool('tsc', ['-p', folder]);
    if (compiled.code !== 0) return compiled;
    const ran = await runProgram(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      join(folder, 'program.ts'),
    ]);
    return ran.stdout === 'true ERR_KEY_NOT_FOUND\n' ? ran : { ...ran, code: 1 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
