import { integrityError, invalidArgument, KeyManagerError } from '@keyway/core/driver';

/** What a vault is set to when it is made; kept in it, authenticated. */
export interface VaultSettings {
  /** How long a deleted key can be recovered, in days. */
  readonly retentionDays: number;
  /** Whether a deleted key can be purged before that time. */
  readonly purgeProtection: boolean;
  /** What the two together are called. */
  readonly recoveryLevel: string;
}

/** Settings that an opener asks for. */
export interface WantedSettings {
  readonly retentionDays?: number | undefined;
  readonly purgeProtection?: boolean | undefined;
}

const secondsPerDay = 86_400;

function createSettings(retentionDays: number, purgeProtection: boolean): VaultSettings {
  const custom = retentionDays < 90 ? 'CustomizedRecoverable' : 'Recoverable';
  return Object.freeze({
    retentionDays,
    purgeProtection,
    recoveryLevel: purgeProtection ? custom : `${custom}+Purgeable`,
  });
}

/** Checks wishes for a new vault and fills in the defaults: 90 days, no purge protection. */
export function newSettings(wanted: WantedSettings): VaultSettings {
  const { retentionDays = 90, purgeProtection = false } = wanted;
  if (typeof retentionDays !== 'number') throw new TypeError('retentionDays must be a number');
  if (typeof purgeProtection !== 'boolean') throw new TypeError('purgeProtection must be a boolean');
  if (!Number.isInteger(retentionDays) || retentionDays < 7 || retentionDays > 90) {
    throw invalidArgument('retentionDays must be a whole number from 7 to 90');
  }
  return createSettings(retentionDays, purgeProtection);
}

/** When a key that is deleted now is purged. */
export function purgeDate(settings: VaultSettings, now: number): number {
  return now + settings.retentionDays * secondsPerDay;
}

/** The text of the settings in the vault. */
export function formatSettings(settings: VaultSettings): string {
  return JSON.stringify([settings.retentionDays, settings.purgeProtection]);
}

/** Reads the text of settings, which was found authentic. */
export function parseSettings(text: string): VaultSettings {
  const [retentionDays, purgeProtection] = JSON.parse(text) as unknown[];
  if (typeof retentionDays !== 'number' || typeof purgeProtection !== 'boolean') throw integrityError();
  return createSettings(retentionDays, purgeProtection);
}

/** Refuses to open a vault with wishes that differ from what it was made with. @throws ERR_CONFLICT */
export function requireSettings(settings: VaultSettings, wanted: WantedSettings): void {
  for (const member of ['retentionDays', 'purgeProtection'] as const) {
    if (wanted[member] !== undefined && wanted[member] !== settings[member]) {
      const message = `The vault was made with ${member} ${settings[member]}; that is settled when a vault is made`;
      throw new KeyManagerError('ERR_CONFLICT', message);
    }
  }
}
