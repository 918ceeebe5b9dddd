import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { checks } from '../checks.ts';
import { publicPackages } from '../public-packages.ts';
import { root } from '../run-program.ts';
import { testRows } from '../test-rows.ts';

const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  scripts: Record<string, string>;
};
const commands = Object.keys(scripts).filter((name) => !name.startsWith('pre'));

function run(
  command: string,
  args: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  const [, ...parts] = (scripts[command] ?? '').split(' ');
  const environment = { ...process.env, NODE_OPTIONS: '' };
  return spawnSync(process.execPath, [...parts, ...args], { cwd: root, encoding: 'utf8', env: environment });
}

describe('the root commands', () => {
  it('are those that the documentation names', () => {
    for (const name of [
      'start',
      'test',
      'test:full',
      'conformance',
      'crash',
      'fuzz',
      'bench',
      'check',
      'docs',
    ]) {
      expect(commands).toContain(name);
    }
  });

  it.each(commands)('%s prepares the workspace first, and leads to a file that is there', (name) => {
    expect(scripts[`pre${name}`]).toBe('node scripts/bootstrap.mjs');
    const file = scripts[name]?.split(' ').find((part) => part.endsWith('.ts'));
    expect(existsSync(`${root}${file}`)).toBe(true);
  });

  it.each(commands)('%s explains itself on stdout with --help, and does nothing else', (name) => {
    const { status, stdout } = run(name, ['--help']);
    expect(status).toBe(0);
    expect(stdout).toContain(
      name === 'test:full' ? 'npm test' : `npm ${name === 'start' || name === 'test' ? '' : 'run '}${name}`,
    );
  });

  it.each(commands)('%s refuses an option that it does not know', (name) => {
    const { status, stdout } = run(name, ['--no-such-option']);
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
  });
});

describe('the bootstrap', () => {
  it('does nothing and says nothing where everything is prepared', () => {
    const bootstrap = () =>
      spawnSync(process.execPath, [`${root}scripts/bootstrap.mjs`], { encoding: 'utf8' });
    bootstrap();
    const { status, stdout, stderr } = bootstrap();
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe('the lists of checks and tests', () => {
  it('name every part once', () => {
    const names = testRows.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(checks.map(({ name }) => `check:${name}`)));
  });

  it('know every published package', () => {
    for (const folder of publicPackages) {
      const manifest = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')) as Record<
        string,
        unknown
      >;
      expect(manifest).toMatchObject({ type: 'module', sideEffects: false, license: 'MIT' });
      expect(manifest['private']).toBeUndefined();
    }
  });
});
