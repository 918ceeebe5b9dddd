import { isKeyManagerError, mayHaveHappened, runFlow } from '@keyway/core/driver';
import type { Call, Flow } from '@keyway/core/driver';
import { classify } from './classify.ts';
import { halfDone } from './half-done.ts';
import type { KmsVault } from './vault.ts';

/** How long undoing and settling may take once the caller's own time is up. */
const cleanupMs = 15_000;
/** Attempts at undoing and settling, and at what KMS does not show yet. */
const maxAttempts = 8;

/** Races against others that one call takes part in before it gives up. */
export const maxRaces = 20;

const isNamed = (error: unknown, name: string): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === name;

/** KMS knows no such key or alias, or not yet. */
export const isNotFound = (error: unknown): boolean => isNamed(error, 'NotFoundException');

/** There is an alias of that name. */
export const isTaken = (error: unknown): boolean => isNamed(error, 'AlreadyExistsException');

/** The state of a key does not allow the request: pending deletion, for example. */
export const isWrongState = (error: unknown): boolean => isNamed(error, 'KMSInvalidStateException');

/** Milliseconds before an attempt is repeated. */
export const pauseBefore = (attempt: number): number => Math.min(100 * 2 ** (attempt - 1), 2000);

/** Pauses before an attempt is repeated; rejects where the time is up. */
export async function pauseAfter(
  vault: KmsVault,
  attempt: number,
  { signal }: Pick<Call, 'signal'>,
): Promise<void> {
  signal.throwIfAborted();
  await vault.sleep(pauseBefore(attempt), signal);
}

/**
 * Repeats a request that names something just made here: KMS is eventually consistent and may not find it for a while.
 * For flows only, where it is known to exist.
 */
export async function eventually<Result>(
  vault: KmsVault,
  call: Call,
  request: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      if (!isNotFound(error) || attempt === maxAttempts) throw error;
      await pauseAfter(vault, attempt, call);
    }
  }
}

/** Whether KMS may have done what failed so. */
function happenedPerhaps(error: unknown): boolean {
  return mayHaveHappened(isKeyManagerError(error) ? { code: error.code } : classify(error));
}

function cleanupCall({ requestId, now }: Call): Call {
  return { signal: AbortSignal.timeout(cleanupMs), deadline: Date.now() + cleanupMs, requestId, now };
}

/**
 * Runs the steps of a flow. What they did is undone and settled under a deadline of its own, with repetitions where KMS
 * is in passing trouble.
 *
 * @param certain Steps of which a failure means that nothing happened that anybody could find by the key's name.
 */
export async function runSteps<State>(
  vault: KmsVault,
  flow: Flow<State>,
  state: State,
  call: Call,
  certain: readonly string[] = [],
): Promise<State> {
  let cleanup: Call | undefined;
  const cleanupContext = (): Call => (cleanup ??= cleanupCall(call));
  const { afterStep } = vault;
  let committed = false;
  const running = runFlow(flow, state, {
    context: call,
    cleanupContext,
    mayHaveHappened: (error, step) => !certain.includes(step) && happenedPerhaps(error),
    again: async (error, attempt) => {
      if (attempt >= maxAttempts || isKeyManagerError(error) || classify(error).retry !== 'safe')
        return false;
      try {
        await pauseAfter(vault, attempt, cleanupContext());
        return true;
      } catch {
        return false;
      }
    },
    afterStep(event) {
      const { at, step } = event;
      committed ||=
        at === 'completed' && flow.steps.some(({ name, final }) => final === true && name === step);
      return afterStep?.({ flow: flow.name, ...event });
    },
  });
  try {
    return await running;
  } catch (error) {
    throw committed ? halfDone(flow.name, error) : error;
  }
}
