import type { Spread } from './statistics.ts';
import { judge } from './verdict.ts';
import type { Bound } from './verdict.ts';

/** What one row came to. */
export interface BenchResult {
  readonly name: string;
  /** The measured value: a ratio of speeds or times, or what `unit` says. */
  readonly ratio: number;
  readonly bound: number;
  readonly side: Bound['side'];
  readonly holds: boolean;
  readonly decided: boolean;
  /** What it was compared with. */
  readonly against: string;
  readonly unit: string;
  /** Calls in a round. */
  readonly n: number;
  readonly rounds: number;
  readonly p10: number;
  readonly p90: number;
  /** The baseline against itself; absent where something is counted. */
  readonly control?: Spread | undefined;
  readonly note?: string | undefined;
}

/** What a row knows before it is judged. */
export interface Measured {
  readonly name: string;
  readonly against: string;
  readonly bound: Bound;
  readonly unit: string;
  readonly n: number;
  readonly values: Spread;
  readonly rounds: number;
  readonly control?: Spread | undefined;
  readonly combine: 'ratio' | 'difference';
  readonly note?: string | undefined;
}

/** Judges a measured row. */
export function toResult(measured: Measured): BenchResult {
  const { name, against, bound, unit, n, rounds, values, control, combine, note } = measured;
  const verdict = judge(values.median, bound, control, combine);
  return {
    name,
    ratio: values.median,
    bound: bound.value,
    side: bound.side,
    ...verdict,
    against,
    unit,
    n,
    rounds,
    p10: values.p10,
    p90: values.p90,
    control,
    note,
  };
}

const number = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3));

/** A row as a line of text. */
export function formatResult(result: BenchResult): string {
  const { name, ratio, bound, side, holds, decided, against, unit, n, rounds, p10, p90, control, note } =
    result;
  const verdict = holds ? 'held' : decided ? 'NOT HELD' : 'not decided';
  const lines = [
    `${verdict.padEnd(12)}${name}: ${number(ratio)} ${unit} (${side} ${bound}) against ${against}`,
    `            n ${n}, rounds ${rounds}, p10 ${number(p10)}, p90 ${number(p90)}` +
      (control === undefined
        ? ''
        : `; control p10 ${number(control.p10)}, median ${number(control.median)}, p90 ${number(control.p90)}`),
  ];
  if (note !== undefined) lines.push(`            ${note}`);
  return lines.join('\n');
}
