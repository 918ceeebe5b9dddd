import type { Classification, ErrorPlace } from '@keyway/core/driver';
import { isTokenError, returnValueOf } from './token/return-values.ts';

/** The token looked at the call and did nothing. */
const refused = (code: Classification['code']): Classification => ({ code, retry: 'never', outcome: 'none' });
/** Passing trouble before anything was done. */
const passing = (code: Classification['code']): Classification => ({ code, retry: 'safe', outcome: 'none' });
/** Passing trouble of which nobody can say how far the call came. */
const doubtful = (code: Classification['code']): Classification => ({
  code,
  retry: 'safe',
  outcome: 'unknown',
});

const unknown: Classification = { code: 'ERR_UNKNOWN', retry: 'never', outcome: 'unknown' };
const ourFault = refused('ERR_INVALID_ARGUMENT');
const lacking = refused('ERR_UNSUPPORTED');
const forbidden = refused('ERR_OPERATION_NOT_PERMITTED');
const denied = refused('ERR_PERMISSION_DENIED');
const damaged = refused('ERR_INTEGRITY');
const missing = refused('ERR_KEY_NOT_FOUND');
const full = passing('ERR_QUOTA_EXCEEDED');
/** A wrong PIN is never tried again: some tokens lock themselves after three. */
const notLoggedIn = refused('ERR_UNAUTHENTICATED');
/** What a token says to a call that this package never makes, or makes in another order. */
const outOfPlace = refused('ERR_UNKNOWN');

/**
 * What each return value means, by number: the native binding does not know the names of all. Source: PKCS #11 v3.1,
 * section 5.1, which says of each whether the call can have had an effect.
 */
