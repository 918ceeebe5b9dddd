import { verify } from 'node:crypto';
import type { JsonWebKeyInput } from 'node:crypto';
import type { KeyManager, KeyProperties, ListPage } from '@keyway/core';
import { openLocal } from '@keyway/local';
import { compare } from './compare.ts';
import { must, openBenchVault } from './fixture.ts';
import type { BenchVault } from './fixture.ts';
import type { BenchRow } from './row.ts';

const largeSize = 100_000;
const used = 100;
const pageSize = 100;

const nameOf = (index: number): string => `key-${String(index).padStart(6, '0')}`;

async function fill(
  vault: BenchVault,
  names: readonly string[],
  progress: (text: string) => void,
): Promise<void> {
  let next = 0;
  async function work(): Promise<void> {
    while (next < names.length) {
      const name = names[next] ?? '';
      next++;
      const made = next;
      await vault.manager.createEcKey(name);
      if (made % 10_000 === 0) progress(`${made} of ${names.length} keys made`);
    }
  }
  await Promise.all(Array.from({ length: 8 }, work));
}

/** The vaults of this file, made once for all its rows. */
let prepared:
  | Promise<{ readonly large: BenchVault; readonly small: BenchVault; readonly names: readonly string[] }>
  | undefined;

async function prepare(progress: (text: string) => void): Promise<Awaited<NonNullable<typeof prepared>>> {
  const all = Array.from({ length: largeSize }, (_, index) => nameOf(index));
  // Spread over the whole vault, the same ones in each run.
  const names = Array.from({ length: used }, (_, index) => nameOf((index * 99_991 + 7_919) % largeSize));
  const large = await openBenchVault();
  const small = await openBenchVault();
  await fill(small, names, progress);
  await fill(large, all, progress);
  return { large, small, names };
}

/** Closes what the rows have shared. */
export async function closeLargeVaults(): Promise<void> {
  const vaults = await prepared;
  prepared = undefined;
  await vaults?.large.close();
  await vaults?.small.close();
}

const data = Buffer.from('signed in a large vault');

/** Reads and uses each key once; gives the last signature with its key. */
async function useAll(
  manager: KeyManager,
  names: readonly string[],
): Promise<{ readonly key: object; readonly signature: Uint8Array }> {
  let last: { readonly key: object; readonly signature: Uint8Array } | undefined;
  for (const name of names) {
    const { key } = await manager.getKey(name);
    const client = await manager.getCryptographyClient(name);
    const { signature } = await client.signData('ES256', data);
    last = { key, signature };
  }
  if (last === undefined) throw new Error('No key');
  return last;
}

function check({ key, signature }: { readonly key: object; readonly signature: Uint8Array }): void {
  const publicKey = { key, format: 'jwk', dsaEncoding: 'ieee-p1363' } as JsonWebKeyInput & {
    dsaEncoding: 'ieee-p1363';
  };
  must(verify('sha256', data, publicKey, signature), 'a signature of a large vault');
}

/** Milliseconds for the first use of the keys after opening. */
async function firstUse({ file, options }: BenchVault, names: readonly string[]): Promise<number> {
  const manager = await openLocal(file, options);
  const started = performance.now();
  check(await useAll(manager, names));
  const took = performance.now() - started;
  await manager.close();
  return took;
}

const useKeys: BenchRow = {
  name: 'local/100-keys-of-100000',
  async run(progress) {
    const { large, small, names } = await (prepared ??= prepare(progress));
    const uncached: string[] = [];
    for (let round = 0; round < 3; round++) {
      const first = { small: await firstUse(small, names), large: await firstUse(large, names) };
      uncached.push(`${first.large.toFixed(1)}/${first.small.toFixed(1)} ms`);
    }
    return await compare({
      name: useKeys.name,
      against: `the same ${used} keys in a vault of ${used}`,
      bound: { value: 1.3, side: 'at most' },
      as: 'time',
      n: 3,
      baseline: { call: async () => await useAll(small.manager, names), verify: check },
      subject: { call: async () => await useAll(large.manager, names), verify: check },
      note: () => `first, uncached use after opening, large/small: ${uncached.join(', ')}`,
    });
  },
};

async function fetchPage(
  manager: KeyManager,
  continuationToken: string | undefined,
): Promise<ListPage<KeyProperties>> {
  const { value } = await manager
    .listPropertiesOfKeys()
    .byPage({ maxPageSize: pageSize, continuationToken })
    .next();
  if (value === undefined) throw new Error('There is no page');
  return value;
}

const pages: BenchRow = {
  name: 'local/page-1000',
  async run(progress) {
    const { large } = await (prepared ??= prepare(progress));
    const wanted = largeSize / pageSize;
    let token: string | undefined;
    for (let page = 1; page < wanted; page++)
      token = (await fetchPage(large.manager, token)).continuationToken;
    must(token !== undefined, 'no token of page 1,000');
    const checkPage = (first: number) => (page: ListPage<KeyProperties>) =>
      must(page.length === pageSize && page[0]?.name === nameOf(first), 'another page');
    return await compare({
      name: pages.name,
      against: 'page 1',
      bound: { value: 1.5, side: 'at most' },
      as: 'time',
      baseline: { call: async () => await fetchPage(large.manager, undefined), verify: checkPage(0) },
      subject: {
        call: async () => await fetchPage(large.manager, token),
        verify: checkPage(largeSize - pageSize),
      },
    });
  },
};

/** What the number of keys costs. */
export const largeVaultRows: readonly BenchRow[] = [useKeys, pages];
