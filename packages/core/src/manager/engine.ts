import { aborted } from '../arguments.ts';
import { isUndone } from '../before-any-change.ts';
import type { Capabilities, CapabilityAnswer, CapabilityQuery } from '../capabilities.ts';
import { isKeyManagerError, KeyManagerError, located } from '../errors.ts';
import type {
  Classification,
  CryptographyMethod,
  EpochSeconds,
  ErrorPlace,
  KeyDriver,
} from '../key-driver.ts';
import { observe } from '../observe.ts';
import { operationRows } from '../operations.ts';
import type { Operation } from '../operations.ts';
import { mayHaveHappened, mayRepeat, pauseBefore } from '../retry.ts';
import type { ResolvedSettings } from '../settings.ts';
import { Deadlines } from './deadlines.ts';
import { DriverCall } from './driver-call.ts';

/** A request to the driver that ended badly. */
export interface Failure {
  readonly error: KeyManagerError;
  readonly classification: Classification;
  /** Attempts made, this one included. */
  readonly attempts: number;
}

/** How a request is made and what follows a failure. */
export interface InvokeOptions<Result> {
  readonly signal?: AbortSignal | undefined;
  readonly requestId?: string | undefined;
  /** A reading step of an operation that changes something: may be repeated. */
  readonly reads?: boolean | undefined;
  /** The vault gives the first result to a repeated request id: the request may be repeated with the same one. */
  readonly replayed?: boolean | undefined;
  /** A change that may have happened: finds out by reading, or throws. Never called after an abort. */
  readonly settle?: ((failure: Failure) => Promise<Result>) | undefined;
  /** Looks at a final failure and gives the result after all, or throws what the caller should see. */
  readonly explain?: ((failure: Failure) => Promise<Result>) | undefined;
}

const codesNotFromTheVault: ReadonlySet<string> = new Set(['ERR_ABORTED', 'ERR_CLOSED']);

/** What all families of operations share: the open state, the clock, and the one way to ask the driver. */
export class Engine {
  readonly driver: KeyDriver;
  readonly settings: ResolvedSettings;
  readonly #deadlines = new Deadlines();
  #closing: Promise<void> | undefined;
  #running = 0;
  #whenIdle: (() => void) | undefined;

  constructor(driver: KeyDriver, settings: ResolvedSettings) {
    this.driver = driver;
    this.settings = settings;
  }

  get capabilities(): Capabilities {
    return this.driver.capabilities;
  }

  /** The current second. */
  now(): EpochSeconds {
    return Math.floor(this.settings.clock() / 1000);
  }

  /** Runs one operation of the contract: refuses after `close`, counts as running, is observed, and locates its errors. */
  async perform<Result>(
    operation: Operation,
    keyId: string | undefined,
    algorithm: string | undefined,
    run: () => Promise<Result>,
  ): Promise<Result> {
    const { provider } = this.driver;
    if (this.#closing !== undefined) {
      throw new KeyManagerError('ERR_CLOSED', 'The key manager is closed', { provider, operation, keyId });
    }
    this.#running++;
    try {
      return await observe(operation, provider, keyId, algorithm, run);
    } catch (error) {
      throw isKeyManagerError(error) ? located(error, { provider, operation, keyId }) : error;
    } finally {
      if (--this.#running === 0) this.#whenIdle?.();
    }
  }

  /** Refuses what the capabilities do not offer, before anything is sent. */
  require(query: CapabilityQuery): CapabilityAnswer {
    const answer = this.capabilities.supports(query);
    if (answer.support !== 'unsupported') return answer;
    const reason = answer.reason ?? `${query.operation} is not supported`;
    const hint = answer.alternative === undefined ? '' : `; instead: ${answer.alternative}`;
    throw new KeyManagerError('ERR_UNSUPPORTED', `${reason}${hint}`, { alternative: answer.alternative });
  }

  /** Refuses members of a request that the driver's capabilities do not name. */
  requireMembers(operation: Operation, given: readonly string[]): void {
    const known = this.capabilities.members[operation] ?? [];
    for (const member of given) {
      if (!known.includes(member)) {
        throw new KeyManagerError(
          'ERR_UNSUPPORTED',
          `This vault's provider does not know ${member} of ${operation}`,
        );
      }
    }
  }

  /** Asks the driver, repeats what may be repeated, and explains what finally failed. */
  async invoke<Request, Result>(
    at: ErrorPlace,
    method: CryptographyMethod<Request, Result> | undefined,
    request: Request,
    options: InvokeOptions<Result> = {},
  ): Promise<Result> {
    if (method === undefined)
      throw new KeyManagerError('ERR_UNSUPPORTED', `This vault does not offer ${at.operation}`);
    const started = this.settings.clock();
    const deadline = started + this.settings.timeout;
    const idempotent =
      options.reads === true || options.replayed === true || operationRows[at.operation].idempotent;
    // What an earlier attempt may have done stays in doubt, however a later one fails.
    let inDoubt = false;
    for (let attempts = 1; ; attempts++) {
      try {
        return await this.#attempt(
          method,
          request,
          deadline,
          attempts === 1 ? started : this.settings.clock(),
          options,
        );
      } catch (error) {
        const failure = this.#fail(error, at, attempts, idempotent);
        inDoubt ||= mayHaveHappened(failure.classification);
        if (await this.#pauses(failure, idempotent, deadline, options.signal)) continue;
        return conclude(failure, inDoubt, at, options);
      }
    }
  }

  #attempt<Request, Result>(
    method: CryptographyMethod<Request, Result>,
    request: Request,
    deadline: number,
    now: number,
    options: InvokeOptions<Result>,
  ): Promise<Result> | Result {
    const { signal } = options;
    if (signal?.aborted === true) throw aborted(signal);
    const call = new DriverCall(deadline, options.requestId, Math.floor(now / 1000), signal);
    return call.within(deadline - now, this.#deadlines, method, request);
  }

  /** Waits before a repetition; false where there is none. */
  async #pauses(
    failure: Failure,
    idempotent: boolean,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (failure.attempts >= this.settings.maxAttempts) return false;
    if (!mayRepeat(failure.classification, idempotent)) return false;
    const pause = pauseBefore(failure.attempts, this.settings, failure.classification.retryAfterMs);
    if (this.settings.clock() + pause >= deadline) return false;
    try {
      await this.settings.sleep(pause, signal);
    } catch (error) {
      throw signal?.aborted === true ? aborted(signal) : error;
    }
    return true;
  }

