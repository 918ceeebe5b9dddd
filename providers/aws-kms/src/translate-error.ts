import { isKeyManagerError, KeyManagerError } from '@keyway/core/driver';
import type { KeyManagerErrorCode } from '@keyway/core/driver';
import { classify } from './classify.ts';

/** What opening and the operations beside the contract say; the text of KMS stays in `cause`. */
const messages: Readonly<Partial<Record<KeyManagerErrorCode, string>>> = {
  ERR_UNAUTHENTICATED: 'There are no credentials, or KMS does not accept them',
  ERR_PERMISSION_DENIED: 'KMS does not allow this to the caller',
  ERR_UNAVAILABLE: 'KMS cannot be reached at the endpoint of this region, or something else answers there',
  ERR_THROTTLED: 'KMS asks for fewer requests',
  ERR_INVALID_ARGUMENT: 'KMS does not accept the request',
  ERR_KEY_NOT_FOUND: 'There is no such key or version',
  ERR_ABORTED: 'The operation was aborted by its signal',
};

/** An error of the SDK as core would tell it, for what core does not run: opening, and operations of this provider alone. */
export function translateError(error: unknown, operation: string, keyId?: string): KeyManagerError {
  if (isKeyManagerError(error)) return error;
  const { code, retry, retryAfterMs } = classify(error);
  return new KeyManagerError(code, messages[code] ?? 'KMS failed', {
    provider: 'aws-kms',
    operation,
    keyId,
    retryable: retry === 'safe',
    retryAfterMs,
    cause: error,
  });
}
