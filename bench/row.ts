import type { Measured } from './result.ts';

/** One thing that is measured. */
export interface BenchRow {
  /** `group/what`. */
  readonly name: string;
  run(progress: (text: string) => void): Promise<Measured>;
}
