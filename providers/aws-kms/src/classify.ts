import type { Classification, ErrorPlace } from '@keyway/core/driver';
import { UnexpectedAnswer } from './answers.ts';

/** KMS looked at the request and did nothing. */
const refused = (code: Classification['code']): Classification => ({ code, retry: 'never', outcome: 'none' });
/** Passing trouble before anything was done. */
const passing = (code: Classification['code']): Classification => ({ code, retry: 'safe', outcome: 'none' });
/** Passing trouble of which nobody can say how far the request came. */
const doubtful = (code: Classification['code']): Classification => ({
  code,
  retry: 'safe',
  outcome: 'unknown',
});

const keyState: Classification = { ...refused('ERR_CONFLICT'), readState: true };
const disabled: Classification = { ...refused('ERR_KEY_DISABLED'), readState: true };
const ourFault = refused('ERR_INVALID_ARGUMENT');
const notLoggedIn: Classification = {
  code: 'ERR_UNAUTHENTICATED',
  retry: 'afterReopen',
  outcome: 'none',
};

/**
 * What each error of KMS, of AWS's front end and of the SDK means, by `name`: only some are classes of their own, the others
 * are plain service exceptions. Sources: the errors that KMS documents for each operation, and AWS's common errors.
 */
export const errorNames: Readonly<Record<string, Classification>> = {
  // What is asked about.
  NotFoundException: refused('ERR_KEY_NOT_FOUND'),
  AlreadyExistsException: refused('ERR_CONFLICT'),
  ConflictException: refused('ERR_CONFLICT'),
  KMSInvalidStateException: keyState,
  DisabledException: disabled,
  InvalidKeyUsageException: refused('ERR_OPERATION_NOT_PERMITTED'),
  // Requests that are not well formed.
  ValidationException: ourFault,
  ValidationError: ourFault,
  InvalidArnException: ourFault,
  InvalidAliasNameException: ourFault,
  InvalidMarkerException: ourFault,
  TagException: ourFault,
  MalformedPolicyDocumentException: ourFault,
  SerializationException: ourFault,
  InvalidParameterValue: ourFault,
  InvalidParameterCombination: ourFault,
  MissingParameter: ourFault,
  IncorrectKeyMaterialException: ourFault,
  InvalidImportTokenException: ourFault,
  ExpiredImportTokenException: ourFault,
  InvalidGrantTokenException: ourFault,
  InvalidGrantIdException: ourFault,
  // What KMS cannot do here.
  UnsupportedOperationException: refused('ERR_UNSUPPORTED'),
  UnknownOperationException: refused('ERR_UNSUPPORTED'),
  InvalidAction: refused('ERR_UNSUPPORTED'),
  // Ciphertexts that were made by another key, or changed.
  InvalidCiphertextException: refused('ERR_INTEGRITY'),
  IncorrectKeyException: refused('ERR_INTEGRITY'),
  KMSInvalidSignatureException: refused('ERR_INTEGRITY'),
  KMSInvalidMacException: refused('ERR_INTEGRITY'),
  // Who asks.
  AccessDeniedException: refused('ERR_PERMISSION_DENIED'),
  AccessDenied: refused('ERR_PERMISSION_DENIED'),
  NotAuthorized: refused('ERR_PERMISSION_DENIED'),
  OptInRequired: refused('ERR_PERMISSION_DENIED'),
  UnrecognizedClientException: notLoggedIn,
  InvalidSignatureException: notLoggedIn,
  SignatureDoesNotMatch: notLoggedIn,
  IncompleteSignature: notLoggedIn,
  IncompleteSignatureException: notLoggedIn,
  MissingAuthenticationToken: notLoggedIn,
  MissingAuthenticationTokenException: notLoggedIn,
  InvalidClientTokenId: notLoggedIn,
  InvalidAccessKeyId: notLoggedIn,
  ExpiredToken: notLoggedIn,
  ExpiredTokenException: notLoggedIn,
  RequestExpired: notLoggedIn,
  CredentialsProviderError: notLoggedIn,
  TokenProviderError: notLoggedIn,
  // Too much: a quota is for ever, although the SDK calls it throttling.
  LimitExceededException: refused('ERR_QUOTA_EXCEEDED'),
  ThrottlingException: passing('ERR_THROTTLED'),
  Throttling: passing('ERR_THROTTLED'),
  ThrottledException: passing('ERR_THROTTLED'),
  RequestThrottled: passing('ERR_THROTTLED'),
  RequestThrottledException: passing('ERR_THROTTLED'),
  RequestLimitExceeded: passing('ERR_THROTTLED'),
  TooManyRequestsException: passing('ERR_THROTTLED'),
  SlowDown: passing('ERR_THROTTLED'),
  // Trouble at KMS.
  KMSInternalException: doubtful('ERR_UNAVAILABLE'),
  InternalFailure: doubtful('ERR_UNAVAILABLE'),
  InternalServerError: doubtful('ERR_UNAVAILABLE'),
  ServiceUnavailable: doubtful('ERR_UNAVAILABLE'),
  ServiceUnavailableException: doubtful('ERR_UNAVAILABLE'),
  DependencyTimeoutException: doubtful('ERR_UNAVAILABLE'),
  KeyUnavailableException: doubtful('ERR_UNAVAILABLE'),
  CustomKeyStoreInvalidStateException: refused('ERR_UNAVAILABLE'),
  CustomKeyStoreNotFoundException: refused('ERR_UNAVAILABLE'),
  CloudHsmClusterNotActiveException: refused('ERR_UNAVAILABLE'),
  CloudHsmClusterInvalidConfigurationException: refused('ERR_UNAVAILABLE'),
  XksProxyUriUnreachableException: doubtful('ERR_UNAVAILABLE'),
  XksProxyInvalidResponseException: doubtful('ERR_UNAVAILABLE'),
  // The SDK's own.
  TimeoutError: doubtful('ERR_UNAVAILABLE'),
  RequestTimeout: doubtful('ERR_UNAVAILABLE'),
  RequestTimeoutException: doubtful('ERR_UNAVAILABLE'),
  AbortError: { code: 'ERR_ABORTED', retry: 'never', outcome: 'unknown' },
};

