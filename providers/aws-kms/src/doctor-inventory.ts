import type { AliasListEntry } from '@aws-sdk/client-kms';
import type { Call } from '@keyway/core/driver';
import { describeKey } from './kms-key.ts';
import type { KmsKey } from './kms-key.ts';
import { aliasPage } from './listing.ts';
import { pipelined } from './pipelined.ts';
import type { KmsVault } from './vault.ts';

/** All that the aliases say of one name. */
export interface NameInventory {
  readonly name: string;
  readonly pointer: KmsKey | undefined;
  /** By number. */
  readonly claims: ReadonlyMap<number, KmsKey>;
}

/** All aliases of the account and region, as far as a vault is concerned. */
export interface Inventory {
  readonly names: readonly NameInventory[];
  /** Aliases under the prefix that mean nothing. */
  readonly outside: readonly AliasListEntry[];
  /** The ids of all keys that any alias points to. */
  readonly pointedTo: ReadonlySet<string>;
}

async function allAliases(vault: KmsVault, call: Call): Promise<readonly AliasListEntry[]> {
  const all: AliasListEntry[] = [];
  let next: string | undefined;
  do {
    const page = await aliasPage(vault, { maxPageSize: 100, ...(next === undefined ? {} : { next }) }, call);
    all.push(...page.items);
    next = page.next;
  } while (next !== undefined);
  return all;
}

/** Reads every alias, and every key behind those of the vault once. */
export async function takeInventory(vault: KmsVault, call: Call): Promise<Inventory> {
  const all = await allAliases(vault, call);
  const ours = all.filter(({ AliasName = '' }) => AliasName.startsWith(`alias/${vault.prefix}/`));
  const ids = [...new Set(ours.flatMap(({ TargetKeyId }) => TargetKeyId ?? []))];
  const described = await pipelined(ids, async (id) => [id, await describeKey(vault, id, call)] as const);
  const keys = new Map(described);
  const names = new Map<string, { pointer: KmsKey | undefined; claims: Map<number, KmsKey> }>();
  for (const { AliasName = '', TargetKeyId = '' } of ours) {
    const meant = vault.aliases.parse(AliasName);
    const key = keys.get(TargetKeyId);
    if (meant === undefined || key === undefined) continue;
    const entry = names.get(meant.name) ?? { pointer: undefined, claims: new Map<number, KmsKey>() };
    if (meant.sequence === undefined) entry.pointer = key;
    else entry.claims.set(meant.sequence, key);
    names.set(meant.name, entry);
  }
  return {
    names: [...names].map(([name, entry]) => ({ name, ...entry })),
    outside: ours.filter(({ AliasName = '' }) => vault.aliases.parse(AliasName) === undefined),
    pointedTo: new Set(all.flatMap(({ TargetKeyId }) => TargetKeyId ?? [])),
  };
}
