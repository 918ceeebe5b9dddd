import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';
import { findMutants, mutate } from '../mutants/find-mutants.ts';
import { root } from '../run-program.ts';

const source = `import type { Limit } from './limit.ts';
type Answer = { ok: true; size: 3 };
export function check(value: number, limit: Limit): Answer | undefined {
  if (value <= limit.most && value !== 7) throw new TypeError('no');
  checkLimit(limit as Limit);
  return value > 0 ? { ok: true, size: 3 } : undefined;
}
`;

const changed = (operator: string): string[] =>
  findMutants('check.ts', source)
    .filter((mutant) => mutant.operator === operator)
    .map((mutant) => mutate(source, mutant).split('\n')[mutant.line - 1]?.trim() ?? '');

describe('mutants of a source', () => {
  it.each([
    ['<= becomes <', `if (value < limit.most && value !== 7) throw new TypeError('no');`],
    ['&& becomes ||', `if (value <= limit.most || value !== 7) throw new TypeError('no');`],
    ['!== becomes ===', `if (value <= limit.most && value === 7) throw new TypeError('no');`],
    ['a guard taken out', `if (false) throw new TypeError('no');`],
    ['a throw taken out', 'if (value <= limit.most && value !== 7) ;'],
    ['a check taken out', ';'],
    ['a boolean turned', 'return value > 0 ? { ok: false, size: 3 } : undefined;'],
  ])('%s', (operator, line) => {
    expect(changed(operator)).toEqual([line]);
  });

  it('negate every condition', () => {
    expect(changed('a condition negated')).toEqual([
      `if (!(value <= limit.most && value !== 7)) throw new TypeError('no');`,
      'return !(value > 0) ? { ok: true, size: 3 } : undefined;',
    ]);
  });

  it('leave types alone', () => {
    expect(findMutants('check.ts', source).map(({ line }) => line)).not.toContain(2);
  });

  // Each is parsed anew.
  it('are programs, each of them, of every file', { timeout: 240_000 }, () => {
    let count = 0;
    for (const file of globSync(['packages/core/src/**/*.ts', 'providers/{local,aws-kms}/src/**/*.ts'], {
      cwd: root,
    })) {
      const text = readFileSync(join(root, file), 'utf8');
      const mutants = findMutants(file, text);
      const isBroken = (changedText: string): boolean =>
        parseSync(file, changedText, { lang: 'ts' }).errors.length > 0;
      expect(mutants.filter((mutant) => isBroken(mutate(text, mutant)))).toEqual([]);
      count += mutants.length;
    }
    expect(count).toBeGreaterThan(2000);
  });
});

describe('the list of survivors', () => {
  it('names mutants that there are, with a reason', () => {
    const { survivors } = JSON.parse(readFileSync(join(root, 'scripts/mutants-survivors.json'), 'utf8')) as {
      survivors: { file: string; operator: string; code: string; reason: string }[];
    };
    for (const { file, operator, code, reason } of survivors) {
      const mutants = findMutants(file, readFileSync(join(root, file), 'utf8'));
      expect(mutants.some((mutant) => mutant.operator === operator && mutant.code === code)).toBe(true);
      expect(reason.length).toBeGreaterThan(15);
    }
    expect(Array.isArray(survivors)).toBe(true);
  });
});
