import type { FaultName } from './fault.ts';
import type { LoggedRequest } from './request-log.ts';

/** One cell of a fault table: which request of a saga is hit, and by what. */
export interface FaultCell {
  /** Number of the request in the saga, from 1. */
  readonly index: number;
  readonly operation: string;
  readonly nth: number;
  readonly fault: FaultName;
}

/** The faults that every request of every saga meets. Those of a wrong endpoint and of slowness have tests of their own. */
export const sagaFaults: readonly FaultName[] = [
  'cut-before',
  'cut-after',
  'half-answer',
  'error-500',
  'error-500-after',
  'error-503',
  'error-503-after',
  'error-503-retry-after',
  'throttled',
  'refused',
  'slow-after',
  'stale',
];

/**
 * The cells of a saga, from the log of a run in which everything passed: each of its requests with each fault.
 *
 * @throws Error for a log that is empty or had a fault in it, whose table would have gaps.
 */
export function faultCells(
  log: readonly LoggedRequest[],
  names: readonly FaultName[] = sagaFaults,
): readonly FaultCell[] {
  // A refusal of the vault's own belongs to a saga: that a name is free is a NotFoundException.
  const spoilt = log.find(({ fault, status }) => fault !== 'pass' || status === undefined);
  if (log.length === 0) throw new Error('The saga has made no request');
  if (spoilt !== undefined) throw new Error(`Request ${spoilt.index}, ${spoilt.operation}, did not pass`);
  return log.flatMap(({ index, operation, nth }) => names.map((fault) => ({ index, operation, nth, fault })));
}
