import { isDate } from 'node:util/types';
import { invalidArgument, KeyManagerError } from './errors.ts';
import type { EpochSeconds } from './key-driver.ts';

/** The last second that a date can name: 9999-12-31T23:59:59Z. */
export const maxEpochSeconds: EpochSeconds = 253_402_300_799;

/** Tells whether a value is a date as drivers and records carry it: whole seconds from 1970 to 9999. */
export function isEpochSeconds(value: unknown): value is EpochSeconds {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= maxEpochSeconds;
}

/**
 * Turns a caller's date into whole seconds; milliseconds are cut off, so what was stored comes back.
 *
 * @param what Names the argument in the message.
 * @throws TypeError where it is no `Date`.
 * @throws ERR_INVALID_ARGUMENT for an invalid date and outside the years 1970 to 9999 (milliseconds taken for
 * seconds).
 */
export function toEpochSeconds(date: Date, what: string): EpochSeconds {
  if (!isDate(date)) throw new TypeError(`${what} must be a Date`);
  const seconds = Math.floor(date.getTime() / 1000);
  if (!isEpochSeconds(seconds)) throw invalidArgument(`${what} must be a date from 1970 to 9999`);
  return seconds;
}

/**
 * Turns a date that a vault told into a `Date`.
 *
 * @throws ERR_UNKNOWN where the vault told something that is no date.
 */
export function fromEpochSeconds(seconds: EpochSeconds): Date {
  if (!isEpochSeconds(seconds))
    throw new KeyManagerError('ERR_UNKNOWN', 'The vault told a date that is none');
  return new Date(seconds * 1000);
}

/**
 * Checks that a version can be valid at some moment at all: `notBefore` is earlier than `expiresOn`, where
 * both are given.
 *
 * @throws ERR_INVALID_ARGUMENT where they are reversed or equal.
 */
export function checkDateOrder(
  notBefore: EpochSeconds | null | undefined,
  expiresOn: EpochSeconds | null | undefined,
): void {
  if (typeof notBefore !== 'number' || typeof expiresOn !== 'number') return;
  if (notBefore >= expiresOn) throw invalidArgument('notBefore must be earlier than expiresOn');
}
