import { aborted, checkOptions, checkSignal } from './arguments.ts';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { invalidArgument, isKeyManagerError } from './errors.ts';
import { isPlainObject } from './names-and-tags.ts';
import type { Poller, PollOperationState, PollOptions } from './poller.ts';
import { shareRequest } from './share-request.ts';

/** Options of the operation that its poller's text carries, so that who resumes need not know them. */
export type PollerStateOptions = Readonly<Record<string, boolean | number | string>>;

/** What tells a long-running operation from others. */
export interface PollerScope {
  /** The method that started it, for example `beginDeleteKey`. */
  readonly operation: string;
  readonly vaultUri: string;
  readonly name: string;
}

/** What a poller asks, and how it waits. */
export interface PollerSource<Result> extends PollerScope {
  /**
   * Asks once; gives undefined while the operation is still running. Throwing means that the operation has
   * failed.
   */
  poll(signal: AbortSignal | undefined): Promise<Result | undefined>;
  /** Waits; must reject when the signal fires. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  random(): number;
  /** Longest first pause in milliseconds. Default 1,000. */
  readonly firstDelayMs?: number | undefined;
  /** Longest pause in milliseconds. Default 30,000. */
  readonly maxDelayMs?: number | undefined;
  /** The result, where the operation was done at once. */
  readonly initial?: Result | undefined;
  readonly options?: PollerStateOptions | undefined;
}

const version = 1;
const growth = 1.5;
const maxStateLength = 8192;

function formatPollerState(scope: PollerScope, options: PollerStateOptions): string {
  const { operation, vaultUri, name } = scope;
  const sorted = Object.fromEntries(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return encodeBase64Url(
    Buffer.from(JSON.stringify({ v: version, operation, vaultUri, name, options: sorted })),
  );
}

/**
 * Options within a text of the right shape; whether the text is the right one is for its caller to compare.
 */
function optionsWithin(text: string): PollerStateOptions | undefined {
  const octets = decodeBase64Url(text);
  if (octets === undefined) return undefined;
  try {
    const state: unknown = JSON.parse(Buffer.from(octets).toString());
    const options = isPlainObject(state) ? state['options'] : undefined;
    if (!isPlainObject(options)) return undefined;
    const scalars = Object.values(options).every((value) =>
      ['boolean', 'number', 'string'].includes(typeof value),
    );
    return scalars ? (options as PollerStateOptions) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Checks the text of a former poller and gives the options with which its operation was started.
 *
 * @throws ERR_INVALID_ARGUMENT where it is damaged, of another version, or of another operation, vault or
 * key.
 */
export function parsePollerState(text: string, expected: PollerScope): PollerStateOptions {
  const options = typeof text === 'string' && text.length <= maxStateLength ? optionsWithin(text) : undefined;
  if (options !== undefined && formatPollerState(expected, options) === text) return options;
  throw invalidArgument('resumeFrom is damaged or belongs to another operation, vault or key');
}

function signalOf(options: PollOptions | undefined): AbortSignal | undefined {
  checkOptions(options, ['signal']);
  return checkSignal(options?.signal);
}

/** What a poller knows, and its one way to learn more. */
function createState<Result>(source: PollerSource<Result>): {
  readonly state: () => PollOperationState<Result>;
  readonly ask: (signal: AbortSignal | undefined) => Promise<void>;
} {
  let state: PollOperationState<Result> =
    source.initial === undefined
      ? { status: 'running', result: undefined, error: undefined }
      : { status: 'succeeded', result: source.initial, error: undefined };

  async function request(signal: AbortSignal): Promise<void> {
    try {
      const result = await source.poll(signal);
      if (result !== undefined) state = { status: 'succeeded', result, error: undefined };
    } catch (error) {
      // Giving up the asking says nothing about the operation.
      const givenUp = signal.aborted || (isKeyManagerError(error) && error.code === 'ERR_ABORTED');
      if (state.status === 'running' && !givenUp) state = { status: 'failed', result: undefined, error };
      throw error;
    }
  }

  return { state: () => state, ask: shareRequest(request) };
}

/**
 * Makes the poller of a long-running operation.
 *
 * An error of the source is the operation's: the poller has failed, and `poll`, `pollUntilDone` and
 * `getResult` throw it. So the source does its own repeating of what fails in passing. Aborting is no
 * failure: the caller whose signal fired gets `ERR_ABORTED`, other callers go on, and the request to the
 * vault is given up only when nobody waits for it.
 *
 * `pollUntilDone` asks at once, then after pauses that grow by half from `firstDelayMs` to `maxDelayMs`, each
 * shortened by up to a quarter at random.
 */
export function createPoller<Result>(source: PollerSource<Result>): Poller<Result> {
  const { state, ask } = createState(source);
  const text = formatPollerState(source, source.options ?? {});

  function result(): Result | undefined {
    const { status, error, result: found } = state();
    if (status === 'failed') throw error;
    return found;
  }

  async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await source.sleep(milliseconds, signal);
    } catch (error) {
      throw signal?.aborted === true ? aborted(signal) : error;
    }
  }

  async function poll(options?: PollOptions): Promise<void> {
    const signal = signalOf(options);
    if (state().status === 'running') await ask(signal);
    else result();
  }

  async function pollUntilDone(options?: PollOptions): Promise<Result> {
    const longest = source.maxDelayMs ?? 30_000;
    let delay = Math.min(source.firstDelayMs ?? 1000, longest);
    for (;;) {
      await poll(options);
      const done = result();
      if (done !== undefined) return done;
      await pause(delay * (1 - source.random() / 4), signalOf(options));
      delay = Math.min(delay * growth, longest);
    }
  }

  return {
    poll,
    pollUntilDone,
    isDone: () => state().status !== 'running',
    getResult: result,
    getOperationState: state,
    toString: () => text,
  };
}
