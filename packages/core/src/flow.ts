import type { Call } from './key-driver.ts';

/**
 * What reading says about a step whose answer is not known: it happened (with the state after it), it did
 * not, or neither.
 */
export type StepReading<State> =
  | { readonly outcome: 'done'; readonly state: State }
  | { readonly outcome: 'absent' | 'unknown' };

/**
 * One step of a flow: one change at the vault. The state holds what later steps and undoing need; it is plain
 * data, so that it can be kept in a journal.
 */
export interface FlowStep<State, Context = Call> {
  readonly name: string;
  /** Makes the change and gives the state after it. May throw the SDK's error untouched. */
  run(state: State, context: Context): Promise<State>;
  /**
   * Takes the change back. Must succeed too where nothing is left to take back, and may be called again.
   * Absent where the step leaves nothing behind. Receives the last state of the flow, which lacks the step's
   * own answer where it was lost.
   */
  readonly undo?: ((state: State, context: Context) => Promise<void>) | undefined;
  /**
   * Reads at the vault what became of the step. Receives the state before it. Absent exactly where running
   * the step again changes nothing twice.
   */
  readonly settle?: ((state: State, context: Context) => Promise<StepReading<State>>) | undefined;
  /** Once this step is done nothing is taken back any more: what is left is finished instead. */
  readonly final?: boolean | undefined;
}

/** Several changes at a vault that are to happen all or not at all, as data. */
export interface Flow<State, Context = Call> {
  readonly name: string;
  readonly steps: readonly FlowStep<State, Context>[];
}

/** How far a flow has come: plain data, from which `resumeFlow` goes on. */
export interface FlowJournal<State> {
  readonly flow: string;
  /** The state after the last completed step. */
  readonly state: State;
  /** Names of the steps that are done, in their order. While undoing, those that are not taken back yet. */
  readonly completed: readonly string[];
  /** The step that was under way; whether it happened is not known. */
  readonly started?: string | undefined;
  readonly undoing: boolean;
}

/** A moment at which a process may die. Tests make {@link FlowOptions.afterStep} throw at each of them. */
export interface FlowEvent {
  readonly step: string;
  /**
   * `started`: the journal names the step, nothing is changed yet. `ran`: the change is made, the journal
   * does not know it. `completed`: it does. `undone`: the change is taken back, the journal does not know it.
   * `forgotten`: it does.
   */
  readonly at: 'started' | 'ran' | 'completed' | 'undone' | 'forgotten';
}

/** Waits and tells whether to try again, given the number of attempts made so far. */
export type Again = (error: unknown, attempt: number) => Promise<boolean>;

/** What the runner needs beside the flow. */
export interface FlowOptions<State, Context = Call> {
  readonly context: Context;
  /**
   * Made for undoing and settling after an error: the caller's own signal may have fired by then. Default:
   * `context`.
   */
  readonly cleanupContext?: (() => Context) | undefined;
  /** Whether a step that failed so may have happened all the same. Default: every failed step may. */
  readonly mayHaveHappened?: ((error: unknown, step: string) => boolean) | undefined;
  /** Asked after a failed undo or settle, both of which may be repeated. Default: never again. */
  readonly again?: Again | undefined;
  /** Keeps the journal durably; undefined: the flow has ended and its journal goes. */
  readonly save?: ((journal: FlowJournal<State> | undefined) => Promise<void>) | undefined;
  /** For tests: what it throws ends the run on the spot, as a kill would, and nothing is taken back. */
  readonly afterStep?: ((event: FlowEvent) => void | Promise<void>) | undefined;
  /**
   * Treats every step with `settle` as one that may have happened already: goes on after a crash without a
   * journal.
   */
  readonly probe?: boolean | undefined;
}

/** How a resumed flow ended. */
export interface FlowEnd<State> {
  readonly outcome: 'done' | 'undone';
  readonly state: State;
}
