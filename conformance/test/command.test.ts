import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allCases } from '../src/all-cases.ts';
import { parseArguments, UsageError } from '../src/cli/arguments.ts';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const nodeOptions = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...given: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...nodeOptions, main, ...given],
      { maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        resolve({
          status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
          stdout,
          stderr,
        });
      },
    );
  });
}

describe('the command', () => {
  it('lists one id a line, and nothing else', async () => {
    const { status, stdout } = await run('--list');
    expect(status).toBe(0);
    expect(stdout).toBe(allCases.map(({ id }) => `${id}\n`).join(''));
  });

  it('prints exactly the counts as one JSON document, and everything else on stderr', async () => {
    const { status, stdout, stderr } = await run('memory:', '--only', 'random', '--only', 'adopt', '--json');
    expect(JSON.parse(stdout)).toEqual({
      targets: [{ name: 'memory:', passed: 3, failed: 0, knownFailures: 0, unsupported: 1 }],
    });
    expect(stderr).toContain('3 passed');
    expect(status).toBe(0);
  });

  it('runs a module that exports a target, and ends with 1 where it fails', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyway-command-'));
    try {
      const module = join(folder, 'vault.mjs');
      const text = `export const target = { name: 'broken', provider: 'broken', open: () => Promise.reject(new Error('no such vault')) };`;
      await writeFile(module, text);
      const { status, stderr } = await run(module, '--only', 'random');
      expect(status).toBe(1);
      expect(stderr).toContain('no such vault');
      await writeFile(module, 'export const nothing = 1;');
      expect((await run(module)).status).toBe(2);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('writes JUnit and Markdown to files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyway-command-'));
    try {
      const [xml, md] = [join(folder, 'report.xml'), join(folder, 'report.md')];
      const { status, stdout } = await run('memory:', '--only', 'random', '--junit', xml, '--markdown', md);
      expect([status, stdout]).toEqual([0, '']);
      expect(await readFile(xml, 'utf8')).toContain('<testsuite name="memory:" tests="3"');
      expect(await readFile(md, 'utf8')).toContain('| random/count/exact | ✓ |');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.each([
    [['--only', 'no/such/case']],
    [['--provider', 'nobody']],
    [['--colour']],
    [['--only']],
    [['--json=all']],
  ])('ends with 2 where the command line makes no sense: %j', async (given) => {
    const { status, stdout } = await run(...given);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('helps', async () => {
    const { status, stdout } = await run('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('--self-test');
  });
});

describe('the command line', () => {
  it('takes values after a space or an equals sign, and files where they look like files', () => {
    const parsed = parseArguments([
      '--only',
      'a/b',
      '--only=c/d',
      '--junit',
      'out.xml',
      '--markdown',
      'memory:',
      '--json=full',
    ]);
    expect(parsed).toMatchObject({
      only: ['a/b', 'c/d'],
      junit: 'out.xml',
      markdown: '-',
      vaults: ['memory:'],
      json: 'full',
    });
  });

  it('refuses what it does not know', () => {
    expect(() => parseArguments(['--list=yes'])).toThrow(UsageError);
    expect(() => parseArguments(['--provider'])).toThrow('needs a value');
  });
});
