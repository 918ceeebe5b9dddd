import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { onLocalKms } from '../aws-kms-fixture.ts';
import { awsKmsRequests } from '../aws-kms-requests.ts';
import type { RequestsOfOperation } from '../aws-kms-requests.ts';
import { formatRequests, requestDifferences } from '../compare-requests.ts';
import { toResult } from '../result.ts';

const totalOf = (operation: string): number => {
  const row = awsKmsRequests.find((each) => each.operation === operation);
  if (row === undefined) throw new Error(`There is no row ${operation}`);
  return Object.values(row.requests).reduce((sum, count) => sum + count, 0);
};

describe('the table of requests', () => {
  it('stays within what was promised', () => {
    expect(totalOf('getCryptographyClient and sign, first')).toBeLessThanOrEqual(4);
    expect(totalOf('sign, again')).toBe(1);
    expect(totalOf('verify, again')).toBe(0);
    expect(totalOf('getKey, first')).toBeLessThanOrEqual(2);
    expect(totalOf('getKey, again')).toBe(1);
  });

  it('is the one that the page of the vault shows', () => {
    const page = readFileSync(new URL('../../docs/providers/aws-kms.md', import.meta.url), 'utf8');
    expect(page).toContain(`\n${formatRequests(awsKmsRequests)}\n`);
  });
});

describe('comparing with the table', () => {
  const row: RequestsOfOperation = { operation: 'list', requests: { ListAliases: 1, Sign: 2 }, atOnce: 10 };

  it('finds nothing where the same was counted', () => {
    expect(requestDifferences(awsKmsRequests, [...awsKmsRequests])).toEqual([]);
  });

  it('finds a request more, others in place of it, more at once, and a row too few or too many', () => {
    const others: readonly (readonly RequestsOfOperation[])[] = [
      [{ ...row, requests: { ListAliases: 1, Sign: 3 } }],
      [{ ...row, requests: { ListAliases: 2, Sign: 1 } }],
      [{ ...row, atOnce: 11 }],
      [],
      [row, { operation: 'another', requests: {} }],
    ];
    for (const counted of others) expect(requestDifferences([row], counted)).not.toEqual([]);
  });
});

describe('a row on local-kms', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('says so where there is no local-kms, and is not held', async () => {
    vi.stubEnv('KEYWAY_EMULATOR_LOCAL_KMS', 'no address');
    const told = { name: 'test/absent', against: 'nothing', unit: 'rows that differ' };
    for (const side of ['at most', 'at least'] as const) {
      const measured = await onLocalKms({ ...told, bound: { value: 0, side } }, () => {
        throw new Error('It must not run');
      });
      expect(toResult(measured)).toMatchObject({ holds: false, n: 0 });
      expect(measured.note).toContain('cannot be had here');
    }
  });
});
