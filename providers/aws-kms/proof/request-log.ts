import type { FaultName } from './fault.ts';
import type { ScriptedRequest } from './fault-script.ts';

/** One request as the log keeps it: no body, no header, nothing that could be secret. */
export interface LoggedRequest extends ScriptedRequest {
  /** Milliseconds since the proxy was started. */
  readonly at: number;
  /** Milliseconds until it was answered or cut. */
  readonly took: number;
  /** Requests on their way when it came, itself included. */
  readonly inFlight: number;
  /** The fault's name; `own` for one that the script made. */
  readonly fault: FaultName | 'own';
  /** Whether a fault that was asked for could be done: a stale answer may be unknown. */
  readonly applied: boolean;
  /** Whether the vault got the request. */
  readonly reached: boolean;
  /** The status that the client got; absent where it got no answer. */
  readonly status: number | undefined;
  /** What kept the proxy from doing as its script says: the server behind it did not answer, for example. */
  readonly failure: string | undefined;
}

/** Requests of a log by operation: what a table of requests is made of. */
export function countOperations(log: readonly LoggedRequest[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { operation } of log) counts[operation] = (counts[operation] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
