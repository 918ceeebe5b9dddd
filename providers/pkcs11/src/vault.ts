import { KeyManagerError } from '@keyway/core/driver';
import type { FlowEvent, JsonWebKey } from '@keyway/core/driver';
import type { EntryCheck } from './entry-check.ts';
import type { ObjectIndex } from './object-index.ts';
import type { Records } from './records/authenticated-records.ts';
import type { Claims } from './records/claims.ts';
import type { Intents } from './records/intents.ts';
import type { MacKeys } from './records/mac-keys.ts';
import type { VaultSettings } from './vault-settings.ts';
import type { TokenAccess } from './token-access.ts';

/** The public key of a version as it was found on the token, and whether its record vouches for it. */
export interface KnownPublicKey {
  readonly publicKey: JsonWebKey | undefined;
  readonly authentic: boolean;
}

/** An open vault: what the driver's families work with. */
export interface Pkcs11Vault extends TokenAccess {
  /** `pkcs11://<manufacturer>/<serial>/<label>/<namespace>`. */
  readonly identity: string;
  readonly namespace: string;
  readonly settings: VaultSettings;
  /** What the opener asserts; nobody here can tell. */
  readonly hardware: boolean | undefined;
  readonly records: Records;
  /** What authenticates records and backups. */
  readonly macKeys: MacKeys;
  readonly intents: Intents;
  readonly claims: Claims;
  /** For the doctor. */
  readonly entries: EntryCheck;
  readonly objects: ObjectIndex;
  /** By `name/version`: what was found to be as the records say does not change. */
  readonly publicKeys: Map<string, KnownPublicKey>;
  /** For tests: what it throws ends a flow on the spot, as a kill would. */
  readonly afterStep?: ((event: FlowEvent & { readonly flow: string }) => void | Promise<void>) | undefined;
}

/** The error for a key that is not there, or is deleted. */
export function notFound(what: 'key' | 'version' | 'deleted key' = 'key', deleted = false): KeyManagerError {
  const message = deleted ? 'The key is deleted: recover it to use it' : `There is no such ${what}`;
  return new KeyManagerError('ERR_KEY_NOT_FOUND', message);
}

/** The error for a key that others change whenever we are about to. */
export function tooManyRaces(): KeyManagerError {
  return new KeyManagerError('ERR_CONFLICT', 'Others keep changing this key', { retryable: true });
}

/** Races against others that one call takes part in before it gives up. */
export const maxRaces = 50;
