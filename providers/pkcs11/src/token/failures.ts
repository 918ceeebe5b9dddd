import { isTokenError, TokenError } from './return-values.ts';
import { Refusal } from './refusal.ts';
import type { Failure } from './wire.ts';

/** An error of a worker as it travels. Anything that is neither an answer of the token nor a refusal is a defect. */
export function toFailure(error: unknown): Failure {
  if (isTokenError(error)) return { ckr: error.ckr, function: error.function };
  if (error instanceof Refusal) return { code: error.code, message: error.message };
  return {
    code: 'ERR_UNKNOWN',
    message: `The worker failed: ${error instanceof Error ? error.message : 'unknown'}`,
  };
}

/** The way back inside a worker. */
export function fromFailure(failure: Failure): Error {
  return 'ckr' in failure
    ? new TokenError(failure.ckr, failure.function)
    : new Refusal(failure.code as Refusal['code'], failure.message);
}

const codes = (...numbers: number[]): ReadonlySet<number> => new Set(numbers);

/** The handle of an object no longer holds: object, key, unwrapping key, wrapping key. */
export const staleHandle: ReadonlySet<number> = codes(0x82, 0x60, 0xf0, 0x113);

/** The session or its login is gone; by the standard, the call did nothing. */
export const lostSession: ReadonlySet<number> = codes(0xb0, 0xb3, 0x101, 0x190);

/** The token is gone or failed; the call may have done something. */
export const lostToken: ReadonlySet<number> = codes(0x30, 0x32, 0xe0, 0xe1, 0x03);

/** Answers to C_Verify that say no more than "not valid", and leave the session as it should be. */
export const notValid: ReadonlySet<number> = codes(0xc0, 0xc1);
