import { awsKmsAliasRows } from './aws-kms-alias-rows.ts';
import { awsKmsConcurrentRows } from './aws-kms-concurrent-rows.ts';
import { awsKmsRequestRows } from './aws-kms-request-rows.ts';
import { awsKmsSpeedRows } from './aws-kms-speed-rows.ts';
import type { BenchRow } from './row.ts';

/** The vault in AWS KMS. */
export const awsKmsRows: readonly BenchRow[] = [
  ...awsKmsSpeedRows,
  ...awsKmsRequestRows,
  ...awsKmsConcurrentRows,
  ...awsKmsAliasRows,
];
