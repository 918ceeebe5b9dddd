import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openKeyManager } from 'keyway';
import { describe, expect, it } from 'vitest';
import { expectedOutput } from './expected-output.ts';
import { exampleFolder, exampleNames, runFile } from './run-example.ts';

const source = (name: string): string => readFileSync(join(exampleFolder, `${name}.ts`), 'utf8');

/** Whether a line is what is expected: a pattern where it holds something new each time. */
const fits = (line: string | undefined, expected: string | RegExp): boolean =>
  typeof expected === 'string' ? line === expected : expected.test(line ?? '');

/** The examples of the documented page; the others here show one operation each. */
const documentedPage = ['basic-key-management', 'key-rotation', 'backup-and-recovery'];

describe('the examples', () => {
  it('are exactly those whose output is expected here', () => {
    expect(exampleNames()).toEqual(Object.keys(expectedOutput).toSorted());
    expect(exampleNames()).toEqual(expect.arrayContaining(documentedPage));
  });

  it.each(Object.entries(expectedOutput))(
    '%s prints what it says',
    { timeout: 30_000 },
    async (name, expected) => {
      const lines = await runFile(join(exampleFolder, `${name}.ts`));
      const rewritten = expected.map((line, index) => (fits(lines[index], line) ? lines[index] : line));
      expect(lines).toEqual(rewritten);
    },
  );

  it('begin with what they show, and open no vault outside memory', () => {
    const others = exampleNames().filter(
      (name) => !/^\/\/ [A-Z].*\n/.test(source(name)) || /['"`]local:/.test(source(name)),
    );
    expect(others).toEqual([]);
  });

  it('use every method of a key manager and of a cryptography client', async () => {
    await using vault = await openKeyManager('memory:');
    await vault.createEcKey('any');
    const client = await vault.getCryptographyClient('any');
    const methods = [...Object.entries(vault), ...Object.entries(client)].flatMap(([name, value]) =>
      typeof value === 'function' ? [name] : [],
    );
    expect(methods.length).toBeGreaterThan(30);
    const text = exampleNames().map(source).join('\n');
    expect(methods.filter((method) => !text.includes(`.${method}(`))).toEqual([]);
  });
});
