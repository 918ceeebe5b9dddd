import type { Stage } from './stage.ts';

/** One stop of the tour. */
export interface Step {
  readonly title: string;
  run(stage: Stage): Promise<void>;
}

/** Fails the tour where the library does not do what the step has just told. */
export function expectThat(truth: boolean, claim: string): void {
  if (!truth) throw new Error(`The tour expected that ${claim}`);
}
