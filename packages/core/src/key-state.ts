import type { KeyManagerErrorCode } from './errors.ts';
import type { EpochSeconds, KeyRecord } from './key-driver.ts';
import type { KeyOperation } from './key-types.ts';
import type { CryptographicOperation } from './operations.ts';

/** Why a key may not be used now. */
export interface KeyStateRefusal {
  readonly code: KeyManagerErrorCode;
  /** A sentence without a full stop that names no key. */
  readonly reason: string;
}

/** What of a version decides about its use. */
export type KeyState = Pick<
  KeyRecord,
  'enabled' | 'notBefore' | 'expiresOn' | 'keyOperations' | 'status' | 'intact' | 'ownership'
>;

/** What is fixed about a use of a key. */
interface UseRow {
  /** The key operation that the key must have. */
  readonly needs: KeyOperation;
  /** It protects something new, rather than opening or checking what was protected before. */
  readonly protects: boolean;
}

const uses: Readonly<Record<CryptographicOperation, UseRow>> = {
  encrypt: { needs: 'encrypt', protects: true },
  decrypt: { needs: 'decrypt', protects: false },
  wrapKey: { needs: 'wrapKey', protects: true },
  unwrapKey: { needs: 'unwrapKey', protects: false },
  sign: { needs: 'sign', protects: true },
  signData: { needs: 'sign', protects: true },
  verify: { needs: 'verify', protects: false },
  verifyData: { needs: 'verify', protects: false },
};

/** One line of the key-state table. */
interface StateRow {
  readonly code: KeyManagerErrorCode;
  readonly reason: string;
  /** `every` use is refused, or only uses that protect something new. */
  readonly refuses: 'every' | 'protecting';
  readonly when: (state: KeyState, now: EpochSeconds, use: UseRow) => boolean;
}

/**
 * The key-state table. The first row that holds decides, so the order is part of the contract: what may pass
 * by itself first, then a record that cannot be trusted (whatever it says about the rest), then what somebody
 * has decided about the key, then the clock.
 *
 * A driver that finds the record of a key damaged gives as `keyOperations` what the vault itself allows:
 * decrypt, unwrapKey and verify go on by them.
 */
const stateTable: readonly StateRow[] = [
  {
    code: 'ERR_KEY_NOT_READY',
    reason: 'The vault is still making this version, or failed to make it',
    refuses: 'every',
    when: (state) => state.status !== 'ready',
  },
  {
    code: 'ERR_INTEGRITY',
    reason: 'The record of this key is missing or damaged',
    refuses: 'protecting',
    when: (state) => state.ownership === 'own' && !state.intact,
  },
  {
    code: 'ERR_KEY_DISABLED',
    reason: 'This version is disabled',
    refuses: 'every',
    when: (state) => !state.enabled,
  },
  {
    code: 'ERR_OPERATION_NOT_PERMITTED',
    reason: 'The operations of this key do not include it',
    refuses: 'every',
    when: (state, _now, use) => !state.keyOperations.includes(use.needs),
  },
  {
    code: 'ERR_KEY_NOT_YET_VALID',
    reason: 'This version is not valid yet',
    refuses: 'protecting',
    when: (state, now) => state.notBefore !== undefined && now < state.notBefore,
  },
  {
    code: 'ERR_KEY_EXPIRED',
    reason: 'This version has expired',
    refuses: 'protecting',
    when: (state, now) => state.expiresOn !== undefined && now >= state.expiresOn,
  },
];

/** The key operation that a use of a key needs: `signData` needs `sign`, `verifyData` needs `verify`. */
export function neededKeyOperation(operation: CryptographicOperation): KeyOperation {
  return uses[operation].needs;
}

/**
 * Tells why a version may not be used for an operation now, or undefined where it may.
 *
 * In this order: a version that is not ready, a missing or damaged record on an own key (sign, encrypt,
 * wrapKey), a disabled version, an operation that the key does not have, a date that has not come or has
 * passed (sign, encrypt, wrapKey).
 */
export function keyStateRefusal(
  record: KeyState,
  operation: CryptographicOperation,
  now: EpochSeconds,
): KeyStateRefusal | undefined {
  const use = uses[operation];
  for (const row of stateTable) {
    if ((use.protects || row.refuses === 'every') && row.when(record, now, use)) {
      return { code: row.code, reason: row.reason };
    }
  }
  return undefined;
}

/**
 * Tells why the properties of a version may not be changed, or undefined where they may: external keys never,
 * and an own key not while its record is missing or damaged, since writing would make the damage look whole.
 */
export function updateRefusal(record: Pick<KeyRecord, 'intact' | 'ownership'>): KeyStateRefusal | undefined {
  if (record.ownership === 'external') {
    return { code: 'ERR_OPERATION_NOT_PERMITTED', reason: 'This key was made by other software' };
  }
  return record.intact
    ? undefined
    : { code: 'ERR_INTEGRITY', reason: 'The record of this key is missing or damaged' };
}
