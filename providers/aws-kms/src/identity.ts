import { checkVaultUri, invalidArgument, KeyManagerError } from '@keyway/core/driver';
import { UnexpectedAnswer } from './answers.ts';
import type { KmsClient } from './client.ts';
import { translateError } from './translate-error.ts';

/** Whose KMS a vault is in. */
export interface KmsPlace {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** Partitions by the first part of a region's name; all others are `aws`. */
const partitions: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
];

/** The partition that a region is in. */
function partitionOf(region: string): string {
  return partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

const arnText = /arn:(aws(?:-[a-z]+)*):kms:([a-z0-9-]+):([0-9]{12}):(?:key|alias)\//;

/** The place in the first KMS ARN of a text. */
function placeIn(text: unknown): KmsPlace | undefined {
  if (typeof text !== 'string') return undefined;
  const [, partition, region, account] = arnText.exec(text) ?? [];
  if (partition === undefined || region === undefined || account === undefined) return undefined;
  return { partition, region, account };
}

/** Milliseconds that opening waits for KMS. */
const patience = 30_000;

/** A key that nobody has: where KMS does not find it, it says in whose account it looked. */
const noKey = '00000000-0000-4000-8000-000000000000';

/** Asks KMS in whose account it looks for keys. */
async function askPlace(client: KmsClient): Promise<KmsPlace | undefined> {
  const abortSignal = AbortSignal.timeout(patience);
  try {
    const { KeyMetadata } = await client.describeKey({ KeyId: noKey }, { abortSignal });
    return placeIn(KeyMetadata?.Arn);
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundException') return placeIn(error.message);
    if (abortSignal.aborted) {
      throw new KeyManagerError('ERR_TIMEOUT', 'KMS did not answer within the time allowed', {
        provider: 'aws-kms',
        cause: error,
      });
    }
    throw translateError(error, 'openAwsKms');
  }
}

/**
 * Learns whose KMS this is, by one request, or by none where account and region are given.
 *
 * @throws ERR_UNAVAILABLE, ERR_UNAUTHENTICATED, ERR_PERMISSION_DENIED … where KMS cannot be asked.
 * @throws ERR_INVALID_ARGUMENT where KMS answers for another region or account than those that are given.
 */
export async function findPlace(
  client: KmsClient,
  given: { readonly region?: string | undefined; readonly account?: string | undefined },
): Promise<KmsPlace> {
  const { region, account } = given;
  if (region !== undefined && account !== undefined)
    return { partition: partitionOf(region), region, account };
  const place = await askPlace(client);
  if (place === undefined) {
    throw new KeyManagerError('ERR_UNAVAILABLE', 'The endpoint does not say in which account it is', {
      provider: 'aws-kms',
      alternative: 'the options account and region',
      cause: new UnexpectedAnswer('The answer names no account'),
    });
  }
  if (region !== undefined && region !== place.region) {
    throw invalidArgument(`KMS answers for the region ${place.region}, not ${region}`, {
      provider: 'aws-kms',
    });
  }
  if (account !== undefined && account !== place.account) {
    throw invalidArgument(`KMS answers for another account than the one that is given`, {
      provider: 'aws-kms',
    });
  }
  return place;
}

/** The identity of a vault: stays the same whatever endpoint or profile it is opened by. */
export function formatIdentity({ partition, account, region }: KmsPlace, prefix: string): string {
  return checkVaultUri(`awskms://${partition}/${account}/${region}/${prefix}`);
}
