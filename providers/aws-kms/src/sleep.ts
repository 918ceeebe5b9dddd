import { setTimeout as wait } from 'node:timers/promises';

/** Waits; ends early, with the signal's reason, where it fires. */
export async function sleepUntilAborted(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, { signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
