import type { RotationsListEntry } from '@aws-sdk/client-kms';
import type { Call, EpochSeconds } from '@keyway/core/driver';
import type { KmsVault } from '../vault.ts';

/** A key material as KMS lists it. */
export interface ListedMaterial {
  readonly id: string;
  /** Absent for the first one, and for one that waits. */
  readonly rotatedOn: EpochSeconds | undefined;
  /** Milliseconds since 1970 of the same: by these two versions of one second keep their order. */
  readonly order: number;
  /** KMS rotated to it by itself. */
  readonly automatic: boolean;
  /** Imported, and no version before it is rotated in. */
  readonly waiting: boolean;
  /** What was said about it at its import. */
  readonly description: string | undefined;
}

function toListed(entry: RotationsListEntry): readonly ListedMaterial[] {
  const { KeyMaterialId: id, KeyMaterialState: state, RotationDate: date } = entry;
  if (id === undefined) return [];
  const waiting = state !== 'CURRENT' && state !== 'NON_CURRENT';
  return [
    {
      id,
      rotatedOn: date === undefined ? undefined : Math.floor(date.getTime() / 1000),
      order: waiting ? Number.POSITIVE_INFINITY : (date?.getTime() ?? 0),
      automatic: entry.RotationType === 'AUTOMATIC',
      waiting,
      description: entry.KeyMaterialDescription,
    },
  ];
}

/** All materials of a key, oldest first, those that wait last; remembers their dates. */
export async function listMaterials(
  vault: KmsVault,
  keyId: string,
  call: Call,
): Promise<readonly ListedMaterial[]> {
  const all: ListedMaterial[] = [];
  let Marker: string | undefined;
  do {
    const page = await vault.client.listKeyRotations(
      { KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', ...(Marker === undefined ? {} : { Marker }) },
      { abortSignal: call.signal },
    );
    all.push(...(page.Rotations ?? []).flatMap(toListed));
    Marker = page.Truncated === true ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  for (const { id, rotatedOn } of all) {
    if (rotatedOn !== undefined) vault.materials?.rotatedOn.set(id, rotatedOn);
  }
  return all.toSorted((one, other) => (one.order < other.order ? -1 : 1));
}
