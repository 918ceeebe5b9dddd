import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const source = new URL('../src/', import.meta.url);
const files = globSync('**/*.ts', { cwd: source });
const vendors = /azure|aws|amazon|google|gcp|pkcs.?11|kms|key[-_]?vault|softhsm|localstack|hashicorp/i;

/** The code without its comments; texts stay. */
function withoutComments(code: string): string {
  return code.replaceAll(
    /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    '$1',
  );
}

it('finds the files of core', () => {
  expect(files.length).toBeGreaterThan(40);
});

it.each(files)('%s names no vendor in identifiers, texts or imports', (file) => {
  const code = withoutComments(readFileSync(new URL(file, source), 'utf8'));
  expect(code.split('\n').filter((line) => vendors.test(line))).toEqual([]);
});
