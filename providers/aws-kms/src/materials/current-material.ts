import { KeyManagerError } from '@keyway/core/driver';
import type { Call } from '@keyway/core/driver';
import type { Version } from '../key-record.ts';
import { isPending } from '../kms-key.ts';
import type { KmsKey, OwnRecord } from '../kms-key.ts';
import { isWrongState } from '../run-steps.ts';
import type { KmsVault } from '../vault.ts';
import { listMaterials } from './list-materials.ts';
import type { ListedMaterial } from './list-materials.ts';
import { entryOf, isMade, settledRecord, withVersion } from './settled-record.ts';
import type { Material } from './settled-record.ts';

/** The material that a key encrypts with now. @throws ERR_UNSUPPORTED where the endpoint does not say. */
export function currentMaterialId({ currentMaterial }: KmsKey): string {
  if (currentMaterial !== undefined) return currentMaterial;
  throw new KeyManagerError('ERR_UNSUPPORTED', 'KMS does not say which material of this key is current', {
    alternative: "a vault opened with versions: 'keys'",
  });
}

/** The materials of a key; none where its state does not let anybody list them. */
async function listed(vault: KmsVault, key: KmsKey, call: Call): Promise<readonly ListedMaterial[]> {
  try {
    return await listMaterials(vault, key.id, call);
  } catch (error) {
    if (isPending(key) && isWrongState(error)) return [];
    throw error;
  }
}

/**
 * The request that made a version. It is told once the version is whole: who looks for what came of a request would take
 * one for done that is not disabled yet, or whose policy is not KMS's yet.
 */
const requestOf = (record: OwnRecord | undefined, requestId: string | undefined): string | undefined =>
  record?.making?.requestId === requestId ? undefined : requestId;

/** A material by what KMS says of it. */
export function toMaterial(key: KmsKey, record: OwnRecord | undefined, found: ListedMaterial): Material {
  const { createdOn = found.rotatedOn ?? key.createdOn, requestId } = entryOf(record, found.id) ?? {};
  return { id: found.id, createdOn, requestId: requestOf(record, requestId) };
}

/** When KMS rotated to the current material, for one that the record does not know. */
async function findCurrent(vault: KmsVault, key: KmsKey, id: string, call: Call): Promise<ListedMaterial> {
  const all = await listed(vault, key, call);
  const found = all.find((each) => each.id === id);
  if (found !== undefined) return found;
  if (isPending(key)) {
    return { id, rotatedOn: undefined, order: 0, automatic: false, waiting: false, description: undefined };
  }
  // The list is behind.
  throw new KeyManagerError('ERR_UNAVAILABLE', 'KMS does not list the current material of this key yet', {
    retryable: true,
  });
}

/** The current material, and the record with what became of a version in the making. */
async function readCurrent(
  vault: KmsVault,
  key: KmsKey,
  call: Call,
): Promise<{ readonly material: Material; readonly record: OwnRecord | undefined }> {
  const id = currentMaterialId(key);
  const { record } = key;
  const entry = entryOf(record, id);
  if (entry?.createdOn !== undefined) {
    return { material: { id, createdOn: entry.createdOn, requestId: entry.requestId }, record };
  }
  const known = vault.materials?.rotatedOn.get(id);
  const making = record !== undefined && isMade(record, id) ? record.making : undefined;
  if (known !== undefined && making === undefined) return { material: { id, createdOn: known }, record };
  const found = await findCurrent(vault, key, id, call);
  if (record === undefined || making === undefined || found.automatic) {
    return { material: toMaterial(key, record, found), record };
  }
  const { startedOn: createdOn, requestId } = making;
  return { material: { id, createdOn }, record: withVersion(record, { id, createdOn, requestId }) };
}

/** A key of our own as its current version. */
export async function asMaterialVersion(vault: KmsVault, version: Version, call: Call): Promise<Version> {
  const { key } = version;
  const { material, record } = await readCurrent(vault, key, call);
  vault.materials?.current.set(key.id, material.id);
  const settled = record === undefined ? undefined : settledRecord(record, material);
  return {
    ...version,
    key: { ...key, record: settled },
    record: version.record === undefined ? undefined : settled,
    material,
  };
}
