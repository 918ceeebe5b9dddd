import { policyExpiry } from '@keyway/core/driver';
import type { EpochSeconds, RecordedVersion } from '@keyway/core/driver';
import type { OwnRecord } from '../kms-key.ts';

/** A version of a key whose versions are its materials. */
export interface Material {
  /** The id that KMS has given it. */
  readonly id: string;
  readonly createdOn: EpochSeconds;
  readonly requestId?: string | undefined;
}

/** Of a material id of 64 characters, so many stand in the record: they tell the materials of one key apart. */
const shortLength = 16;

/** A material id as the record has it. */
export const shortId = (id: string): string => id.slice(0, shortLength);

/** What the record says of a material. */
export function entryOf(record: OwnRecord | undefined, id: string): RecordedVersion | undefined {
  return record?.versions?.find(({ version }) => version === shortId(id));
}

/** The record with a version that was made: its dates are those of this one now. */
export function withVersion(record: OwnRecord, { id, createdOn, requestId }: Material): OwnRecord {
  const { versions = [] } = record;
  const version = shortId(id);
  if (versions.some((each) => each.version === version)) return record;
  return { ...record, versions: [...versions, { version, createdOn, requestId }], current: version };
}

/** Whether the version that somebody began to make is there: another material than then is current. */
export function isMade({ making }: OwnRecord, current: string): boolean {
  return making !== undefined && making.after !== shortId(current);
}

/**
 * The record as it is with what KMS has done since it was written. KMS may have rotated the key by itself: its dates were
 * those of the former version, and the new one expires as the policy says, if that is older than the version.
 */
export function settledRecord(record: OwnRecord, current: Material): OwnRecord {
  const { current: dated, rotationPolicy: policy } = record;
  if (dated === undefined || dated === shortId(current.id)) return record;
  const ruled = policy !== undefined && (policy.updatedOn ?? 0) <= current.createdOn;
  return {
    ...record,
    current: shortId(current.id),
    notBefore: undefined,
    expiresOn: ruled ? policyExpiry(policy, current.createdOn) : undefined,
  };
}
