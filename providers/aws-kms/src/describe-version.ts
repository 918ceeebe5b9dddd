import { invalidArgument } from '@keyway/core/driver';
import type { Call, VaultRecord } from '@keyway/core/driver';
import { formatDescription, maxDescriptionLength } from './description.ts';
import { strategyOf } from './vault.ts';
import type { KmsVault } from './vault.ts';

/** The description of a version. @throws ERR_INVALID_ARGUMENT where KMS could not hold it. */
export function describeVersion(vault: KmsVault, record: VaultRecord): string {
  const text = formatDescription(vault.prefix, record, strategyOf(vault));
  if (text.length > maxDescriptionLength) {
    throw invalidArgument('The tags are too long: KMS could not hold the record of this key');
  }
  return text;
}

/** Writes the record of a version. May be run again. */
export async function writeRecord(
  vault: KmsVault,
  keyId: string,
  record: VaultRecord,
  call: Call,
): Promise<void> {
  const input = { KeyId: keyId, Description: describeVersion(vault, record) };
  await vault.client.updateKeyDescription(input, { abortSignal: call.signal });
}
