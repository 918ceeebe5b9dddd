import { isKeyManagerError, KeyManagerError } from '@keyway/core/driver';
import type { KeyManagerErrorCode } from '@keyway/core/driver';
import { classify } from './classify.ts';

/** What opening and the operations beside the contract say; what the token said stays in `cause`. */
const messages: Readonly<Partial<Record<KeyManagerErrorCode, string>>> = {
  ERR_UNAUTHENTICATED: 'The token did not accept the PIN, or wants one; it is not tried again',
  ERR_PERMISSION_DENIED: 'The token does not allow this to the user',
  ERR_UNAVAILABLE: 'The token cannot be reached or failed',
  ERR_QUOTA_EXCEEDED: 'The token has no room or no session left',
};

/** An error as core would tell it, for what core does not run: opening, and operations of this provider alone. */
export function translateError(error: unknown, operation: string): KeyManagerError {
  if (isKeyManagerError(error)) return error;
  const { code, retry } = classify(error, { operation: 'getKey' });
  return new KeyManagerError(code, messages[code] ?? 'The token failed', {
    provider: 'pkcs11',
    operation,
    retryable: retry === 'safe',
    cause: error,
  });
}
