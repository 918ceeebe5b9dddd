import { invalidArgument } from '@keyway/core/driver';
import type { EpochSeconds } from '@keyway/core/driver';

/** What becomes of deleted keys. */
export interface VaultSettings {
  /** How long a deleted key can be recovered, in days. */
  readonly retentionDays: number;
  /** Whether a deleted key can be purged before that time. */
  readonly purgeProtection: boolean;
  /** What the two together are called. */
  readonly recoveryLevel: string;
}

const secondsPerDay = 86_400;

/** Checks what the opener asks for and fills in the defaults: 90 days, no purge protection. */
export function createSettings(wanted: {
  readonly retentionDays?: number | undefined;
  readonly purgeProtection?: boolean | undefined;
}): VaultSettings {
  const { retentionDays = 90, purgeProtection = false } = wanted;
  if (typeof retentionDays !== 'number') throw new TypeError('retentionDays must be a number');
  if (typeof purgeProtection !== 'boolean') throw new TypeError('purgeProtection must be a boolean');
  if (!Number.isInteger(retentionDays) || retentionDays < 7 || retentionDays > 90) {
    throw invalidArgument('retentionDays must be a whole number from 7 to 90');
  }
  const custom = retentionDays < 90 ? 'CustomizedRecoverable' : 'Recoverable';
  const recoveryLevel = purgeProtection ? custom : `${custom}+Purgeable`;
  return Object.freeze({ retentionDays, purgeProtection, recoveryLevel });
}

/** When a key that is deleted now is purged. */
export function purgeDate(settings: VaultSettings, now: EpochSeconds): EpochSeconds {
  return now + settings.retentionDays * secondsPerDay;
}
