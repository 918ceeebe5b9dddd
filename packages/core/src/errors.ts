/**
 * Every code a {@link KeyManagerError} can carry. The union grows in minor versions: keep a default branch.
 *
 * | code | meaning |
 * |---|---|
 * | `ERR_INVALID_ARGUMENT` | a value is not acceptable; nothing was sent |
 * | `ERR_KEY_NOT_FOUND` | no such key or version, or it is deleted |
 * | `ERR_KEY_EXISTS` | something with that name is there already and the operation needs it free |
 * | `ERR_KEY_DELETED` | the name belongs to a deleted key that is not purged yet |
 * | `ERR_KEY_DISABLED` | the version is disabled |
 * | `ERR_KEY_NOT_YET_VALID` | now is before `notBefore` |
 * | `ERR_KEY_EXPIRED` | now is at or after `expiresOn` |
 * | `ERR_KEY_NOT_READY` | the vault is still making or importing the version |
 * | `ERR_OPERATION_NOT_PERMITTED` | this key does not allow the operation (operations, usage, ownership, backup) |
 * | `ERR_CONFLICT` | the state of the key contradicts the request |
 * | `ERR_OUTCOME_UNKNOWN` | the change may or may not have happened and reading cannot tell; never repeated by Keyway |
 * | `ERR_PERMISSION_DENIED` | the caller is known but not allowed |
 * | `ERR_UNAUTHENTICATED` | the caller's credentials were not accepted |
 * | `ERR_UNSUPPORTED` | this vault cannot do it; refused before any request |
 * | `ERR_INTEGRITY` | something is damaged, forged or does not decrypt; says no more than that |
 * | `ERR_THROTTLED` | too many requests; see `retryAfterMs` |
 * | `ERR_QUOTA_EXCEEDED` | a permanent limit is reached |
 * | `ERR_UNAVAILABLE` | the vault cannot be reached or failed |
 * | `ERR_TIMEOUT` | the deadline passed |
 * | `ERR_ABORTED` | the caller's signal fired |
 * | `ERR_CLOSED` | the `KeyManager` is closed |
 * | `ERR_UNKNOWN` | the vault answered with something nobody has classified |
 */
export const keyManagerErrorCodes = [
  'ERR_INVALID_ARGUMENT',
  'ERR_KEY_NOT_FOUND',
  'ERR_KEY_EXISTS',
  'ERR_KEY_DELETED',
  'ERR_KEY_DISABLED',
  'ERR_KEY_NOT_YET_VALID',
  'ERR_KEY_EXPIRED',
  'ERR_KEY_NOT_READY',
  'ERR_OPERATION_NOT_PERMITTED',
  'ERR_CONFLICT',
  'ERR_OUTCOME_UNKNOWN',
  'ERR_PERMISSION_DENIED',
  'ERR_UNAUTHENTICATED',
  'ERR_UNSUPPORTED',
  'ERR_INTEGRITY',
  'ERR_THROTTLED',
  'ERR_QUOTA_EXCEEDED',
  'ERR_UNAVAILABLE',
  'ERR_TIMEOUT',
  'ERR_ABORTED',
  'ERR_CLOSED',
  'ERR_UNKNOWN',
] as const;

/** One of the closed set of error codes. */
export type KeyManagerErrorCode = (typeof keyManagerErrorCodes)[number];

/** What an error says beside its code and message; all members are optional. */
export interface KeyManagerErrorDetails {
  /** The provider that was asked, for example `'local'`. */
  readonly provider?: string | undefined;
  /** The operation of the contract, for example `'rotateKey'`. */
  readonly operation?: string | undefined;
  /** The portable id (or the name, where no version is known) of the key concerned. */
  readonly keyId?: string | undefined;
  /** True only where repeating the call changes nothing twice and can succeed. */
  readonly retryable?: boolean | undefined;
  /** How long to wait before repeating, in milliseconds, where the vault said so. */
  readonly retryAfterMs?: number | undefined;
  /** The earliest moment at which the refused operation would be possible (a purge that must wait). */
  readonly earliest?: Date | undefined;
  /** With `ERR_OUTCOME_UNKNOWN`: the versions that appeared and may be the result. With a partial recovery: the lost ones. */
  readonly versions?: readonly string[] | undefined;
  /** What to use instead, where there is something. */
  readonly alternative?: string | undefined;
  /** The error of the vendor's SDK, untouched. */
  readonly cause?: unknown;
}

/** The same symbol in every copy of the library. */
const brand = Symbol.for('keyway.KeyManagerError');

/**
 * The one error class of Keyway. Compare `code`, and test with {@link isKeyManagerError} rather than `instanceof`: two
 * copies of the library may be loaded in one process.
 *
 * Misuse that a type checker would have refused (a number for a name, an unknown option) is a `TypeError` instead.
 */
export class KeyManagerError extends Error {
  override readonly name: string = 'KeyManagerError';
  readonly code: KeyManagerErrorCode;
  readonly provider: string | undefined;
  readonly operation: string | undefined;
  readonly keyId: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly earliest: Date | undefined;
  readonly versions: readonly string[] | undefined;
  readonly alternative: string | undefined;

  constructor(code: KeyManagerErrorCode, message: string, details: KeyManagerErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.provider = details.provider;
    this.operation = details.operation;
    this.keyId = details.keyId;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.earliest = details.earliest;
    this.versions = details.versions;
    this.alternative = details.alternative;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Tells whether `error` is a {@link KeyManagerError}, of this copy of the library or another. */
export function isKeyManagerError(error: unknown): error is KeyManagerError {
  return (
    typeof error === 'object' && error !== null && (error as { readonly [brand]?: unknown })[brand] === true
  );
}

/** Makes an `ERR_INVALID_ARGUMENT`. The message must not contain the value where that could be a secret. */
export function invalidArgument(message: string, details?: KeyManagerErrorDetails): KeyManagerError {
  return new KeyManagerError('ERR_INVALID_ARGUMENT', message, details);
}

/** Makes an `ERR_INTEGRITY`, which deliberately says nothing about what was wrong. */
export function integrityError(details?: KeyManagerErrorDetails): KeyManagerError {
  return new KeyManagerError(
    'ERR_INTEGRITY',
    'The data is damaged, forged or was made with another key',
    details,
  );
}

/** Where an error belongs. */
export interface ErrorLocation {
  readonly provider: string;
  readonly operation: string;
  readonly keyId: string | undefined;
}

/** The same error with what it lacks of provider, operation and key; its stack and cause stay. */
export function located(error: KeyManagerError, at: ErrorLocation): KeyManagerError {
  if (error.provider !== undefined && error.operation !== undefined) return error;
  const { code, message, retryable, retryAfterMs, earliest, versions, alternative, stack } = error;
  const copy = new KeyManagerError(code, message, {
    provider: error.provider ?? at.provider,
    operation: error.operation ?? at.operation,
    keyId: error.keyId ?? at.keyId,
    retryable,
    retryAfterMs,
    earliest,
    versions,
    alternative,
    ...('cause' in error ? { cause: error.cause } : {}),
  });
  if (stack !== undefined) copy.stack = stack;
  return copy;
}
