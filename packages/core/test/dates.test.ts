import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkDateOrder,
  fromEpochSeconds,
  isEpochSeconds,
  maxEpochSeconds,
  toEpochSeconds,
} from '../src/dates.ts';

const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });

describe('toEpochSeconds', () => {
  it('cuts milliseconds off', () => {
    expect(toEpochSeconds(new Date('2026-11-24T12:00:00.999Z'), 'expiresOn')).toBe(1_795_521_600);
  });

  it('takes the first and the last second', () => {
    expect(toEpochSeconds(new Date(0), 'notBefore')).toBe(0);
    expect(toEpochSeconds(new Date('9999-12-31T23:59:59.999Z'), 'notBefore')).toBe(maxEpochSeconds);
  });

  it.each([-1, -62_135_596_800_000, 253_402_300_800_000, 1_795_521_600_000_000, Number.NaN])(
    'refuses a date of %d milliseconds and names the argument',
    (milliseconds) => {
      const convert = (): number => toEpochSeconds(new Date(milliseconds), 'expiresOn');
      expect(convert).toThrow(invalid);
      expect(convert).toThrow(/^expiresOn /);
    },
  );

  it('takes nothing for a Date that is none', () => {
    for (const value of [0, '2026-11-24', null, undefined, { getTime: (): number => 0 }]) {
      expect(() => toEpochSeconds(value as Date, 'expiresOn')).toThrow(TypeError);
    }
  });

  it('gives back what it took, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: maxEpochSeconds }), fc.nat(999), (seconds, milliseconds) => {
        const kept = toEpochSeconds(new Date(seconds * 1000 + milliseconds), 'expiresOn');
        expect(fromEpochSeconds(kept)).toEqual(new Date(seconds * 1000));
      }),
    );
  });
});

describe('fromEpochSeconds', () => {
  it('never makes an invalid date out of what a vault tells', () => {
    for (const value of [-1, 0.5, Number.NaN, Infinity, maxEpochSeconds + 1, '0']) {
      expect(isEpochSeconds(value)).toBe(false);
      expect(() => fromEpochSeconds(value as number)).toThrow(
        expect.objectContaining({ code: 'ERR_UNKNOWN' }),
      );
    }
  });
});

describe('checkDateOrder', () => {
  it('refuses reversed and equal dates', () => {
    expect(() => checkDateOrder(2, 1)).toThrow(invalid);
    expect(() => checkDateOrder(1, 1)).toThrow(invalid);
  });

  it('takes dates in order, and one alone', () => {
    for (const [from, to] of [
      [0, 1],
      [undefined, 0],
      [5, undefined],
      [null, 0],
      [5, null],
    ] as const) {
      expect(() => checkDateOrder(from, to)).not.toThrow();
    }
  });
});
