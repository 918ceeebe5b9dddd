import { describe, expect, it } from 'vitest';
import { faultCells, sagaFaults } from '../../proof/fault-cells.ts';
import type { LoggedRequest } from '../../proof/request-log.ts';

const logged = (
  index: number,
  operation: string,
  nth: number,
  more: Partial<LoggedRequest> = {},
): LoggedRequest => ({
  index,
  operation,
  nth,
  names: [],
  sinceWrite: undefined,
  at: 0,
  took: 1,
  inFlight: 1,
  fault: 'pass',
  applied: true,
  reached: true,
  status: 200,
  failure: undefined,
  ...more,
});

describe('the cells of a saga', () => {
  it('are each of its requests with each fault, once', () => {
    const log = [
      logged(1, 'DescribeKey', 1, { status: 400 }),
      logged(2, 'CreateKey', 1),
      logged(3, 'DescribeKey', 2),
    ];
    const cells = faultCells(log);
    expect(cells.length).toBe(3 * sagaFaults.length);
    expect(new Set(cells.map(({ index, fault }) => `${index} ${fault}`)).size).toBe(cells.length);
    expect(cells.at(-1)).toMatchObject({ index: 3, operation: 'DescribeKey', nth: 2 });
  });

  it('are not made from a run that was spoilt, or made no request', () => {
    expect(() => faultCells([])).toThrow('no request');
    expect(() => faultCells([logged(1, 'CreateKey', 1, { fault: 'stale' })])).toThrow('Request 1, CreateKey');
    expect(() => faultCells([logged(1, 'CreateKey', 1, { status: undefined })])).toThrow('did not pass');
  });
});
