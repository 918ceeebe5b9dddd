import { aborted } from '../arguments.ts';
import { KeyManagerError } from '../errors.ts';
import type { Call } from '../key-driver.ts';
import type { Deadlines } from './deadlines.ts';

/** One request to a driver: its deadline, its signal (made on first use) and the waiting for its answer. */
export class DriverCall implements Call {
  readonly deadline: number;
  readonly requestId: string | undefined;
  readonly now: number;
  readonly #caller: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #over: unknown;

  constructor(deadline: number, requestId: string | undefined, now: number, caller: AbortSignal | undefined) {
    this.deadline = deadline;
    this.requestId = requestId;
    this.now = now;
    this.#caller = caller;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#over !== undefined) this.#controller.abort(this.#over);
    }
    return this.#controller.signal;
  }

  /** Gives the answer, or rejects as soon as the caller aborts or the time is up, even if the driver goes on. */
  within<Result>(
    milliseconds: number,
    deadlines: Deadlines,
    start: (call: Call) => Promise<Result>,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const caller = this.#caller;
      const giveUp = (error: KeyManagerError): void => {
        done();
        this.#over = error;
        this.#controller?.abort(error);
        reject(error);
      };
      const onAbort = (): void => giveUp(aborted(caller as AbortSignal));
      const waiting = {
        until: performance.now() + milliseconds,
        expire: () =>
          giveUp(new KeyManagerError('ERR_TIMEOUT', 'The vault did not answer within the time allowed')),
      };
      const done = (): void => {
        deadlines.delete(waiting);
        caller?.removeEventListener('abort', onAbort);
      };
      deadlines.add(waiting);
      caller?.addEventListener('abort', onAbort, { once: true });
      startSafely(start, this).then(
        (result) => {
          done();
          resolve(result);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
    });
  }
}

/** A driver method that throws instead of rejecting is treated as one that rejects. */
function startSafely<Result>(start: (call: Call) => Promise<Result>, call: Call): Promise<Result> {
  try {
    return Promise.resolve(start(call));
  } catch (error) {
    return Promise.reject(error);
  }
}
