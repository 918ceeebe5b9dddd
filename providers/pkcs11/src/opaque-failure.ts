import { integrityError } from '@keyway/core/driver';
import { classify } from './classify.ts';
import { isTokenError } from './token/return-values.ts';

/**
 * The error of a decryption or unwrapping, which says no more than that it failed: which return value it was tells an
 * attacker about the padding. It has no cause for the same reason.
 */
function opaqueFailure(error: unknown): unknown {
  if (!isTokenError(error)) return error;
  return classify(error, { operation: 'decrypt' }).code === 'ERR_INTEGRITY' ? integrityError() : error;
}

/** Runs a decryption or unwrapping. @throws ERR_INTEGRITY whatever is wrong with what was given. */
export async function opaquely<Answer>(run: Promise<Answer>): Promise<Answer> {
  try {
    return await run;
  } catch (error) {
    throw opaqueFailure(error);
  }
}