  #fail(error: unknown, at: ErrorPlace, attempts: number, idempotent: boolean): Failure {
    const meaning = classify(this.driver, error, at);
    const classification = isUndone(error) ? ({ ...meaning, outcome: 'none' } as const) : meaning;
    const { code, retryAfterMs } = classification;
    const location = { provider: this.driver.provider, operation: at.operation, keyId: at.keyId };
    const retryable = mayRepeat(classification, idempotent);
    if (isKeyManagerError(error)) {
      // Only here is it known whether the operation that took too long may be repeated.
      const told = error.code === 'ERR_TIMEOUT' && retryable ? repeatable(error) : error;
      return { error: located(told, location), classification, attempts };
    }
    const earliest =
      classification.earliest === undefined ? undefined : new Date(classification.earliest * 1000);
    return {
      error: new KeyManagerError(code, messages[code] ?? `The vault failed at ${at.step}`, {
        ...location,
        retryable,
        retryAfterMs,
        earliest,
        cause: error,
      }),
      classification,
      attempts,
    };
  }

  /** Waits for what runs, then closes the driver. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    await this.driver.close();
  }
}

function repeatable({ code, message, cause }: KeyManagerError): KeyManagerError {
  return new KeyManagerError(code, message, { retryable: true, ...(cause === undefined ? {} : { cause }) });
}

/** What the vendor's error means; a driver that cannot tell, or throws, means unknown. */
function classify(driver: KeyDriver, error: unknown, at: ErrorPlace): Classification {
  if (isKeyManagerError(error)) {
    const retry = error.code === 'ERR_TIMEOUT' || error.retryable ? 'safe' : 'never';
    return { code: error.code, retry, retryAfterMs: error.retryAfterMs };
  }
  try {
    return driver.classify(error, at);
  } catch {
    return { code: 'ERR_UNKNOWN', retry: 'never' };
  }
}

async function conclude<Result>(
  failure: Failure,
  inDoubt: boolean,
  at: ErrorPlace,
  options: InvokeOptions<Result>,
): Promise<Result> {
  const { error } = failure;
  if (codesNotFromTheVault.has(error.code)) throw error;
  const makesVersion = operationRows[at.operation].makesVersion && options.reads !== true;
  if (makesVersion && inDoubt && options.settle !== undefined) return options.settle(failure);
  if (options.explain !== undefined) return options.explain(failure);
  throw error;
}

/** What the codes mean to the reader of a message; the vendor's own text stays in `cause`. */
const messages: Readonly<Record<string, string>> = {
  ERR_KEY_NOT_FOUND: 'There is no such key or version',
  ERR_KEY_EXISTS: 'The name is in use',
  ERR_KEY_DELETED: 'The name belongs to a deleted key: recover or purge it first',
  ERR_KEY_DISABLED: 'The key is disabled',
  ERR_KEY_NOT_YET_VALID: 'The key is not valid yet',
  ERR_KEY_EXPIRED: 'The key is expired',
  ERR_KEY_NOT_READY: 'The vault is still making this version',
  ERR_OPERATION_NOT_PERMITTED: 'The key does not allow this operation',
  ERR_CONFLICT: "The key's state contradicts the request",
  ERR_PERMISSION_DENIED: 'The vault does not allow this to the caller',
  ERR_UNAUTHENTICATED: "The vault did not accept the caller's credentials",
  ERR_UNSUPPORTED: 'The vault cannot do this',
  ERR_INTEGRITY: 'The data is damaged, forged or was made with another key',
  ERR_THROTTLED: 'The vault asks for fewer requests',
  ERR_QUOTA_EXCEEDED: 'A limit of the vault is reached',
  ERR_UNAVAILABLE: 'The vault cannot be reached or failed',
  ERR_TIMEOUT: 'The vault did not answer within the time allowed',
  ERR_UNKNOWN: 'The vault answered with an error that is not known here',
};