export const returnValues: ReadonlyMap<number, Classification> = new Map<number, Classification>([
  [0x001, { ...refused('ERR_ABORTED'), outcome: 'unknown' }], // CANCEL
  [0x002, doubtful('ERR_UNAVAILABLE')], // HOST_MEMORY
  [0x003, { ...passing('ERR_UNAVAILABLE'), retry: 'afterReopen' }], // SLOT_ID_INVALID
  [0x005, doubtful('ERR_UNAVAILABLE')], // GENERAL_ERROR
  [0x006, doubtful('ERR_UNAVAILABLE')], // FUNCTION_FAILED
  [0x007, ourFault], // ARGUMENTS_BAD
  [0x008, outOfPlace], // NO_EVENT
  [0x009, lacking], // NEED_TO_CREATE_THREADS
  [0x00a, lacking], // CANT_LOCK
  [0x010, lacking], // ATTRIBUTE_READ_ONLY
  [0x011, forbidden], // ATTRIBUTE_SENSITIVE
  [0x012, lacking], // ATTRIBUTE_TYPE_INVALID
  [0x013, ourFault], // ATTRIBUTE_VALUE_INVALID
  [0x01b, denied], // ACTION_PROHIBITED
  [0x020, ourFault], // DATA_INVALID
  [0x021, ourFault], // DATA_LEN_RANGE
  [0x030, doubtful('ERR_UNAVAILABLE')], // DEVICE_ERROR
  [0x031, full], // DEVICE_MEMORY
  [0x032, doubtful('ERR_UNAVAILABLE')], // DEVICE_REMOVED
  [0x040, damaged], // ENCRYPTED_DATA_INVALID
  [0x041, damaged], // ENCRYPTED_DATA_LEN_RANGE
  [0x042, damaged], // AEAD_DECRYPT_FAILED
  [0x050, { ...refused('ERR_ABORTED'), outcome: 'unknown' }], // FUNCTION_CANCELED
  [0x051, outOfPlace], // FUNCTION_NOT_PARALLEL
  [0x054, lacking], // FUNCTION_NOT_SUPPORTED
  [0x060, missing], // KEY_HANDLE_INVALID
  [0x062, ourFault], // KEY_SIZE_RANGE
  [0x063, ourFault], // KEY_TYPE_INCONSISTENT
  [0x064, outOfPlace], // KEY_NOT_NEEDED
  [0x065, outOfPlace], // KEY_CHANGED
  [0x066, outOfPlace], // KEY_NEEDED
  [0x067, lacking], // KEY_INDIGESTIBLE
  [0x068, forbidden], // KEY_FUNCTION_NOT_PERMITTED
  [0x069, lacking], // KEY_NOT_WRAPPABLE
  [0x06a, lacking], // KEY_UNEXTRACTABLE
  [0x070, lacking], // MECHANISM_INVALID
  [0x071, ourFault], // MECHANISM_PARAM_INVALID
  [0x082, missing], // OBJECT_HANDLE_INVALID
  [0x090, passing('ERR_CONFLICT')], // OPERATION_ACTIVE: the session is given up
  [0x091, passing('ERR_UNAVAILABLE')], // OPERATION_NOT_INITIALIZED
  [0x0a0, notLoggedIn], // PIN_INCORRECT
  [0x0a1, notLoggedIn], // PIN_INVALID
  [0x0a2, notLoggedIn], // PIN_LEN_RANGE
  [0x0a3, notLoggedIn], // PIN_EXPIRED
  [0x0a4, notLoggedIn], // PIN_LOCKED
  [0x0b0, doubtful('ERR_UNAVAILABLE')], // SESSION_CLOSED: while the call ran
  [0x0b1, full], // SESSION_COUNT
  [0x0b3, passing('ERR_UNAVAILABLE')], // SESSION_HANDLE_INVALID: before the call ran
  [0x0b4, lacking], // SESSION_PARALLEL_NOT_SUPPORTED
  [0x0b5, denied], // SESSION_READ_ONLY
  [0x0b6, refused('ERR_CONFLICT')], // SESSION_EXISTS
  [0x0b7, refused('ERR_CONFLICT')], // SESSION_READ_ONLY_EXISTS
  [0x0b8, refused('ERR_CONFLICT')], // SESSION_READ_WRITE_SO_EXISTS
  [0x0c0, damaged], // SIGNATURE_INVALID
  [0x0c1, damaged], // SIGNATURE_LEN_RANGE
  [0x0d0, ourFault], // TEMPLATE_INCOMPLETE
  [0x0d1, ourFault], // TEMPLATE_INCONSISTENT
  [0x0e0, passing('ERR_UNAVAILABLE')], // TOKEN_NOT_PRESENT
  [0x0e1, refused('ERR_UNAVAILABLE')], // TOKEN_NOT_RECOGNIZED
  [0x0e2, denied], // TOKEN_WRITE_PROTECTED
  [0x0f0, missing], // UNWRAPPING_KEY_HANDLE_INVALID
  [0x0f1, ourFault], // UNWRAPPING_KEY_SIZE_RANGE
  [0x0f2, ourFault], // UNWRAPPING_KEY_TYPE_INCONSISTENT
  [0x100, outOfPlace], // USER_ALREADY_LOGGED_IN
  [0x101, { ...notLoggedIn, retry: 'afterReopen' }], // USER_NOT_LOGGED_IN
  [0x102, notLoggedIn], // USER_PIN_NOT_INITIALIZED
  [0x103, notLoggedIn], // USER_TYPE_INVALID
  [0x104, notLoggedIn], // USER_ANOTHER_ALREADY_LOGGED_IN
  [0x105, notLoggedIn], // USER_TOO_MANY_TYPES
  [0x110, damaged], // WRAPPED_KEY_INVALID
  [0x112, damaged], // WRAPPED_KEY_LEN_RANGE
  [0x113, missing], // WRAPPING_KEY_HANDLE_INVALID
  [0x114, ourFault], // WRAPPING_KEY_SIZE_RANGE
  [0x115, ourFault], // WRAPPING_KEY_TYPE_INCONSISTENT
  [0x120, lacking], // RANDOM_SEED_NOT_SUPPORTED
  [0x121, lacking], // RANDOM_NO_RNG
  [0x130, ourFault], // DOMAIN_PARAMS_INVALID
  [0x140, lacking], // CURVE_NOT_SUPPORTED
  [0x150, outOfPlace], // BUFFER_TOO_SMALL
  [0x160, outOfPlace], // SAVED_STATE_INVALID
  [0x170, forbidden], // INFORMATION_SENSITIVE
  [0x180, outOfPlace], // STATE_UNSAVEABLE
  [0x190, passing('ERR_UNAVAILABLE')], // CRYPTOKI_NOT_INITIALIZED
  [0x191, outOfPlace], // CRYPTOKI_ALREADY_INITIALIZED
  [0x1a0, outOfPlace], // MUTEX_BAD
  [0x1a1, outOfPlace], // MUTEX_NOT_LOCKED
  [0x1b0, notLoggedIn], // NEW_PIN_MODE
  [0x1b1, notLoggedIn], // NEXT_OTP
  [0x1b5, ourFault], // EXCEEDED_MAX_ITERATIONS
  [0x1b6, refused('ERR_UNAVAILABLE')], // FIPS_SELF_TEST_FAILED
  [0x1b7, refused('ERR_UNAVAILABLE')], // LIBRARY_LOAD_FAILED
  [0x1b8, notLoggedIn], // PIN_TOO_WEAK
  [0x1b9, ourFault], // PUBLIC_KEY_INVALID
  [0x200, denied], // FUNCTION_REJECTED: by a person at the token
  [0x201, full], // TOKEN_RESOURCE_EXCEEDED
  [0x202, outOfPlace], // OPERATION_CANCEL_FAILED
  [0x203, forbidden], // KEY_EXHAUSTED
]);

/** Where the answer to a caller's ciphertext may say no more than that it does not decrypt. */
const decrypting: ReadonlySet<string> = new Set(['decrypt', 'unwrapKey', 'restoreKeyBackup']);

/**
 * What tokens say to a ciphertext that is damaged or of another key. Which of them it is depends on what is damaged (the
 * length, the padding, the tag, the key within), and would tell an attacker.
 */
const saidOfCiphertexts: ReadonlySet<number> = new Set([
  0x005, 0x006, 0x007, 0x013, 0x020, 0x021, 0x040, 0x041, 0x042, 0x062, 0x063, 0x071, 0x0c0, 0x0c1, 0x0d0,
  0x0d1, 0x0f1, 0x110, 0x112, 0x130, 0x150,
]);

/** Tells what an error of the token means. */
export function classify(error: unknown, at?: Pick<ErrorPlace, 'operation'>): Classification {
  const ckr = isTokenError(error) ? error.ckr : returnValueOf(error);
  if (ckr === undefined) return unknown;
  if (at !== undefined && decrypting.has(at.operation) && saidOfCiphertexts.has(ckr)) return damaged;
  return returnValues.get(ckr) ?? unknown;
}
