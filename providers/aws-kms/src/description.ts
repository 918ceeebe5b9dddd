import { decodeVaultRecord, encodeVaultRecord, isKeyManagerError } from '@keyway/core/driver';
import type { VaultRecord } from '@keyway/core/driver';
import type { VersionStrategy } from './options.ts';

/** What the description of a KMS key says about the version that it is. */
export type ReadDescription =
  | { readonly kind: 'record'; readonly record: VaultRecord; readonly strategy: VersionStrategy }
  /** Begins like one of ours, and is none: cut, edited, or of a later version. */
  | { readonly kind: 'damaged' }
  /** Of other software, or of a vault with another prefix. */
  | { readonly kind: 'foreign' };

/** Characters that KMS takes in a description. */
export const maxDescriptionLength = 8192;

const start = 'keyway:';
/** What stands before the record of a key whose versions are its key materials; other records begin with a brace. */
const materialsMark = 'materials:';

/**
 * The description of a version: `keyway:<prefix>:<record>`, the record in core's own encoding, or of a key whose versions
 * are its materials: `keyway:<prefix>:materials:<record>`. It comes with `DescribeKey`, so that no further request is
 * needed for what KMS has no field for.
 *
 * @throws ERR_INVALID_ARGUMENT where KMS could not hold it.
 */
export function formatDescription(
  prefix: string,
  record: VaultRecord,
  strategy: VersionStrategy = 'keys',
): string {
  const mark = strategy === 'materials' ? materialsMark : '';
  return `${start}${prefix}:${mark}${encodeVaultRecord(record)}`;
}

/** Reads a description. */
export function readDescription(prefix: string, description: string | undefined): ReadDescription {
  if (description?.startsWith(`${start}${prefix}:`) !== true) return { kind: 'foreign' };
  const rest = description.slice(start.length + prefix.length + 1);
  const marked = rest.startsWith(materialsMark);
  const strategy = marked ? 'materials' : 'keys';
  try {
    const record = decodeVaultRecord(marked ? rest.slice(materialsMark.length) : rest);
    return { kind: 'record', record, strategy };
  } catch (error) {
    if (isKeyManagerError(error)) return { kind: 'damaged' };
    throw error;
  }
}
