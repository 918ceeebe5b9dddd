import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { invalidArgument } from '@keyway/core/driver';
import { createRandom } from '../random.ts';
import { runTarget } from '../run-target.ts';
import type { RunSettings, TargetReport } from '../run-target.ts';
import { defineTarget, roundTrip } from '../target.ts';
import type { FuzzTarget, TargetDefinition } from '../target.ts';
import { fuzzTargets } from '../targets/fuzz-targets.ts';

const settings: RunSettings = {
  seed: 1,
  runs: 100,
  maxMilliseconds: 1000,
  maxHeapGrowth: Number.POSITIVE_INFINITY,
  heapUsed: () => 0,
};

/** A parser of digits. */
function digits(changes: Partial<TargetDefinition<string>> = {}): FuzzTarget {
  return defineTarget<string>({
    name: 'digits',
    sources: [],
    refusals: ['ERR_INVALID_ARGUMENT'],
    valid: (random) => String(random.below(1000)),
    mutate: (_, text) => `${text}x`,
    junk: () => '?',
    parse(text) {
      if (!/^\d+$/.test(text)) throw invalidArgument('no digits');
      return roundTrip(String(Number(text)) === text, 'not the same');
    },
    ...changes,
  });
}

const reasons = ({ failures }: TargetReport): string => failures.map(({ reason }) => reason).join('\n');

describe('feeding a parser', () => {
  it('counts what was accepted, what was rejected, and that half of it was mutated', async () => {
    expect(await runTarget(digits(), settings)).toMatchObject({
      runs: 100,
      accepted: 30,
      rejected: 70,
      mutated: 50,
      failures: [],
    });
  });

  it('makes the same inputs of the same seed, and others of another', () => {
    for (const target of fuzzTargets) {
      const described = (seed: number): string => target.prepare(createRandom(seed), 'junk').describe();
      expect(described(5), target.name).toBe(described(5));
    }
    const texts = [1, 2].map((seed) =>
      fuzzTargets.map((target) => target.prepare(createRandom(seed), 'junk').describe()).join('\n'),
    );
    expect(texts[0]).not.toBe(texts[1]);
  });

  it.each<readonly [string, Partial<TargetDefinition<string>>, string]>([
    [
      'an error that is not typed',
      {
        parse: () => {
          throw new RangeError('boom');
        },
      },
      'boom',
    ],
    ['an error with a code that is not foreseen', { refusals: ['ERR_INTEGRITY'] }, 'no digits'],
    [
      'a TypeError where types are not in question',
      {
        parse: () => {
          throw new TypeError('wrong');
        },
      },
      'wrong',
    ],
    [
      'a promise that rejects with something else',
      { parse: () => Promise.reject(new Error('late')) },
      'late',
    ],
    ['what does not come back the same', { parse: () => roundTrip(false, 'changed') }, 'changed'],
    ['a valid input that is refused', { parse: () => false }, 'a valid input was refused'],
    ['an input that takes too long', { maxMilliseconds: -1 }, 'took'],
    ['a message that holds a secret', { secrets: () => ['no digits'] }, 'A message holds a secret'],
  ])('fails on %s', async (_, changes, reason) => {
    const report = await runTarget(digits(changes), settings);
    expect(report.failures.length).toBeGreaterThan(0);
    expect(reasons(report)).toContain(reason);
  });

  it('fails where memory grows with the inputs', async () => {
    let heap = 0;
    const report = await runTarget(digits(), { ...settings, maxHeapGrowth: 5, heapUsed: () => (heap += 10) });
    expect(reasons(report)).toContain('on the heap');
  });
});

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const run = async (...options: string[]): Promise<{ stdout: string }> =>
  await promisify(execFile)(process.execPath, [
    '--conditions=@keyway/source',
    '--disable-warning=ExperimentalWarning',
    main,
    ...options,
  ]);

describe('the command', () => {
  it('prints seed, counts and branches, and ends with the sum', async () => {
    const { stdout } = await run(
      '--runs',
      '400',
      '--seed',
      '7',
      '--only',
      'durations',
      '--only',
      'page-tokens',
    );
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toBe('seed 7');
    expect(lines[1]).toMatch(
      /^durations +200 inputs +100 mutated +\d+ accepted +\d+ rejected +branches \d+\/\d+ /,
    );
    expect(lines.at(-1)).toBe('400 inputs, 0 failures');
  });

  it('refuses a parser that is not there', async () => {
    await expect(run('--only', 'nothing')).rejects.toMatchObject({ code: 2 });
  });
});
