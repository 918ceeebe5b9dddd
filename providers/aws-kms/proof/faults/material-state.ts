import { GetKeyRotationStatusCommand, ListKeyRotationsCommand } from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { DumpedKey } from '../dump.ts';
import { listAll } from '../list-all.ts';

/** What is seen from outside of a key whose versions are its materials. */
export interface MaterialState {
  /** Materials that are current, or were. */
  readonly count: number;
  /** Imported materials that wait for their rotation. */
  readonly waiting: number;
  /** KMS has accepted a rotation on demand, and is not done. */
  readonly rotating: boolean;
  /** Days between two rotations of KMS's own, where they are switched on. */
  readonly everyDays: number | undefined;
  /** Versions in the record. */
  readonly recorded: number;
  /** The record says that a version is in the making. */
  readonly making: boolean;
  /** After what time the policy in the record rotates. */
  readonly policy: string | undefined;
}

/** One line of a state: what is as it is for a key of one version is left out. */
export function describeMaterials(state: MaterialState): string {
  const { count, waiting, rotating, everyDays, recorded, making, policy } = state;
  return [
    `materials ${count}`,
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(rotating ? ['rotating'] : []),
    ...(everyDays === undefined ? [] : [`every ${everyDays} days`]),
    `recorded ${recorded}`,
    ...(making ? ['in the making'] : []),
    ...(policy === undefined ? [] : [`policy ${policy}`]),
  ].join(' ');
}

/** The members of a record that are looked at here, by the names they have in its text. */
interface WrittenRecord {
  readonly vs?: readonly unknown[];
  readonly mk?: unknown;
  readonly rot?: { readonly a: readonly { readonly c?: string }[] };
}

function writtenRecord(description: string): WrittenRecord {
  const start = description.indexOf(':materials:{');
  return start < 0 ? {} : (JSON.parse(description.slice(start + ':materials:'.length)) as WrittenRecord);
}

/** Reads the materials of a key by the bare SDK, and its record without any reading of the provider's. */
export async function readMaterials(
  client: Pick<KMSClient, 'send'>,
  { id, description }: DumpedKey,
): Promise<MaterialState> {
  const status = await client.send(new GetKeyRotationStatusCommand({ KeyId: id }));
  // Read after that: a rotation that has ended in between is seen.
  const listed = await listAll(async (Marker) => {
    const input = { KeyId: id, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Marker } as const;
    const page = await client.send(new ListKeyRotationsCommand(input));
    return { items: page.Rotations, truncated: page.Truncated, next: page.NextMarker };
  });
  const waiting = listed.filter(({ KeyMaterialState: state }) => state?.startsWith('PENDING') === true);
  const { vs = [], mk, rot } = writtenRecord(description);
  return {
    count: listed.length - waiting.length,
    waiting: waiting.length,
    rotating: status.OnDemandRotationStartDate !== undefined,
    everyDays: status.KeyRotationEnabled === true ? status.RotationPeriodInDays : undefined,
    recorded: vs.length,
    making: mk !== undefined,
    policy: rot?.a[0]?.c,
  };
}
