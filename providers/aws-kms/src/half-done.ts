import { isKeyManagerError, KeyManagerError } from '@keyway/core/driver';
import type { KeyManagerErrorCode } from '@keyway/core/driver';
import { classify } from './classify.ts';
import { translateError } from './translate-error.ts';

/** What finishes a flow that has stopped where nothing is taken back any more, by the flow's name. */
const finishers: Readonly<Record<string, string>> = {
  'make-version': 'the same call with the same requestId, or the next change of the key',
  'next-material': 'the same call with the same requestId, or the next version of the key',
  'finish-material': 'the same call, or the next version of the key',
  delete: 'beginDeleteKey, or beginRecoverDeletedKey to take it back',
  recover: 'beginRecoverDeletedKey',
  adopt: 'adoptKey, or the next change of the key',
};

/** Refusals that last until somebody does something about them; others end by themselves, or are dealt with by the flows. */
const lasting: ReadonlySet<KeyManagerErrorCode> = new Set([
  'ERR_PERMISSION_DENIED',
  'ERR_UNAUTHENTICATED',
  'ERR_QUOTA_EXCEEDED',
  'ERR_UNSUPPORTED',
]);

/** The error of a flow that is half done, with what finishes it. An error that is not for its caller to deal with stays. */
export function halfDone(flow: string, error: unknown): unknown {
  const finisher = finishers[flow];
  if (finisher === undefined || isKeyManagerError(error) || !lasting.has(classify(error).code)) return error;
  const { code, message, cause } = translateError(error, flow);
  return new KeyManagerError(code, `${message}: the change is half done, and ${finisher} finishes it`, {
    alternative: finisher,
    cause,
  });
}
