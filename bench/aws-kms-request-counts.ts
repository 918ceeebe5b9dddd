import { createHash, randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { CryptographyClient } from '@keyway/core';
import { startFaultProxy } from '../providers/aws-kms/proof/fault-proxy.ts';
import { onEvery } from '../providers/aws-kms/proof/fault-script.ts';
import type { FaultScript } from '../providers/aws-kms/proof/fault-script.ts';
import { countOperations } from '../providers/aws-kms/proof/request-log.ts';
import { openBenchKms } from './aws-kms-fixture.ts';
import { listedKeys } from './aws-kms-requests.ts';
import type { RequestsOfOperation } from './aws-kms-requests.ts';
import { must } from './fixture.ts';

/** @param script For an operation whose requests under way at once are counted too: they are all slow then. */
type Count = <Result>(operation: string, run: () => Promise<Result>, script?: FaultScript) => Promise<Result>;

/** Milliseconds that a slow request takes, many times those of a quick one. */
const slowness = 100;

const data = randomBytes(100);
const digest = createHash('sha256').update(data).digest();

/** Using keys. Each "first" has a vault of its own, which knows nothing yet; "again" is with the client that is there. */
async function countUses(endpoint: string, count: Count): Promise<void> {
  await using signer = await openBenchKms(endpoint);
  const { client, signature } = await count('getCryptographyClient and sign, first', async () => {
    const client = await signer.getCryptographyClient('signing');
    return { client, ...(await client.sign('ES256', digest)) };
  });
  await count('sign, again', () => client.sign('ES256', digest));
  await count('getCryptographyClient, again', () => signer.getCryptographyClient('signing'));

  await using checker = await openBenchKms(endpoint);
  const verify = async (client: CryptographyClient): Promise<CryptographyClient> => {
    must((await client.verify('ES256', digest, signature)).result, 'a signature');
    return client;
  };
  const verifier = await count('getCryptographyClient and verify, first', async () =>
    verify(await checker.getCryptographyClient('signing')),
  );
  await count('verify, again', () => verify(verifier));

  await using sealing = await openBenchKms(endpoint);
  const sealer = await count('getCryptographyClient and encrypt, symmetric, first', async () => {
    const client = await sealing.getCryptographyClient('sealing');
    await client.encrypt('provider', data);
    return client;
  });
  const { ciphertext } = await count('encrypt, symmetric, again', () => sealer.encrypt('provider', data));
  const { plaintext } = await count('decrypt, symmetric, again', () =>
    sealer.decrypt('provider', ciphertext),
  );
  must(data.equals(plaintext), 'a plaintext');
}

/** Reading. */
async function countReads(endpoint: string, count: Count): Promise<void> {
  await count('open, with the account given', async () => (await openBenchKms(endpoint)).close());
  await using vault = await openBenchKms(endpoint);
  await count('getKey, first', () => vault.getKey('signing'));
  await count('getKey, again', () => vault.getKey('signing'));
  const list = async (): Promise<void> => {
    const { value } = await vault.listPropertiesOfKeys().byPage({ maxPageSize: 100 }).next();
    must(value?.length === listedKeys, 'a list of all keys');
  };
  await count(
    `listPropertiesOfKeys, ${listedKeys} keys on one page`,
    list,
    onEvery('DescribeKey', 'slow-before'),
  );
  await count('getRandomBytes', () => vault.getRandomBytes(32));
}

/** Changing, all with one key that gets three versions. Imports are not counted: local-kms takes none. */
async function countChanges(endpoint: string, count: Count): Promise<void> {
  await using vault = await openBenchKms(endpoint);
  await count('createKey, a new name', () => vault.createEcKey('changing'));
  await count('createKey, the next version', () => vault.createEcKey('changing'));
  await count('rotateKey', () => vault.rotateKey('changing'));
  await count('listPropertiesOfKeyVersions, 3 versions', async () => {
    const versions = await Array.fromAsync(vault.listPropertiesOfKeyVersions('changing'));
    must(versions.length === 3, 'a list of all versions');
  });
  await count('updateKeyProperties, tags', () =>
    vault.updateKeyProperties('changing', { tags: { team: 'bench' } }),
  );
  await count('updateKeyProperties, enabled', () =>
    vault.updateKeyProperties('changing', { enabled: false }),
  );
  await count('beginDeleteKey, 3 versions', async () =>
    (await vault.beginDeleteKey('changing')).pollUntilDone(),
  );
  await count('getDeletedKey', () => vault.getDeletedKey('changing'));
  await count('beginRecoverDeletedKey, 3 versions', async () =>
    (await vault.beginRecoverDeletedKey('changing')).pollUntilDone(),
  );
}

/** Counts the requests of each operation, in front of a KMS that holds nothing yet. */
export async function countRequests(upstream: string): Promise<readonly RequestsOfOperation[]> {
  await using proxy = await startFaultProxy({ upstream, wait: () => setTimeout(slowness) });
  const counted: RequestsOfOperation[] = [];
  const count: Count = async (operation, run, script) => {
    proxy.restart(script);
    const result = await run();
    const { log } = proxy;
    const requests = countOperations(log);
    const atOnce = script === undefined ? undefined : Math.max(...log.map(({ inFlight }) => inFlight));
    counted.push(atOnce === undefined ? { operation, requests } : { operation, requests, atOnce });
    return result;
  };
  await using vault = await openBenchKms(proxy.endpoint);
  await vault.createEcKey('signing');
  await vault.createOctKey('sealing');
  for (let index = 2; index < listedKeys; index++) await vault.createEcKey(`listed-${index}`);
  await countUses(proxy.endpoint, count);
  await countReads(proxy.endpoint, count);
  await countChanges(proxy.endpoint, count);
  return counted;
}
