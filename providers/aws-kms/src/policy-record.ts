import type { Call, PolicyRecord } from '@keyway/core/driver';
import { asVersion } from './key-record.ts';
import { describeKey } from './kms-key.ts';
import { requireOwnVersion } from './standing.ts';
import type { OwnVersion } from './standing.ts';
import type { KmsVault } from './vault.ts';

/** The rotation policy of a key, and the version whose record holds it. */
export interface FoundPolicy {
  readonly holder: OwnVersion;
  readonly policy: PolicyRecord | undefined;
}

/**
 * Finds the policy of a key: it stands in the record of the oldest version, whose place no rotation changes.
 *
 * @throws ERR_INTEGRITY where that record is damaged.
 */
export async function findPolicy(vault: KmsVault, current: OwnVersion, call: Call): Promise<FoundPolicy> {
  const { name, record } = current;
  for (let sequence = 1; sequence < record.sequence; sequence++) {
    const key = await describeKey(vault, vault.aliases.claim(name, sequence), call);
    // KMS has destroyed it, at the wish of somebody outside of Keyway; the policy went with it.
    if (key === undefined) continue;
    if (key.id === current.key.id) break;
    const holder = requireOwnVersion(await asVersion(vault, name, key, call));
    return { holder, policy: holder.record.rotationPolicy };
  }
  return { holder: current, policy: record.rotationPolicy };
}
