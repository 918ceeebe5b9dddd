import { KMS } from '@aws-sdk/client-kms';
import { boto3Environment, pythonEnvironment, startEmulator } from '@keyway/conformance/emulators';
import { describe, expect, it } from 'vitest';
import { openAwsKms } from '../../src/index.ts';
import { startBoto3 } from '../../proof/boto3/boto3.ts';
import { crossCheck } from '../../proof/boto3/cross-check.ts';
import { crossKnownFailures } from '../../proof/boto3/cross-known-failures.ts';
import { crossPairs } from '../../proof/boto3/cross-pairs.ts';

const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'canary-aws-secret-key-40917' };

describe('boto3 and Keyway', () => {
  it.each(['local-kms', 'localstack'] as const)(
    'use the same keys on %s, and open what the other one made',
    async (name) => {
      const emulator = await startEmulator(name);
      const python = await pythonEnvironment(boto3Environment);
      const boto3 = await startBoto3({ python, endpoint: emulator.address, region, credentials });
      const client = new KMS({ endpoint: emulator.address, region, credentials, maxAttempts: 1 });
      try {
        const { KeyMetadata } = await boto3.call('create_key', {});
        const account = (KeyMetadata as { readonly AWSAccountId: string }).AWSAccountId;
        const prefix = `cross-${Date.now()}`;
        await using manager = await openAwsKms({ client, region, prefix, account });
        const result = await crossCheck(manager, boto3, {
          aliasFor: (key) => `alias/${prefix}/${key}`,
          known: crossKnownFailures[name],
        });
        expect(result.failed).toEqual([]);
        expect(result.notRun).toEqual([]);
        expect(result.pairs).toBe(crossPairs.length);
        expect({ name, passed: result.passed, known: result.known.length }).toEqual(
          name === 'local-kms' ? { name, passed: 132, known: 78 } : { name, passed: 168, known: 42 },
        );
      } finally {
        client.destroy();
        await boto3.close();
        await emulator.stop();
      }
    },
    300_000,
  );
});
