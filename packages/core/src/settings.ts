import { aborted, checkOptions } from './arguments.ts';
import { invalidArgument } from './errors.ts';

/** How core repeats what failed in passing. */
export interface RetrySettings {
  /** Attempts in all, the first included. Default 4; 1 never repeats. */
  readonly maxAttempts?: number | undefined;
  /** Milliseconds before the second attempt, doubled for each further one, with full jitter. Default 100. */
  readonly baseDelay?: number | undefined;
  /** Longest pause in milliseconds; a longer Retry-After of the vault is honoured. Default 10,000. */
  readonly maxDelay?: number | undefined;
}

/** Settings of a `KeyManager`, the same for every vault. */
export interface KeyManagerSettings {
  /** Accept only portable names (default true); false also accepts what this vault alone can name. */
  readonly strictNames?: boolean | undefined;
  /** How old, in milliseconds, the known state of a key may be when it is used. Default 300,000; 0 reads each time. */
  readonly stateTtl?: number | undefined;
  /** Milliseconds after which a call that was not answered ends as `ERR_TIMEOUT`, repetitions included. Default 60,000. */
  readonly timeout?: number | undefined;
  readonly retry?: RetrySettings | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Waits; must reject when the signal fires. */
  readonly sleep?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined;
  /** A number from 0 (inclusive) to 1 (exclusive), for jitter only. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Settings with every default filled in. */
export interface ResolvedSettings {
  readonly strictNames: boolean;
  readonly stateTtl: number;
  readonly timeout: number;
  readonly maxAttempts: number;
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly clock: () => number;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

/** The names of all settings; an opener splits its options by them. */
export const settingNames: readonly (keyof KeyManagerSettings)[] = [
  'strictNames',
  'stateTtl',
  'timeout',
  'retry',
  'clock',
  'sleep',
  'random',
];

function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      clearTimeout(timer);
      reject(aborted(signal as AbortSignal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', giveUp);
      resolve();
    }, milliseconds);
    if (signal?.aborted === true) giveUp();
    else signal?.addEventListener('abort', giveUp, { once: true });
  });
}

function atLeast(value: number | undefined, standard: number, minimum: number, what: string): number {
  const number = value ?? standard;
  if (typeof number !== 'number') throw new TypeError(`${what} must be a number`);
  if (!(number >= minimum)) throw invalidArgument(`${what} must be at least ${minimum}`);
  return number;
}

/** Checks settings and fills in the defaults. */
export function resolveSettings(settings: KeyManagerSettings = {}): ResolvedSettings {
  checkOptions(settings, settingNames, 'settings');
  const retry = settings.retry ?? {};
  checkOptions(retry, ['maxAttempts', 'baseDelay', 'maxDelay'], 'settings.retry');
  return {
    strictNames: settings.strictNames ?? true,
    stateTtl: atLeast(settings.stateTtl, 300_000, 0, 'stateTtl'),
    timeout: atLeast(settings.timeout, 60_000, 1, 'timeout'),
    maxAttempts: atLeast(retry.maxAttempts, 4, 1, 'retry.maxAttempts'),
    baseDelay: atLeast(retry.baseDelay, 100, 0, 'retry.baseDelay'),
    maxDelay: atLeast(retry.maxDelay, 10_000, 0, 'retry.maxDelay'),
    clock: settings.clock ?? Date.now,
    sleep: settings.sleep ?? sleepFor,
    random: settings.random ?? Math.random,
  };
}
