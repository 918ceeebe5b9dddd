/*
 * The whole suite on a real AWS account, where KEYWAY_AWS_LIVE_REGION names a region; credentials come as the SDK finds
 * them. Use an account that is for this alone.
 *
 * What it costs and leaves behind: about a thousand KMS keys are made and scheduled for deletion after 7 days, the
 * shortest that KMS takes. AWS charges a key by the hour until it is scheduled, so a few US dollars at the most, and by
 * requests, some tens of thousands. The aliases, under a prefix of their own that begins with keyway-live-, go with the
 * keys. Nothing else in the account is touched. It takes half an hour or more, since KMS allows few creations a second.
 */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import type { ConformanceTarget } from '@keyway/conformance';
import { describeConformance } from '@keyway/conformance/vitest';
import { awsKmsProvider } from '@keyway/aws-kms';
import { describe, expect, it } from 'vitest';

const region = process.env['KEYWAY_AWS_LIVE_REGION'];

/** The account, where one is named. */
const live: readonly ConformanceTarget[] =
  region === undefined
    ? []
    : [
        {
          name: `AWS KMS in ${region}`,
          provider: 'aws-kms',
          live: true,
          patience: 600_000,
          open: () =>
            awsKmsProvider.openDriver(
              `awskms://${region}?prefix=keyway-live-${randomBytes(4).toString('hex')}&deletion-window=7`,
              {},
            ),
        },
      ];

describe('AWS KMS itself', () => {
  it('is held to the contract where the environment names a region', ({ skip }) => {
    skip(region === undefined, 'no account: KEYWAY_AWS_LIVE_REGION names none');
    expect(live).toHaveLength(1);
  });
});

for (const target of live) describeConformance(target);
