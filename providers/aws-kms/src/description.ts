import { decodeVaultRecord, encodeVaultRecord, isKeyManagerError } from '@keyway/core/driver';
import type { VaultRecord } from '@keyway/core/driver';

/** What the description of a KMS key says about the version that it is. */
export type ReadDescription =
  | { readonly kind: 'record'; readonly record: VaultRecord }
  /** Begins like one of ours, and is none: cut, edited, or of a later version. */
  | { readonly kind: 'damaged' }
  /** Of other software, or of a vault with another prefix. */
  | { readonly kind: 'foreign' };

/** Characters that KMS takes in a description. */
export const maxDescriptionLength = 8192;

const start = 'keyway:';

/**
 * The description of a version: `keyway:<prefix>:<record>`, the record in core's own encoding. It comes with
 * `DescribeKey`, so that no further request is needed for what KMS has no field for.
 *
 * @throws ERR_INVALID_ARGUMENT where KMS could not hold it.
 */
export function formatDescription(prefix: string, record: VaultRecord): string {
  return `${start}${prefix}:${encodeVaultRecord(record)}`;
}

/** Reads a description. */
export function readDescription(prefix: string, description: string | undefined): ReadDescription {
  if (description?.startsWith(`${start}${prefix}:`) !== true) return { kind: 'foreign' };
  try {
    return { kind: 'record', record: decodeVaultRecord(description.slice(start.length + prefix.length + 1)) };
  } catch (error) {
    if (isKeyManagerError(error)) return { kind: 'damaged' };
    throw error;
  }
}
