import type { Call } from './key-driver.ts';

/** Calls that have only read so far. */
const reading = new WeakSet<Call>();
/** Errors that left nothing behind. */
const harmless = new WeakSet<object>();

/** Notes that the vault is as it was before what failed so. */
export function markUndone(error: unknown): void {
  if (typeof error === 'object' && error !== null) harmless.add(error);
}

/**
 * Tells whether what failed with this error has changed nothing, or has taken back everything it did: repeating it changes
 * nothing twice.
 */
export function isUndone(error: unknown): boolean {
  return typeof error === 'object' && error !== null && harmless.has(error);
}

/**
 * Runs what a method that changes something only reads beforehand. Where it fails, or its time is up meanwhile, nothing was
 * changed, and the caller is not told that the outcome is unknown.
 *
 * Nobody waits for the answer after the time is up: then it rejects, so that no change follows.
 *
 * @param call The call that the method was given.
 */
export async function beforeAnyChange<Result>(call: Call, read: () => Promise<Result>): Promise<Result> {
  reading.add(call);
  try {
    const result = await read();
    call.signal.throwIfAborted();
    return result;
  } catch (error) {
    markUndone(error);
    throw error;
  } finally {
    reading.delete(call);
  }
}

/** Whether a call has changed nothing so far. */
export function hasOnlyRead(call: Call): boolean {
  return reading.has(call);
}
