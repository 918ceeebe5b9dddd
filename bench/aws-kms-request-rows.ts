import { awsKmsRequests } from './aws-kms-requests.ts';
import { countRequests } from './aws-kms-request-counts.ts';
import { onLocalKms } from './aws-kms-fixture.ts';
import { requestDifferences } from './compare-requests.ts';
import type { BenchRow } from './row.ts';

const requests: BenchRow = {
  name: 'aws-kms/requests',
  async run() {
    const told = {
      name: requests.name,
      against: `the committed table of ${awsKmsRequests.length} operations, counted by a proxy of our own in front of a fresh local-kms`,
      bound: { value: 0, side: 'at most' },
      unit: 'rows that differ',
    } as const;
    return await onLocalKms(told, async ({ address }) => {
      const differences = requestDifferences(awsKmsRequests, await countRequests(address));
      const found = differences.length;
      return {
        ...told,
        n: awsKmsRequests.length,
        rounds: 1,
        values: { p10: found, median: found, p90: found },
        combine: 'difference',
        note: found === 0 ? undefined : differences.join('; '),
      };
    });
  },
};

/** What operations cost in requests. */
export const awsKmsRequestRows: readonly BenchRow[] = [requests];
