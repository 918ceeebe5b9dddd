import { cannedOwner, makeCannedKey } from './canned-key.ts';
import type { CannedKey, CannedKeyOptions } from './canned-key.ts';
import { CannedError } from './canned-error.ts';
import { bareName } from './kms-protocol.ts';
import type { KmsBody } from './kms-protocol.ts';

/** An alias as `ListAliases` tells it. */
interface CannedAlias {
  readonly AliasName: string;
  readonly AliasArn: string;
  readonly TargetKeyId: string;
}

/** A page, and how it goes on. */
interface CannedPage<Item> {
  readonly items: readonly Item[];
  readonly Truncated: boolean;
  readonly NextMarker?: string;
}

/** What the canned server holds. */
export interface CannedStore {
  readonly keys: readonly CannedKey[];
  /** Finds by id, ARN, alias name or alias ARN. */
  find(id: string): CannedKey;
  /** All aliases by name, or those of one key. */
  aliasesOf(keyId: unknown): readonly CannedAlias[];
  page<Item>(items: readonly Item[], body: KmsBody, usual: number, most: number): CannedPage<Item>;
}

/** Options of the canned server. */
export interface CannedServerOptions {
  readonly keys?: readonly CannedKeyOptions[] | undefined;
  /** So many aliases `alias/filler/<number>` that point to the first key. Default 0. */
  readonly fillerAliases?: number | undefined;
}

/** Makes the keys and aliases. */
export function createCannedStore(options: CannedServerOptions): CannedStore {
  const keys = (options.keys ?? []).map(makeCannedKey);
  const byId = new Map(keys.map((key) => [key.id, key]));
  const aliases = listAliases(keys, options.fillerAliases ?? 0);
  const targets = new Map(aliases.map(({ AliasName, TargetKeyId }) => [AliasName, TargetKeyId]));
  const find = (id: string): CannedKey => {
    const name = bareName(id);
    const key = byId.get(targets.get(name) ?? name);
    if (key === undefined) throw new CannedError('NotFoundException', `${name} is not found.`);
    return key;
  };
  return {
    keys,
    find,
    aliasesOf: (keyId) =>
      typeof keyId === 'string' ? aliases.filter((alias) => alias.TargetKeyId === find(keyId).id) : aliases,
    page: cannedPage,
  };
}

function listAliases(keys: readonly CannedKey[], fillers: number): readonly CannedAlias[] {
  const alias = (AliasName: string, key: CannedKey): CannedAlias => ({
    AliasName,
    AliasArn: `${cannedOwner}:${AliasName}`,
    TargetKeyId: key.id,
  });
  const own = keys.flatMap((key) => (key.options.aliases ?? []).map((name) => alias(name, key)));
  const [first] = keys;
  const filler =
    first === undefined
      ? []
      : Array.from({ length: fillers }, (_, index) =>
          alias(`alias/filler/${String(index).padStart(6, '0')}`, first),
        );
  return [...own, ...filler].toSorted((one, other) => (one.AliasName < other.AliasName ? -1 : 1));
}

/** A page of items. Marker: the number of entries before it. */
export function cannedPage<Item>(
  items: readonly Item[],
  body: KmsBody,
  usual: number,
  most: number,
): CannedPage<Item> {
  const { Limit: limit, Marker: marker } = body;
  const size = typeof limit === 'number' ? limit : usual;
  if (size < 1 || size > most) throw new CannedError('ValidationException', `Limit must be 1 to ${most}.`);
  const start = typeof marker === 'string' ? Number(marker) : 0;
  if (!Number.isInteger(start))
    throw new CannedError('InvalidMarkerException', 'Could not deserialize marker');
  const end = start + size;
  const truncated = end < items.length;
  return {
    items: items.slice(start, end),
    Truncated: truncated,
    ...(truncated ? { NextMarker: String(end) } : {}),
  };
}
