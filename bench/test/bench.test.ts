import { describe, expect, it } from 'vitest';
import { compare } from '../compare.ts';
import type { Comparison } from '../compare.ts';
import { formatResult, toResult } from '../result.ts';
import { quantile, spreadOf } from '../statistics.ts';
import { judge } from '../verdict.ts';

const narrow = { p10: 0.99, median: 1, p90: 1.01 };
const wide = { p10: 0.7, median: 1, p90: 1.4 };

describe('judging a bound', () => {
  it('holds, or does not, where the bound lies outside the control', () => {
    expect(judge(0.9, { value: 0.8, side: 'at least' }, narrow, 'ratio')).toEqual({
      holds: true,
      decided: true,
    });
    expect(judge(0.7, { value: 0.8, side: 'at least' }, narrow, 'ratio')).toEqual({
      holds: false,
      decided: true,
    });
    expect(judge(1.2, { value: 1.3, side: 'at most' }, narrow, 'ratio')).toEqual({
      holds: true,
      decided: true,
    });
    expect(judge(1.4, { value: 1.3, side: 'at most' }, narrow, 'ratio')).toEqual({
      holds: false,
      decided: true,
    });
  });

  it('is never held where the control is as wide as the distance to the bound', () => {
    expect(judge(0.9, { value: 0.8, side: 'at least' }, wide, 'ratio')).toEqual({
      holds: false,
      decided: false,
    });
    const restless = { p10: -0.2, median: 0, p90: 0.2 };
    expect(judge(0.2, { value: 0.3, side: 'at most' }, restless, 'difference')).toEqual({
      holds: false,
      decided: false,
    });
  });

  it('needs no control for what is counted', () => {
    expect(judge(0, { value: 0, side: 'at most' }, undefined, 'difference')).toEqual({
      holds: true,
      decided: true,
    });
    expect(judge(1, { value: 0, side: 'at most' }, undefined, 'difference')).toEqual({
      holds: false,
      decided: true,
    });
  });
});

describe('quantiles', () => {
  it('interpolate, and need a value', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(spreadOf(Array.from({ length: 11 }, (_, index) => index))).toEqual({ p10: 1, median: 5, p90: 9 });
    expect(() => quantile([], 0.5)).toThrow('no value');
  });
});

function spin(steps: number): number {
  let sum = 0;
  for (let step = 0; step < steps; step++) sum += step % 7;
  return sum;
}

function comparison(
  steps: number,
  changes: Partial<Comparison<number, number>> = {},
): Comparison<number, number> {
  return {
    name: 'test/spin',
    against: 'spinning',
    bound: { value: 0.8, side: 'at least' },
    as: 'speed',
    rounds: 9,
    n: 50,
    baseline: { call: () => spin(20_000), verify: () => undefined },
    subject: { call: async () => await Promise.resolve(spin(steps)), verify: () => undefined },
    ...changes,
  };
}

describe('comparing', () => {
  it('sees that four times the work is slower, and that the baseline is as fast as itself', async () => {
    const measured = await compare(comparison(80_000));
    expect(measured.values.median).toBeLessThan(0.6);
    expect(measured.control?.median).toBeGreaterThan(0.6);
    const result = toResult(measured);
    expect(result).toMatchObject({
      name: 'test/spin',
      bound: 0.8,
      holds: false,
      against: 'spinning',
      n: 50,
      rounds: 9,
    });
    expect(formatResult(result)).toContain('control p10');
  });

  it('stops at a wrong result, of the subject and of the baseline', async () => {
    const wrong = {
      call: () => 1,
      verify: () => {
        throw new Error('Wrong result');
      },
    };
    await expect(compare(comparison(1, { subject: wrong }))).rejects.toThrow('Wrong result');
    await expect(compare(comparison(1, { baseline: wrong }))).rejects.toThrow('Wrong result');
  });

  it('keeps so many calls under way at once, by the wall clock', async () => {
    let inFlight = 0;
    let most = 0;
    const call = async (): Promise<number> => {
      most = Math.max(most, ++inFlight);
      await new Promise(setImmediate);
      return --inFlight;
    };
    const waiting = { call, verify: () => undefined };
    const sides = { baseline: waiting, subject: waiting, n: 20, rounds: 2 };
    const measured = await compare(comparison(1, { ...sides, clock: 'wall', inFlight: 4 }));
    expect(most).toBe(4);
    expect(measured.values.median).toBeGreaterThan(0);
  });

  it('stops at a wrong result of any of the calls that ended last', async () => {
    let calls = 0;
    const wrong = {
      call: async () => await Promise.resolve(calls++ % 4),
      verify: (given: number) => {
        if (given === 3) throw new Error('Wrong result');
      },
    };
    const waiting = { subject: wrong, n: 20, clock: 'wall', inFlight: 4 } as const;
    await expect(compare(comparison(1, waiting))).rejects.toThrow('Wrong result');
  });
});
