import { tracingChannel } from 'node:diagnostics_channel';
import { findAlgorithm } from './algorithms.ts';
import { isKeyManagerError } from './errors.ts';
import type { Operation } from './operations.ts';

/**
 * What subscribers of the tracing channel `keyway:operation` receive: names and numbers, never a byte of payload.
 *
 * `start`, `end`, `error`, `asyncStart` and `asyncEnd` carry the same object; the last three members are set by then.
 */
export interface OperationEvent {
  readonly operation: Operation;
  readonly provider: string;
  /** Portable id of the version, or of the key where no version is known; undefined for operations on the vault. */
  readonly keyId: string | undefined;
  /** Undefined too where what the caller gave is no algorithm: it may be anything, a plaintext in the wrong place included. */
  readonly algorithm: string | undefined;
  /** Milliseconds from start to end. */
  durationMs?: number;
  /** `ERR_…` of a `KeyManagerError`, or the class name of another error. */
  errorCode?: string;
}

const channel = tracingChannel<OperationEvent>('keyway:operation');

function errorCodeOf(error: unknown): string {
  if (isKeyManagerError(error)) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

/**
 * Runs an operation under observation. Without a subscriber it costs one property read.
 *
 * node's own `tracePromise` is not used: it would hand results, plaintext among them, to subscribers.
 */
export function observe<Result>(
  operation: Operation,
  provider: string,
  keyId: string | undefined,
  algorithm: string | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  if (!channel.hasSubscribers) return run();
  const known = algorithm !== undefined && findAlgorithm(algorithm) !== undefined;
  return observed({ operation, provider, keyId, algorithm: known ? algorithm : undefined }, run);
}

async function observed<Result>(event: OperationEvent, run: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  try {
    const running = channel.start.runStores(event, run);
    channel.end.publish(event);
    return await running;
  } catch (error) {
    event.errorCode = errorCodeOf(error);
    channel.error.publish(event);
    throw error;
  } finally {
    event.durationMs = performance.now() - started;
    channel.asyncStart.publish(event);
    channel.asyncEnd.publish(event);
  }
}
