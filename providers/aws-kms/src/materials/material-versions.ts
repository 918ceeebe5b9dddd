import type { Call, KeySummary, Page, PageRequest } from '@keyway/core/driver';
import { toSummary, versionId } from '../key-record.ts';
import type { Version } from '../key-record.ts';
import type { KmsVault } from '../vault.ts';
import { toMaterial } from './current-material.ts';
import { listMaterials } from './list-materials.ts';

/** A version of a key by the id of its material; of a key of others, by the id of the key. Nothing where it has none. */
export async function findMaterial(
  vault: KmsVault,
  current: Version,
  version: string,
  call: Call,
): Promise<Version | undefined> {
  const { key, record, material } = current;
  if (versionId(current) === version) return current;
  if (material === undefined) return undefined;
  const all = await listMaterials(vault, key.id, call);
  const found = all.find(({ id, waiting }) => id === version && !waiting);
  return found && { ...current, material: toMaterial(key, record, found) };
}

/** The versions of a live key, oldest first. */
export async function listMaterialVersions(
  vault: KmsVault,
  current: Version,
  { maxPageSize, next }: PageRequest,
  call: Call,
): Promise<Page<KeySummary>> {
  const { key, record } = current;
  const all = (await listMaterials(vault, key.id, call)).filter(({ waiting }) => !waiting);
  const from = Number(next ?? 0);
  const to = from + maxPageSize;
  const items = all
    .slice(from, to)
    .map((found) => toSummary({ ...current, material: toMaterial(key, record, found) }));
  return { items, next: to < all.length ? String(to) : undefined };
}
