import {
  DescribeKeyCommand,
  ListAliasesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import type { KeyMetadata, KMSClient } from '@aws-sdk/client-kms';
import { inBatches, listAll } from './list-all.ts';

/** A KMS key that a customer made, as the SDK shows it. Dates are ISO 8601. */
export interface DumpedKey {
  readonly id: string;
  readonly state: string;
  readonly enabled: boolean;
  readonly spec: string;
  readonly usage: string;
  readonly origin: string;
  readonly description: string;
  readonly createdOn: string;
  /** When it will be destroyed, while that is scheduled. */
  readonly deletionDate: string | undefined;
  /** When imported material expires; absent where it never does. */
  readonly validTo: string | undefined;
  /** The current key material, where the vault tells. */
  readonly materialId: string | undefined;
  /** Sorted by key. */
  readonly tags: Readonly<Record<string, string>>;
  /** The aliases that point to it, sorted. */
  readonly aliases: readonly string[];
}

/** An alias, and the id of the key it points to: absent where it points to none. */
interface DumpedAlias {
  readonly name: string;
  readonly target: string | undefined;
}

/** What a KMS holds in one account and region, as plain data, sorted by creation, id and name. */
export interface KmsDump {
  readonly keys: readonly DumpedKey[];
  readonly aliases: readonly DumpedAlias[];
}

/** What is used of the bare SDK. */
type BareClient = Pick<KMSClient, 'send'>;

/** Options of {@link dumpKms}. */
export interface DumpOptions {
  /** Ids of keys that were there before and are to be left out, unread. */
  readonly leaveOut?: ReadonlySet<string> | undefined;
  /** Only aliases that begin so, `alias/` included; keys are not chosen by it. */
  readonly aliasPrefix?: string | undefined;
  /** Entries of a page. Default: what the vault takes for best. */
  readonly pageSize?: number | undefined;
}

/** Reads all keys and aliases of customers by the bare SDK, for a judge that trusts no code of ours. */
export async function dumpKms(client: BareClient, options: DumpOptions = {}): Promise<KmsDump> {
  const aliases = await dumpAliases(client, options);
  const ids = await listKeyIds(client, options.pageSize);
  const wanted = ids.filter((id) => options.leaveOut?.has(id) !== true);
  const keys = await inBatches(wanted, 8, (id) => dumpKey(client, id, aliases, options.pageSize));
  const order = (key: DumpedKey): string => `${key.createdOn} ${key.id}`;
  return {
    keys: keys.flatMap((key) => key ?? []).toSorted((one, other) => (order(one) < order(other) ? -1 : 1)),
    aliases,
  };
}

/** Ids of all keys, AWS's own among them. */
export async function listKeyIds(client: BareClient, pageSize?: number): Promise<readonly string[]> {
  const keys = await listAll(async (Marker) => {
    const page = await client.send(new ListKeysCommand({ Limit: pageSize, Marker }));
    return { items: page.Keys, truncated: page.Truncated, next: page.NextMarker };
  });
  return keys.map(({ KeyId }) => KeyId ?? '');
}

async function dumpAliases(client: BareClient, options: DumpOptions): Promise<readonly DumpedAlias[]> {
  const aliases = await listAll(async (Marker) => {
    const page = await client.send(new ListAliasesCommand({ Limit: options.pageSize, Marker }));
    return { items: page.Aliases, truncated: page.Truncated, next: page.NextMarker };
  });
  return aliases
    .map(({ AliasName = '', TargetKeyId }) => ({ name: AliasName, target: TargetKeyId }))
    .filter(({ name }) => !name.startsWith('alias/aws/') && name.startsWith(options.aliasPrefix ?? ''))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Gives nothing for a key of AWS's own, and for one that is destroyed meanwhile. */
async function dumpKey(
  client: BareClient,
  id: string,
  aliases: readonly DumpedAlias[],
  pageSize: number | undefined,
): Promise<DumpedKey | undefined> {
  try {
    const { KeyMetadata: metadata } = await client.send(new DescribeKeyCommand({ KeyId: id }));
    if (metadata === undefined || metadata.KeyManager === 'AWS') return undefined;
    const pointing = aliases.filter(({ target }) => target === id).map(({ name }) => name);
    return { ...toDumped(id, metadata), tags: await readTags(client, id, pageSize), aliases: pointing };
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundException') return undefined;
    throw error;
  }
}

function toDumped(id: string, metadata: KeyMetadata): Omit<DumpedKey, 'tags' | 'aliases'> {
  return {
    id,
    state: metadata.KeyState ?? '',
    enabled: metadata.Enabled ?? false,
    spec: metadata.KeySpec ?? '',
    usage: metadata.KeyUsage ?? '',
    origin: metadata.Origin ?? '',
    description: metadata.Description ?? '',
    createdOn: metadata.CreationDate?.toISOString() ?? '',
    deletionDate: metadata.DeletionDate?.toISOString(),
    validTo: metadata.ValidTo?.toISOString(),
    materialId: metadata.CurrentKeyMaterialId,
  };
}

async function readTags(
  client: BareClient,
  id: string,
  pageSize: number | undefined,
): Promise<Readonly<Record<string, string>>> {
  // KMS takes at most 50 tags a page, fewer than entries of its other lists.
  const limit = pageSize === undefined ? undefined : Math.min(pageSize, 50);
  const tags = await listAll(async (Marker) => {
    const page = await client.send(new ListResourceTagsCommand({ KeyId: id, Limit: limit, Marker }));
    return { items: page.Tags, truncated: page.Truncated, next: page.NextMarker };
  });
  const pairs = tags.map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue] as const);
  return Object.fromEntries(pairs.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
