import type { FaultName } from '../fault.ts';
import { fromIndex, lagging, onEvery, onIndex } from '../fault-script.ts';
import type { FaultScript } from '../fault-script.ts';

/** A request of a flow, as the run without a fault has shown it. */
export interface HitRequest {
  readonly index: number;
  readonly operation: string;
  readonly nth: number;
}

/** What befalls a flow at one of its requests. */
export interface CellFault {
  readonly name: string;
  /** What becomes of that request. */
  readonly fault: FaultName;
  /** That request alone, all from it on, or all of its operation. */
  readonly reach: 'once' | 'from here' | 'every';
  /** The only codes with which the operation may end so, if it fails at all. */
  readonly codes: readonly string[];
  /** The call has a deadline that the fault outlasts. */
  readonly outlasts?: true;
}

const away = ['ERR_UNAVAILABLE'];
/** Nobody can say how far it came: the error tells the caller to repeat it with the same request id. */
const doubtful = [...away, 'ERR_OUTCOME_UNKNOWN'];
/** Reading something old looks as if it were not there yet, or as if others were at it. */
const outdated = [
  'ERR_KEY_NOT_FOUND',
  'ERR_CONFLICT',
  'ERR_KEY_DELETED',
  'ERR_KEY_EXISTS',
  'ERR_KEY_DISABLED',
];
const once = (fault: FaultName, codes: readonly string[]): CellFault => ({
  name: fault,
  fault,
  reach: 'once',
  codes,
});

/** The faults of the table. Adding one is adding a row. */
export const cellFaults: readonly CellFault[] = [
  once('cut-before', away),
  once('cut-after', away),
  once('half-answer', away),
  once('error-500', away),
  once('error-500-after', away),
  once('error-503', away),
  once('error-503-after', away),
  once('error-503-retry-after', away),
  once('throttled', ['ERR_THROTTLED']),
  once('refused', ['ERR_PERMISSION_DENIED']),
  { ...once('slow-after', ['ERR_TIMEOUT', 'ERR_OUTCOME_UNKNOWN']), outlasts: true },
  once('stale', outdated),
  { name: 'gone from here on', fault: 'cut-before', reach: 'from here', codes: doubtful },
  { name: 'answers lost from here on', fault: 'cut-after', reach: 'from here', codes: doubtful },
  { name: 'refused for good', fault: 'refused', reach: 'every', codes: ['ERR_PERMISSION_DENIED'] },
];

/** The script of a cell. */
export function scriptOf({ fault, reach }: CellFault, { index, operation }: HitRequest): FaultScript {
  if (reach === 'once') return onIndex(index, fault);
  return reach === 'from here' ? fromIndex(index, fault) : onEvery(operation, fault);
}

/** How many requests after a write still see what was before it. */
export const lags = [1, 2, 3, 4, 5] as const;

/** Eventual consistency, over the whole flow. */
export function lagFault(requests: number): { readonly fault: CellFault; readonly script: FaultScript } {
  const name = `${requests} stale ${requests === 1 ? 'read' : 'reads'} after each write`;
  return {
    fault: { ...once('stale', [...outdated, 'ERR_OUTCOME_UNKNOWN']), name },
    script: lagging(requests),
  };
}
