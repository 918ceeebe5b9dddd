import { isTokenError, returnValueName } from '../token/return-values.ts';
import type { FeatureName, Finding } from '../token-features.ts';
import type { ProbeKeys } from './probe-keys.ts';

/** What the probes before have found. */
export type Found = Partial<Record<FeatureName, Finding>>;

/** One thing that is tried on a token. */
export interface Probe {
  readonly name: FeatureName;
  /** The mechanisms that the token must list, or there is no use in trying. */
  readonly mechanisms: readonly number[];
  /** Mechanisms of which it must list one. */
  readonly anyOf?: readonly number[] | undefined;
  /** What must have been found to work before. */
  readonly needs?: readonly FeatureName[] | undefined;
  /**
   * Tries it, with session objects. Gives the form in which it works, or undefined where there is but one.
   *
   * @throws A `TokenError`, or a {@link WrongAnswer}, where it does not.
   */
  readonly run: (keys: ProbeKeys, found: Found) => Promise<string | undefined>;
}

/** The token took the request and answered something else than what was asked for. */
export class WrongAnswer extends Error {
  override readonly name: string = 'WrongAnswer';
}

/** Requires an answer to be right. */
export function right(condition: boolean, what: string): asserts condition {
  if (!condition) throw new WrongAnswer(what);
}

/** The reason that an error is, as half of a sentence; undefined for an error that says nothing about the token's abilities. */
export function reasonOf(error: unknown): string | undefined {
  if (error instanceof WrongAnswer) return `gave a wrong answer: ${error.message}`;
  if (isTokenError(error)) return `refused it: ${error.function} gave ${returnValueName(error.ckr)}`;
  return undefined;
}

/** Return values that say that the token is in trouble now, and nothing about what it can do. */
const trouble: ReadonlySet<number> = new Set([
  0x002, 0x030, 0x031, 0x032, 0x0b0, 0x0b1, 0x0b3, 0x0e0, 0x0e1, 0x100, 0x101, 0x190,
]);

/** Whether an error must end the probing: an answer found out now would be wrong later, and would be cached. */
export function isTrouble(error: unknown): boolean {
  if (error instanceof WrongAnswer) return false;
  return !isTokenError(error) || trouble.has(error.ckr);
}