/** Errors of the network, by `code`: those of a connection that never came about leave nothing in doubt. */
export const networkCodes: Readonly<Record<string, Classification>> = {
  ECONNREFUSED: passing('ERR_UNAVAILABLE'),
  ENOTFOUND: passing('ERR_UNAVAILABLE'),
  EAI_AGAIN: passing('ERR_UNAVAILABLE'),
  EHOSTUNREACH: passing('ERR_UNAVAILABLE'),
  ENETUNREACH: passing('ERR_UNAVAILABLE'),
  ECONNRESET: doubtful('ERR_UNAVAILABLE'),
  EPIPE: doubtful('ERR_UNAVAILABLE'),
  ETIMEDOUT: doubtful('ERR_UNAVAILABLE'),
  EPROTO: passing('ERR_UNAVAILABLE'),
  HPE_INVALID_CONSTANT: doubtful('ERR_UNAVAILABLE'),
  CERT_HAS_EXPIRED: refused('ERR_UNAVAILABLE'),
  DEPTH_ZERO_SELF_SIGNED_CERT: refused('ERR_UNAVAILABLE'),
  SELF_SIGNED_CERT_IN_CHAIN: refused('ERR_UNAVAILABLE'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: refused('ERR_UNAVAILABLE'),
  ERR_TLS_CERT_ALTNAME_INVALID: refused('ERR_UNAVAILABLE'),
};

const unknown: Classification = { code: 'ERR_UNKNOWN', retry: 'never', outcome: 'unknown' };

/** What the status of an answer means whose error has a name that is not in the table. */
function byStatus(status: number): Classification {
  if (status === 401) return notLoggedIn;
  if (status === 403) return refused('ERR_PERMISSION_DENIED');
  if (status === 413) return ourFault;
  if (status === 429) return passing('ERR_THROTTLED');
  if (status >= 500) return doubtful('ERR_UNAVAILABLE');
  return status >= 400 ? { ...unknown, outcome: 'none' } : unknown;
}

/** What an answer means that KMS does not give: whatever sent it. A 2xx may still be KMS's own, cut on its way. */
function unexpected({ status, retryAfterMs }: UnexpectedAnswer): Classification {
  if (status === 429) return withPause(passing('ERR_THROTTLED'), retryAfterMs);
  if (status !== undefined && status >= 300 && status < 500) return refused('ERR_UNAVAILABLE');
  return withPause(doubtful('ERR_UNAVAILABLE'), retryAfterMs);
}

function withPause(meaning: Classification, retryAfterMs: number | undefined): Classification {
  return retryAfterMs === undefined ? meaning : { ...meaning, retryAfterMs };
}

/** What is looked at of an error of the SDK. */
export interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?:
    | { readonly httpStatusCode?: unknown; readonly clockSkewCorrected?: unknown }
    | undefined;
  readonly $retryable?: { readonly throttling?: unknown } | undefined;
  readonly $response?: { readonly headers?: Readonly<Record<string, unknown>> } | undefined;
}

/** The longest pause that a Retry-After is believed: beyond an hour something else is wrong. */
const maxRetryAfterMs = 3_600_000;

/** The `Retry-After` of the answer in milliseconds; RFC 9110 also allows a date, which KMS does not send. */
export function retryAfterOf({ $response }: SdkError): number | undefined {
  const headers = $response?.headers;
  if (typeof headers !== 'object' || headers === null) return undefined;
  const text = Object.entries(headers).find(([name]) => name.toLowerCase() === 'retry-after')?.[1];
  if (typeof text !== 'string' || !/^[0-9]{1,6}$/.test(text)) return undefined;
  return Math.min(Number(text) * 1000, maxRetryAfterMs);
}

function own<Value>(table: Readonly<Record<string, Value>>, name: unknown): Value | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
}

function meaningOf(error: SdkError): Classification {
  // The SDK has set its clock by the answer: the next request has the right time.
  if (error.$metadata?.clockSkewCorrected === true) return passing('ERR_UNAUTHENTICATED');
  const byCode = own(networkCodes, error.code);
  if (byCode !== undefined) return byCode;
  const byName = own(errorNames, error.name);
  if (byName !== undefined) return byName;
  const status = error.$metadata?.httpStatusCode;
  if (error.$retryable?.throttling === true) return passing('ERR_THROTTLED');
  return typeof status === 'number' ? byStatus(status) : unknown;
}

/** Whether the answer to an operation with the ciphertext of a caller may say no more than that it does not decrypt. */
const decrypting: ReadonlySet<string> = new Set(['decrypt', 'unwrapKey']);

/** Tells what an error of the SDK means. */
export function classify(error: unknown, at?: Pick<ErrorPlace, 'operation'>): Classification {
  if (typeof error !== 'object' || error === null) return unknown;
  if (error instanceof UnexpectedAnswer) return unexpected(error);
  const meaning = meaningOf(error);
  // KMS refuses a ciphertext that is too short or too long as a malformed request.
  if (meaning === ourFault && at !== undefined && decrypting.has(at.operation)) {
    return refused('ERR_INTEGRITY');
  }
  return meaning.retry === 'safe' ? withPause(meaning, retryAfterOf(error)) : meaning;
}
