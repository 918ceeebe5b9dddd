import type * as sdk from '@aws-sdk/client-kms';
import { KeyManagerError } from '@keyway/core/driver';
import type { KmsClient } from './client.ts';
import { limitAnswers } from './limited-answers.ts';
import type { AwsKmsLocation } from './options.ts';

/** Milliseconds for a connection to come about, and for an answer to begin. Core's own deadline may end earlier. */
const timeouts = { connectionTimeout: 5000, requestTimeout: 30_000, throwOnRequestTimeout: true } as const;

async function loadSdk(): Promise<Pick<typeof sdk, 'KMS'>> {
  try {
    return await import('@aws-sdk/client-kms');
  } catch (error) {
    const install = 'npm install @aws-sdk/client-kms';
    throw new KeyManagerError('ERR_UNSUPPORTED', `The AWS SDK does not load: ${install}`, {
      provider: 'aws-kms',
      alternative: install,
      cause: error,
    });
  }
}

/**
 * Makes a client of the SDK. The environment and the shared configuration files are read for credentials, by the SDK's own
 * chain and no further: endpoint, retries and modes are set here.
 */
export async function makeClient(
  location: Pick<AwsKmsLocation, 'region' | 'endpoint' | 'profile'>,
): Promise<KmsClient> {
  const { region, endpoint, profile } = location;
  const { KMS } = await loadSdk();
  const client = new KMS({
    region,
    ...(endpoint === undefined ? { ignoreConfiguredEndpointUrls: true } : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    // Core repeats, and knows what may be repeated.
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'legacy',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    requestHandler: timeouts,
  });
  limitAnswers(client);
  return client;
}
