import type { AwsKmsVault } from '@keyway/aws-kms';
import type { KeyProperties, ListPage } from '@keyway/core';
import { startFaultProxy } from '../providers/aws-kms/proof/fault-proxy.ts';
import { countOperations } from '../providers/aws-kms/proof/request-log.ts';
import { spawnCannedServer } from '../providers/aws-kms/proof/spawn-canned-server.ts';
import { cannedKey, openBenchKms } from './aws-kms-fixture.ts';
import { compare } from './compare.ts';
import { must } from './fixture.ts';
import type { BenchRow } from './row.ts';

const pageSize = 100;
/** Keys of the vault. Each has two aliases, and they stand before all others. */
const own = 40;

/** A server with so many aliases in all, most of them somebody else's. */
async function startWith(aliases: number): Promise<Awaited<ReturnType<typeof spawnCannedServer>>> {
  const keys = Array.from({ length: own }, (_, index) => cannedKey(`listed-${index}`, 'p256'));
  return await spawnCannedServer({ keys, fillerAliases: aliases - 2 * own });
}

async function firstPage(vault: AwsKmsVault): Promise<ListPage<KeyProperties>> {
  const { value } = await vault.listPropertiesOfKeys().byPage({ maxPageSize: pageSize }).next();
  if (value === undefined) throw new Error('There is no page');
  return value;
}

function check(page: ListPage<KeyProperties>): void {
  const names = new Set(page.map(({ name }) => name));
  must(page.length === own && names.size === own, 'a page of the vault');
}

/** Requests of the first page, and of the one after it where there is one, by operation. */
async function requestsOfPages(upstream: string): Promise<readonly string[]> {
  await using proxy = await startFaultProxy({ upstream });
  await using vault = await openBenchKms(proxy.endpoint);
  const pages = vault.listPropertiesOfKeys().byPage({ maxPageSize: pageSize });
  const counts: string[] = [];
  for (const keys of [own, 0]) {
    proxy.restart();
    const { value, done } = await pages.next();
    if (done === true) break;
    must(value.length === keys, 'a page of the vault');
    counts.push(JSON.stringify(countOperations(proxy.log)));
  }
  return counts;
}

const manyAliases: BenchRow = {
  name: 'aws-kms/10000-aliases',
  async run() {
    await using small = await startWith(100);
    await using large = await startWith(10_000);
    const [few] = await requestsOfPages(small.endpoint);
    const [many, next] = await requestsOfPages(large.endpoint);
    must(few === many, `a page makes ${many} at 10,000 aliases and ${few} at 100`);
    must(next === '{"ListAliases":1}', `a page of others' aliases makes ${next}`);
    await using smallVault = await openBenchKms(small.endpoint);
    await using largeVault = await openBenchKms(large.endpoint);
    return await compare({
      name: manyAliases.name,
      against: `the same page of ${own} keys at 100 aliases, CPU of this process, our own canned server`,
      bound: { value: 1.5, side: 'at most' },
      as: 'time',
      n: 10,
      rounds: 20,
      baseline: { call: () => firstPage(smallVault), verify: check },
      subject: { call: () => firstPage(largeVault), verify: check },
      note: () => `requests of the page, the same at both sizes: ${many}`,
    });
  },
};

/** What the number of aliases costs. */
export const awsKmsAliasRows: readonly BenchRow[] = [manyAliases];
