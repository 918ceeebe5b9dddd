import type { Spread } from './statistics.ts';

/** A bound, and on which side of it a value holds. */
export interface Bound {
  readonly value: number;
  readonly side: 'at least' | 'at most';
}

/** Whether a bound holds, and whether that can be told. */
export interface Verdict {
  /** True only where it is decided, too. */
  readonly holds: boolean;
  /** False where the bound lies within what the baseline differs from itself by. */
  readonly decided: boolean;
}

/**
 * Judges a measured value.
 *
 * @param control The baseline measured against itself, in the same unit; for a ratio around 1, for a difference around 0.
 * @param combine How the control's deviation applies to the value: a ratio is multiplied by it, a difference added.
 */
export function judge(
  value: number,
  bound: Bound,
  control: Spread | undefined,
  combine: 'ratio' | 'difference',
): Verdict {
  const apply = (deviation: number): number => (combine === 'ratio' ? value * deviation : value + deviation);
  const low = control === undefined ? value : Math.min(value, apply(control.p10));
  const high = control === undefined ? value : Math.max(value, apply(control.p90));
  const decided = control === undefined || bound.value < low || bound.value > high;
  const within = bound.side === 'at least' ? value >= bound.value : value <= bound.value;
  return { holds: decided && within, decided };
}
