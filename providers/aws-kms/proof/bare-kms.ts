import { KMS } from '@aws-sdk/client-kms';

/**
 * The bare SDK in its fastest correct form, with the settings of a vault's own client: connections are kept alive, nothing
 * is repeated. Its credentials are fixed, so that it looks for none.
 */
export function bareKms(endpoint: string): KMS {
  return new KMS({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'keyway-bench', secretAccessKey: 'keyway-bench-secret' },
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'legacy',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    requestHandler: { connectionTimeout: 5000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
}

/** A client of the bare SDK. */
export type BareKms = ReturnType<typeof bareKms>;
