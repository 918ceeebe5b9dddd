import { markUndone } from './before-any-change.ts';
import { integrityError, KeyManagerError } from './errors.ts';
import type { Again, Flow, FlowEnd, FlowJournal, FlowOptions, FlowStep, StepReading } from './flow.ts';
import type { Call } from './key-driver.ts';

/** A runner's fixed parts. */
interface Run<State, Context> {
  readonly flow: Flow<State, Context>;
  readonly options: FlowOptions<State, Context>;
}

function outcomeUnknown(cause: unknown): KeyManagerError {
  return new KeyManagerError(
    'ERR_OUTCOME_UNKNOWN',
    'A change in several steps stopped half way: the same call goes on from there',
    {
      cause,
    },
  );
}

async function repeated<Result>(run: () => Promise<Result>, again: Again | undefined): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (again === undefined || !(await again(error, attempt))) throw error;
    }
  }
}

/**
 * Takes back what is completed, last step first. Stops at an undo that fails: earlier steps may carry later
 * ones.
 */
async function back<State, Context>(run: Run<State, Context>, journal: FlowJournal<State>): Promise<void> {
  const { flow, options } = run;
  const context = options.cleanupContext?.() ?? options.context;
  const { state } = journal;
  let left: FlowJournal<State> = { flow: flow.name, state, completed: journal.completed, undoing: true };
  await options.save?.(left);
  for (const { name: step, undo } of flow.steps.slice(0, left.completed.length).toReversed()) {
    if (undo !== undefined) {
      try {
        await repeated(async () => undo(state, context), options.again);
      } catch (error) {
        throw outcomeUnknown(error);
      }
    }
    await options.afterStep?.({ step, at: 'undone' });
    left = { ...left, completed: left.completed.slice(0, -1) };
    await options.save?.(left);
    await options.afterStep?.({ step, at: 'forgotten' });
  }
  await options.save?.(undefined);
}

/** Ends a run whose step has failed: takes back what may be taken back, and throws the step's own error. */
async function giveUp<State, Context>(
  run: Run<State, Context>,
  journal: FlowJournal<State>,
  error: unknown,
): Promise<never> {
  if (isCommitted(run.flow, journal)) throw error;
  await back(run, journal);
  markUndone(error);
  throw error;
}

function isCommitted<State, Context>(flow: Flow<State, Context>, journal: FlowJournal<State>): boolean {
  return flow.steps.slice(0, journal.completed.length).some((step) => step.final === true);
}

/** The state after a step that threw but happened; gives up where it did not happen. */
async function stateAfterError<State, Context>(
  run: Run<State, Context>,
  step: FlowStep<State, Context>,
  journal: FlowJournal<State>,
  error: unknown,
): Promise<State> {
  const { options } = run;
  const { settle } = step;
  const doubtful = options.mayHaveHappened?.(error, step.name) ?? true;
  if (!doubtful) return giveUp(run, journal, error);
  if (settle === undefined) {
    // It may be run again, so a resumed flow can finish it; or be taken back, whether it happened or not.
    return giveUp(run, { ...journal, completed: [...journal.completed, step.name] }, error);
  }
  const context = options.cleanupContext?.() ?? options.context;
  let reading: StepReading<State>;
  try {
    reading = await repeated(async () => settle(journal.state, context), options.again);
  } catch {
    throw outcomeUnknown(error);
  }
  if (reading.outcome === 'done') return reading.state;
  if (reading.outcome === 'unknown') throw outcomeUnknown(error);
  return giveUp(run, journal, error);
}

async function stateAfter<State, Context>(
  run: Run<State, Context>,
  step: FlowStep<State, Context>,
  journal: FlowJournal<State>,
): Promise<State> {
  try {
    return await step.run(journal.state, run.options.context);
  } catch (error) {
    return stateAfterError(run, step, journal, error);
  }
}

/** Does one step, or finds it done, and gives the journal after it. */
async function advance<State, Context>(
  run: Run<State, Context>,
  journal: FlowJournal<State>,
  step: FlowStep<State, Context>,
  doubtful: boolean,
): Promise<FlowJournal<State>> {
  const { flow, options } = run;
  const { settle } = step;
  const reading: StepReading<State> =
    doubtful && settle !== undefined
      ? await repeated(async () => settle(journal.state, options.context), options.again)
      : { outcome: 'absent' };
  if (reading.outcome === 'unknown') throw outcomeUnknown(undefined);
  await options.save?.({ ...journal, started: step.name });
  await options.afterStep?.({ step: step.name, at: 'started' });
  const state = reading.outcome === 'done' ? reading.state : await stateAfter(run, step, journal);
  await options.afterStep?.({ step: step.name, at: 'ran' });
  const completed = [...journal.completed, step.name];
  const after: FlowJournal<State> = { flow: flow.name, state, completed, undoing: false };
  await options.save?.(after);
  await options.afterStep?.({ step: step.name, at: 'completed' });
  return after;
}

async function forward<State, Context>(
  run: Run<State, Context>,
  journal: FlowJournal<State>,
): Promise<State> {
  let reached: FlowJournal<State> = journal;
  for (const step of run.flow.steps.slice(journal.completed.length)) {
    const doubtful = run.options.probe === true || step.name === journal.started;
    reached = await advance(run, { ...reached, started: undefined }, step, doubtful);
  }
  await run.options.save?.(undefined);
  return reached.state;
}

/**
 * Runs a flow to its end and gives its last state.
 *
 * Where a step fails, what it did is settled by reading; if it happened, the flow goes on, otherwise
 * everything before it is taken back in reverse and the step's own error is thrown, for which `isUndone` then
 * holds. Behind a `final` step nothing is taken back: the error is thrown, and {@link
 * resumeFlow} or another run with `probe` finishes the rest.
 *
 * @throws ERR_OUTCOME_UNKNOWN where reading cannot tell what became of a step, or where undoing failed. The
 * journal stays.
 */
export async function runFlow<State, Context = Call>(
  flow: Flow<State, Context>,
  state: State,
  options: FlowOptions<State, Context>,
): Promise<State> {
  return forward({ flow, options }, { flow: flow.name, state, completed: [], undoing: false });
}

/**
 * Goes on with a flow that another process, or an error, left half way: forward, or back where it was being
 * taken back.
 *
 * @throws ERR_INTEGRITY for a journal that is not of this flow.
 * @throws ERR_OUTCOME_UNKNOWN as {@link runFlow} does.
 */
export async function resumeFlow<State, Context = Call>(
  flow: Flow<State, Context>,
  journal: FlowJournal<State>,
  options: FlowOptions<State, Context>,
): Promise<FlowEnd<State>> {
  const names = flow.steps.map((step) => step.name);
  const next = names[journal.completed.length];
  const fits = journal.flow === flow.name && journal.completed.every((name, index) => name === names[index]);
  if (!fits || (journal.started !== undefined && journal.started !== next)) throw integrityError();
  if (journal.undoing) {
    await back({ flow, options }, journal);
    return { outcome: 'undone', state: journal.state };
  }
  return { outcome: 'done', state: await forward({ flow, options }, journal) };
}
