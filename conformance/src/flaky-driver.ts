import type { KeyManagerErrorCode } from '@keyway/core';
import type { Classification, KeyDriver } from '@keyway/core/driver';
import { interpose } from './call-log.ts';

/** An error as no vendor throws it: what it means is said at its making. */
export class InjectedError extends Error {
  override readonly name: string = 'InjectedError';
  readonly classification: Classification;
  constructor(classification: Classification, message = 'injected by the suite') {
    super(message);
    this.classification = classification;
  }
}

/** A fault that passes: `safe` to repeat, and nothing happened. */
export function passing(code: KeyManagerErrorCode, retryAfterMs?: number): InjectedError {
  return new InjectedError({ code, retry: 'safe', outcome: 'none', retryAfterMs });
}

/** A fault that stays. */
export function lasting(code: KeyManagerErrorCode): InjectedError {
  return new InjectedError({ code, retry: 'never', outcome: 'none' });
}

/** When the fault strikes: before the vault does anything, or after, so that only the answer is lost. */
export type FaultMoment = 'before' | 'after';

/**
 * The same vault with a fault on its wire: the first calls of a method fail with the given errors. What the vault's own
 * driver throws is still its own to classify.
 */
export function withFaults(
  driver: KeyDriver,
  method: string,
  errors: readonly InjectedError[],
  moment: FaultMoment = 'before',
): KeyDriver {
  const left = [...errors];
  const faulty = interpose(driver, async (logged, next) => {
    if (logged.method !== method) return await next();
    const error = left.shift();
    if (error === undefined) return await next();
    if (moment === 'after') await next();
    throw error;
  });
  return {
    ...faulty,
    classify: (error, at) =>
      error instanceof InjectedError ? error.classification : driver.classify(error, at),
  };
}

/** The same vault, whose answers to one method are replaced. */
export function withAnswers(
  driver: KeyDriver,
  method: string,
  answer: (real: unknown) => unknown,
): KeyDriver {
  return interpose(driver, async (logged, next) => {
    const real = await next();
    return logged.method === method ? answer(real) : real;
  });
}
