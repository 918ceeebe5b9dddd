import { invalidArgument } from './errors.ts';

/** A length of time: the text as it was written, and what it amounts to. */
export interface Duration {
  /** Exactly as given: `P12M` stays `P12M`. */
  readonly text: string;
  /** Whole seconds; a year is 365 days, a month 30, a week 7. */
  readonly seconds: number;
}

const day = 86_400;

/** The units in the order of the grammar, in seconds. */
const unitSeconds = [365 * day, 30 * day, 7 * day, day, 3600, 60, 1] as const;

/** Longest duration: as many years as a date can name. */
const maxSeconds = 9999 * 365 * day;

const amounts = (units: string): string => Array.from(units, (unit) => `(?:([0-9]{1,10})${unit})?`).join('');

/** ISO 8601-1 section 5.5.2.2, without fractions and signs. At least one unit, and at least one after `T`. */
const grammar = new RegExp(`^P(?=[0-9T])${amounts('YMWD')}(?:T(?=[0-9])${amounts('HMS')})?$`);

/**
 * Reads an ISO 8601 duration such as `P1Y`, `P18M`, `P2W`, `P30D`, `PT48H` or `P1Y2M10DT2H30M`.
 *
 * The arithmetic is exact and knows no calendar: 1 year = 365 days, 1 month = 30 days, 1 week = 7 days, 1 day
 * = 86,400 seconds. So `P1Y` (365 days) is longer than `P12M` (360 days). Units are whole numbers without
 * sign or fraction, in this order, each at most once; weeks stand alone. `P0D` is a duration; what needs a
 * positive one says so itself.
 *
 * @throws ERR_INVALID_ARGUMENT for any other text, and beyond 9999 years.
 */
export function parseDuration(text: string): Duration {
  const match = typeof text === 'string' ? grammar.exec(text) : null;
  if (match === null)
    throw invalidArgument('A duration must be ISO 8601 in whole units, such as P1Y, P30D or PT48H');
  const given = match.slice(1) as readonly (string | undefined)[];
  const weeks = given[2] !== undefined;
  if (weeks && given.some((amount, unit) => unit !== 2 && amount !== undefined)) {
    throw invalidArgument('A duration in weeks has no other unit');
  }
  const seconds = unitSeconds.reduce((sum, unit, index) => sum + Number(given[index] ?? 0) * unit, 0);
  if (seconds > maxSeconds) throw invalidArgument('A duration must not exceed 9999 years');
  return { text, seconds };
}

/**
 * Compares two durations by their seconds, whatever units they are written in: negative, zero or positive,
 * for `sort`.
 *
 * @throws ERR_INVALID_ARGUMENT where one is no duration.
 */
export function compareDurations(a: string, b: string): number {
  return parseDuration(a).seconds - parseDuration(b).seconds;
}
