import { AssertionError } from 'node:assert';
import { isKeyManagerError } from '@keyway/core';
import type { KeyManagerError, KeyManagerErrorCode } from '@keyway/core';

/**
 * Expects a refusal with one of the codes, and gives the error.
 *
 * @throws AssertionError where the call succeeds, or fails in another way.
 */
export async function refused(
  running: Promise<unknown>,
  ...codes: readonly [KeyManagerErrorCode, ...KeyManagerErrorCode[]]
): Promise<KeyManagerError> {
  const error = await failure(running);
  if (error === undefined)
    throw new AssertionError({ message: `Expected ${codes.join(' or ')}, but it succeeded` });
  if (!isKeyManagerError(error.thrown)) {
    throw new AssertionError({ message: `Expected ${codes.join(' or ')}, got ${describe(error.thrown)}` });
  }
  if (!codes.includes(error.thrown.code)) {
    throw new AssertionError({ message: `Expected ${codes.join(' or ')}, got ${describe(error.thrown)}` });
  }
  return error.thrown;
}

/** Expects misuse to be a `TypeError`. */
export async function misuse(run: () => Promise<unknown>): Promise<void> {
  const error = await failure((async () => run())());
  if (error === undefined) throw new AssertionError({ message: 'Expected a TypeError, but it succeeded' });
  if (!(error.thrown instanceof TypeError)) {
    throw new AssertionError({ message: `Expected a TypeError, got ${describe(error.thrown)}` });
  }
}

/** What a promise was rejected with, or undefined where it was not. */
export async function failure(running: Promise<unknown>): Promise<{ readonly thrown: unknown } | undefined> {
  try {
    await running;
    return undefined;
  } catch (thrown) {
    return { thrown };
  }
}

/** An error in one line. */
export function describe(error: unknown): string {
  if (isKeyManagerError(error)) return `${error.code} (${error.message})`;
  return error instanceof Error ? `${error.name} (${error.message})` : `a thrown ${typeof error}`;
}
