import type { KeyManagerError } from '@keyway/core/driver';
import type { JobName } from './jobs.ts';
import type { TurnTaker } from './object-turns.ts';
import type { JobCall, KeyLocator } from './token.ts';

/** A job between its call and its answer. */
export interface PendingJob extends TurnTaker {
  readonly name: JobName;
  /** A copy of the request that nobody else holds. */
  readonly request: Record<string, unknown>;
  /** The key of the request, where its handle may be kept. */
  readonly key: KeyLocator | undefined;
  /** Under which its handle is kept. */
  readonly keyName: string | undefined;
  readonly deadline: number;
  /** Whether a kept handle has failed before: then it is looked up. */
  lookUp: boolean;
  /** Whether it runs beside whatever else does. */
  readonly outOfTurn: boolean;
  /** Its caller has the answer, or has given up. */
  over: boolean;
  readonly succeed: (answer: unknown) => void;
  readonly fail: (error: Error) => void;
}

/** Makes the two ends of a job: each may be used once, and what comes later is dropped. */
export function pendingJob(
  parts: Pick<PendingJob, 'name' | 'request' | 'key' | 'keyName' | 'outOfTurn'>,
  call: JobCall,
  settle: { readonly resolve: (answer: never) => void; readonly reject: (error: Error) => void },
  ended: (job: PendingJob) => void,
  aborted: () => KeyManagerError,
): PendingJob {
  const { signal, deadline } = call;
  const over = (): boolean => {
    if (job.over) return false;
    job.over = true;
    signal.removeEventListener('abort', onAbort);
    ended(job);
    return true;
  };
  const job: PendingJob = {
    ...parts,
    deadline,
    lookUp: false,
    over: false,
    succeed: (answer) => {
      if (over()) settle.resolve(answer as never);
    },
    fail: (error) => {
      if (over()) settle.reject(error);
    },
  };
  function onAbort(): void {
    job.fail(aborted());
  }
  signal.addEventListener('abort', onAbort, { once: true });
  return job;
}
