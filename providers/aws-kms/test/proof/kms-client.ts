import { KMSClient } from '@aws-sdk/client-kms';

/** The bare SDK's client for a server on this machine, without any retry. */
export function bareClient(endpoint: string): KMSClient {
  return new KMSClient({
    endpoint,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'canary-aws-secret-key-40917' },
  });
}
