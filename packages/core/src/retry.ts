import type { KeyManagerErrorCode } from './errors.ts';
import type { Classification } from './key-driver.ts';
import type { ResolvedSettings } from './settings.ts';

const doubtful: ReadonlySet<KeyManagerErrorCode> = new Set([
  'ERR_UNAVAILABLE',
  'ERR_TIMEOUT',
  'ERR_ABORTED',
  'ERR_UNKNOWN',
  'ERR_OUTCOME_UNKNOWN',
]);

/** Whether the vault may have carried out what failed. */
export function mayHaveHappened(classification: Pick<Classification, 'code' | 'outcome'>): boolean {
  return (classification.outcome ?? (doubtful.has(classification.code) ? 'unknown' : 'none')) === 'unknown';
}

/** Whether repeating can succeed and changes nothing twice. */
export function mayRepeat(classification: Classification, idempotent: boolean): boolean {
  return classification.retry === 'safe' && (idempotent || !mayHaveHappened(classification));
}

/**
 * The pause before the next attempt in milliseconds: exponential with full jitter, or the vault's Retry-After with a
 * tenth of jitter on top, so that callers who were told the same moment do not come back together.
 *
 * @param attempt The number of attempts made so far, from 1.
 */
export function pauseBefore(
  attempt: number,
  settings: Pick<ResolvedSettings, 'baseDelay' | 'maxDelay' | 'random'>,
  retryAfterMs: number | undefined,
): number {
  if (retryAfterMs !== undefined) return Math.ceil(retryAfterMs * (1 + settings.random() / 10));
  return settings.random() * Math.min(settings.maxDelay, settings.baseDelay * 2 ** (attempt - 1));
}
