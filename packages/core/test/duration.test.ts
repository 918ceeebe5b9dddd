import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDurations, parseDuration } from '../src/duration.ts';

const day = 86_400;
const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });

describe('parseDuration', () => {
  it.each([
    ['P1Y', 365 * day],
    ['P18M', 540 * day],
    ['P2W', 14 * day],
    ['P30D', 30 * day],
    ['P030D', 30 * day],
    ['PT48H', 2 * day],
    ['PT1M', 60],
    ['PT0S', 0],
    ['P1Y2M3DT4H5M6S', (365 + 60 + 3) * day + 4 * 3600 + 5 * 60 + 6],
    ['P9999Y', 9999 * 365 * day],
  ])('reads %s as %i seconds and keeps the text', (text, seconds) => {
    expect(parseDuration(text)).toEqual({ text, seconds });
  });

  it.each([
    '',
    'P',
    'PT',
    'P1',
    '1D',
    'P1YT',
    'P1H',
    'PT1D',
    'P1D1Y',
    'P1M1Y',
    'PT1S1H',
    'P1D1D',
    'p1d',
    'P1d',
    '-P1D',
    '+P1D',
    'P-1D',
    'P1.5D',
    'P1,5D',
    'PT0.5S',
    'P1W1D',
    'P1Y1W',
    'P1WT1H',
    ' P1D',
    'P1D ',
    'P1D\n',
    'P 1D',
    'P١D',
    'P10000Y',
    'P9999Y1D',
    'P99999999999Y',
    'P1Y1',
    'P2026-01-01',
    'PP1D',
    'P1DT',
    'P0x1D',
    'P1e3D',
  ])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(invalid);
  });

  it('refuses what is no text', () => {
    for (const value of [undefined, null, 1, {}, ['P1D'], new String('P1D')]) {
      expect(() => parseDuration(value as string)).toThrow(invalid);
    }
  });

  it('adds up whatever units are given', () => {
    const amount = fc.option(fc.nat(99), { nil: undefined });
    fc.assert(
      fc.property(fc.tuple(amount, amount, amount, amount, amount, amount), ([y, mo, d, h, m, s]) => {
        const unit = (value: number | undefined, name: string): string =>
          value === undefined ? '' : `${value}${name}`;
        const time = unit(h, 'H') + unit(m, 'M') + unit(s, 'S');
        const text = `P${unit(y, 'Y')}${unit(mo, 'M')}${unit(d, 'D')}${time === '' ? '' : `T${time}`}`;
        fc.pre(text !== 'P');
        const days = (y ?? 0) * 365 + (mo ?? 0) * 30 + (d ?? 0);
        expect(parseDuration(text)).toEqual({
          text,
          seconds: days * day + (h ?? 0) * 3600 + (m ?? 0) * 60 + (s ?? 0),
        });
      }),
    );
  });

  it('throws nothing but typed errors, in bounded time', () => {
    const pieces = fc.array(
      fc.constantFrom('P', 'T', 'Y', 'M', 'W', 'D', 'H', 'S', '1', '0', '9999999999', '-', '.', ' '),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            expect(parseDuration(text).text).toBe(text);
          } catch (error) {
            expect(error).toEqual(invalid);
          }
        },
      ),
    );
    expect(() => parseDuration(`P${'1'.repeat(100_000)}`)).toThrow(invalid);
  });
});

describe('compareDurations', () => {
  it('compares mixed units by their seconds', () => {
    expect(compareDurations('P1Y', 'P12M')).toBeGreaterThan(0);
    expect(compareDurations('P365D', 'P1Y')).toBe(0);
    expect(compareDurations('PT24H', 'P1D')).toBe(0);
    expect(compareDurations('P1W', 'P8D')).toBeLessThan(0);
    expect(['P1Y', 'PT1S', 'P30D', 'P2M'].sort(compareDurations)).toEqual(['PT1S', 'P30D', 'P2M', 'P1Y']);
  });

  it('refuses what is no duration on either side', () => {
    expect(() => compareDurations('P1D', 'x')).toThrow(invalid);
    expect(() => compareDurations('x', 'P1D')).toThrow(invalid);
  });
});
