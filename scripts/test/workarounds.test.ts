import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, runScript } from '../run-program.ts';
import { tryWorkarounds } from '../workarounds/try-workarounds.ts';
import { takeOut } from '../workarounds/workaround.ts';
import type { Workaround } from '../workarounds/workaround.ts';

const row: Workaround = { name: 'a trap', file: 'a.ts', from: 'x + 1', to: 'x', tests: [] };

describe('taking a workaround out', () => {
  it('changes its one place, and takes the text as it is', () => {
    expect(takeOut('return x + 1;', { ...row, to: '$& $1' })).toBe('return $& $1;');
  });

  it('refuses a text that is not there, or more than once', () => {
    expect(() => takeOut('return x;', row)).toThrow('0 times');
    expect(() => takeOut('x + 1, x + 1', row)).toThrow('2 times');
  });
});

describe('trying workarounds', () => {
  let folder = '';
  const fileOf = (name: string): string => relative(root, join(folder, name));
  const test = (name: string) => ({ file: fileOf('sum.test.ts'), name });
  const workaround = (more: Partial<Workaround>): Workaround => ({
    ...row,
    file: fileOf('sum.ts'),
    from: 'x + 1',
    to: 'x',
    tests: [test('adds one')],
    ...more,
  });

  beforeAll(() => {
    // Within the root, so that Vitest takes it for source; not committed.
    mkdirSync(join(root, 'temp'), { recursive: true });
    folder = mkdtempSync(join(root, 'temp/workarounds-'));
    writeFileSync(join(folder, 'sum.ts'), 'export const next = (x: number): number => x + 1;\n');
    writeFileSync(
      join(folder, 'sum.test.ts'),
      [
        "import { expect, test } from 'vitest';",
        "import { next } from './sum.ts';",
        "test('adds one', () => expect(next(1)).toBe(2));",
        "test('gives a number', () => expect(next(1)).toBeTypeOf('number'));",
        "test('is wrong', () => expect(next(1)).toBe(7));",
      ].join('\n'),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('tells those that a test guards from those that none does, and leaves the files as they are', async () => {
    const before = readFileSync(join(folder, 'sum.ts'), 'utf8');
    const verdicts = await tryWorkarounds([
      workaround({}),
      workaround({ tests: [test('adds one'), test('gives a number')] }),
      workaround({ tests: [test('is wrong')] }),
      workaround({ tests: [test('is not there')] }),
      workaround({ tests: [] }),
      workaround({ to: 'x +' }),
      workaround({ from: 'x + 2' }),
      workaround({ file: fileOf('gone.ts') }),
    ]);
    expect(verdicts.map(({ guarded }) => guarded)).toEqual([true, ...Array<boolean>(7).fill(false)]);
    expect(verdicts.map(({ said }) => said)).toEqual([
      expect.stringContaining('expected 1 to be 2'),
      '"gives a number" does not turn red',
      '"is wrong" does not pass as the code is',
      '"is not there" does not pass as the code is',
      'no test is named',
      '"adds one" does not turn red',
      expect.stringContaining('0 times'),
      expect.stringContaining('ENOENT'),
    ]);
    expect(readFileSync(join(folder, 'sum.ts'), 'utf8')).toBe(before);
  });
});

describe('the workarounds of the providers', () => {
  it('stand in the code where their rows say, with tests in files that are there', async () => {
    const files = globSync('providers/*/proof/workarounds.ts', { cwd: root });
    for (const file of files) {
      const { workarounds } = (await import(join(root, file))) as {
        readonly workarounds: readonly Workaround[];
      };
      for (const each of workarounds) {
        const text = readFileSync(join(root, each.file), 'utf8');
        expect(takeOut(text, each), each.name).not.toBe(text);
        expect(each.tests.length, each.name).toBeGreaterThan(0);
        for (const { file: test, name } of each.tests) {
          expect(existsSync(join(root, test)), test).toBe(true);
          expect(name.length, each.name).toBeGreaterThan(10);
        }
      }
      expect(new Set(workarounds.map(({ name }) => name)).size).toBe(workarounds.length);
    }
    expect(files.length).toBeGreaterThan(0);
  });

  it('are those of a provider that has such rows', async () => {
    const { code, stdout, output } = await runScript('scripts/workarounds.ts', ['nobody']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(output).toContain('aws-kms');
  });
});
