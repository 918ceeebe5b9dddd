import { isKeyManagerError, mayHaveHappened, runFlow } from '@keyway/core/driver';
import type { Call, Flow } from '@keyway/core/driver';
import { classify } from './classify.ts';
import type { Pkcs11Vault } from './vault.ts';

/** How long undoing and settling may take once the caller's own time is up. */
const cleanupMs = 15_000;
/** Attempts at undoing and settling. */
const maxAttempts = 4;

/** Whether the token or the store may have done what failed so. */
export function happenedPerhaps(error: unknown): boolean {
  return mayHaveHappened(isKeyManagerError(error) ? { code: error.code } : classify(error));
}

function cleanupCall({ requestId, now }: Call): Call {
  return { signal: AbortSignal.timeout(cleanupMs), deadline: Date.now() + cleanupMs, requestId, now };
}

/**
 * Runs the steps of a flow. What they did is undone and settled under a deadline of its own, and again where the token is
 * in passing trouble.
 */
export async function runSteps<State>(
  vault: Pick<Pkcs11Vault, 'afterStep'>,
  flow: Flow<State>,
  state: State,
  call: Call,
): Promise<State> {
  let cleanup: Call | undefined;
  const { afterStep } = vault;
  return runFlow(flow, state, {
    context: call,
    cleanupContext: () => (cleanup ??= cleanupCall(call)),
    mayHaveHappened: happenedPerhaps,
    again: (error, attempt) => {
      const passing = isKeyManagerError(error) ? error.retryable : classify(error).retry === 'safe';
      return Promise.resolve(attempt < maxAttempts && passing);
    },
    afterStep: afterStep && ((event) => afterStep({ flow: flow.name, ...event })),
  });
}
