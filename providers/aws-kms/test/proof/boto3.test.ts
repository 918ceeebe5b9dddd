import process from 'node:process';
import { KMS } from '@aws-sdk/client-kms';
import { boto3Environment, findPython, pythonEnvironment } from '@keyway/conformance/emulators';
import type { KeyManager } from '@keyway/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAwsKms } from '../../src/index.ts';
import { Boto3Error, startBoto3 } from '../../proof/boto3/boto3.ts';
import type { Boto3 } from '../../proof/boto3/boto3.ts';
import { crossCheck } from '../../proof/boto3/cross-check.ts';
import { crossKeyKinds } from '../../proof/boto3/cross-key-kinds.ts';
import type { CrossKeyKind } from '../../proof/boto3/cross-key-kinds.ts';
import { notProvenPairs } from '../../proof/boto3/cross-known-failures.ts';
import { crossMethods, crossPairs, describePair } from '../../proof/boto3/cross-pairs.ts';
import { startCannedServer } from '../../proof/canned-server.ts';
import type { CannedServer } from '../../proof/canned-server.ts';
import type { CannedSpec } from '../../proof/canned-key.ts';
import { createPublicKey } from 'node:crypto';

const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'canary-aws-secret-key-40917' };
const prefix = 'cross';
const inCi = !['', '0', 'false'].includes(process.env['CI'] ?? '');
const noPython = !inCi && (await findPython(boto3Environment.pythons)) === undefined;
const kinds = Object.keys(crossKeyKinds) as CrossKeyKind[];

let server: CannedServer;
let boto3: Boto3;
let client: KMS;
let manager: KeyManager;

const keyOf = (kind: CrossKeyKind): CannedServer['keys'][number] => {
  const key = server.keys[kinds.indexOf(kind)];
  if (key === undefined) throw new Error(`There is no key of kind ${kind}`);
  return key;
};
/** Keys that are there already, which Keyway uses as it finds them. */
const present = (
  kind: CrossKeyKind,
): Promise<{ name: string; sourceId: string; publicKey: ReturnType<typeof createPublicKey> | undefined }> => {
  const { id, publicKey } = keyOf(kind);
  const key =
    publicKey === undefined ? undefined : createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  return Promise.resolve({ name: kind, sourceId: id, publicKey: key });
};
const external = crossPairs.filter(({ owner }) => owner === 'external');

describe.skipIf(noPython)(
  `boto3 and Keyway on the canned server, our own${noPython ? ' (there is no Python 3.11 to 3.13 here)' : ''}`,
  () => {
    beforeAll(async () => {
      server = await startCannedServer({
        keys: kinds.map((kind) => {
          const { spec, usage } = crossKeyKinds[kind];
          return { spec: spec as CannedSpec, usage, aliases: [`alias/${prefix}/${kind}`] };
        }),
      });
      const python = await pythonEnvironment(boto3Environment);
      boto3 = await startBoto3({ python, endpoint: server.endpoint, region, credentials });
      client = new KMS({ endpoint: server.endpoint, region, credentials, maxAttempts: 1 });
      manager = await openAwsKms({ client, region, prefix, account: '111122223333' });
    }, 300_000);
    afterAll(async () => {
      await manager?.close();
      client?.destroy();
      await boto3?.close();
      await server?.close();
    });

    it.each(['auto', 'remote'] as const)(
      'agree in every method and direction, execution %s',
      async (execution) => {
        const result = await crossCheck(manager, boto3, {
          aliasFor: (name) => `alias/${prefix}/${name}`,
          pairs: external,
          keys: present,
          execution,
        });
        expect(result.failed).toEqual([]);
        expect(result.notRun).toEqual([]);
        expect(result).toMatchObject({ pairs: external.length, passed: external.length });
        expect(result.verifiedOutside).toBe(external.filter(({ kind }) => kind === 'sign').length);
      },
    );

    it('find a key that is another one, in every method and direction', async () => {
      const { name } = await present('p-256');
      const others = await startCannedServer({ keys: server.keys.map(({ options }) => options) });
      const sourceIds = new Map(server.keys.map(({ id }, index) => [id, others.keys[index]?.id ?? '']));
      const python = await pythonEnvironment(boto3Environment);
      const astray = await startBoto3({ python, endpoint: others.endpoint, region, credentials });
      const result = await crossCheck(manager, astray, {
        aliasFor: () => name,
        pairs: external,
        keys: async (kind) => {
          const key = await present(kind);
          return { ...key, sourceId: sourceIds.get(key.sourceId) ?? '' };
        },
      });
      await astray.close();
      await others.close();
      expect(result.passed).toBe(0);
      expect(result.failed.length).toBe(external.length);
    });

    it('fail a pair that passes although a defect is known, and one that fails otherwise', async () => {
      const [pair] = external;
      const check = (fails: boolean): ReturnType<typeof crossCheck> =>
        crossCheck(manager, boto3, {
          aliasFor: (name) => name,
          pairs: pair === undefined ? [] : [pair],
          keys: async (kind) => (fails ? { ...(await present(kind)), sourceId: 'nothing' } : present(kind)),
          known: [{ reason: 'it is broken', matches: () => true, expected: /never said/ }],
        });
      expect((await check(false)).failed[0]?.reason).toBe('passes, although it is broken');
      expect((await check(true)).failed[0]?.reason).toMatch(/NotFoundException.*but expected was/);
    });

    it('boto3 says what KMS refuses, and what boto3 refuses itself', async () => {
      await expect(boto3.call('describe_key', { KeyId: 'alias/none' })).rejects.toMatchObject({
        code: 'NotFoundException',
      });
      await expect(boto3.call('describe_key', { Wrong: 1 })).rejects.toBeInstanceOf(Boto3Error);
      await expect(boto3.call('no_such_method', {})).rejects.toMatchObject({ code: 'AttributeError' });
      expect(boto3.version).toMatch(/^boto3 \d+\.\d+\.\d+, botocore/);
    });

    it('boto3 answers jobs that are given at once, and none after it has ended', async () => {
      const python = await pythonEnvironment(boto3Environment);
      const other = await startBoto3({ python, endpoint: server.endpoint, region, credentials });
      const ids = ['p-256', 'p-384', 'ed25519'] as const;
      const answers = await Promise.all(
        ids.map((kind) => other.call('describe_key', { KeyId: keyOf(kind).id })),
      );
      expect(answers.map(({ KeyMetadata }) => (KeyMetadata as { KeyId: string }).KeyId)).toEqual(
        ids.map((kind) => keyOf(kind).id),
      );
      await other.close();
      await expect(other.call('list_keys', {})).rejects.toThrow('boto3 has ended');
    });
  },
);

describe('the pairs of boto3 and Keyway', () => {
  it('are every method in both directions with each kind of ownership', () => {
    expect(crossMethods.length).toBe(10 * 2 + 4 + 3 + 8);
    expect(crossPairs.length).toBe(crossMethods.length * 2 * 3);
    expect(new Set(crossPairs.map(describePair)).size).toBe(crossPairs.length);
  });

  it('are shown by some emulator, but for Ed25519 and ML-DSA', () => {
    expect([...new Set(notProvenPairs(crossPairs).map(({ algorithm }) => algorithm))]).toEqual([
      'Ed25519',
      'ML-DSA-44',
      'ML-DSA-65',
      'ML-DSA-87',
    ]);
  });
});
