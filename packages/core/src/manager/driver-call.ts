import { aborted } from '../arguments.ts';
import { hasOnlyRead, markUndone } from '../before-any-change.ts';
import { KeyManagerError } from '../errors.ts';
import type { Call, Cancellation, CryptographyMethod } from '../key-driver.ts';
import type { Deadlines, Waiting } from './deadlines.ts';

/** One request to a driver: its deadline, its signal (made on first use) and the waiting for its answer. */
export class DriverCall implements Call, Waiting {
  readonly deadline: number;
  readonly requestId: string | undefined;
  readonly now: number;
  until = 0;
  before: Waiting | undefined = undefined;
  after: Waiting | undefined = undefined;
  readonly #caller: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #cancellation: { aborted: boolean; reason: unknown; onabort: (() => void) | null } | undefined;
  #over: KeyManagerError | undefined;
  #reject: ((error: KeyManagerError) => void) | undefined;

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

  get cancellation(): Cancellation {
    const over = this.#over;
    return (this.#cancellation ??= { aborted: over !== undefined, reason: over, onabort: null });
  }

  /**
   * Gives the answer, or rejects as soon as the caller aborts or the time is up, even if the driver goes on. An answer that is
   * there at once needs no waiting, which would be felt beside a signature of 30 µs.
   */
  within<Request, Result>(
    milliseconds: number,
    deadlines: Deadlines,
    method: CryptographyMethod<Request, Result>,
    request: Request,
  ): Promise<Result> | Result {
    this.until = performance.now() + milliseconds;
    const answer = method(request, this);
    return answer instanceof Promise || isThenable(answer) ? this.#wait(answer, deadlines) : answer;
  }

  /** By hand, since each async function in between would be felt, too. */
  #wait<Result>(answer: PromiseLike<Result>, deadlines: Deadlines): Promise<Result> {
    const caller = this.#caller;
    const onAbort = caller === undefined ? undefined : (): void => this.#giveUp(aborted(caller));
    return new Promise<Result>((resolve, reject) => {
      const over = (): void => {
        deadlines.delete(this);
        if (onAbort !== undefined) caller?.removeEventListener('abort', onAbort);
      };
      const fail = (error: unknown): void => {
        over();
        reject(error);
      };
      this.#reject = fail;
      deadlines.add(this);
      if (onAbort !== undefined) caller?.addEventListener('abort', onAbort, { once: true });
      const succeed = (given: Result): void => {
        over();
        resolve(given);
      };
      Promise.resolve(answer).then(succeed, fail);
      // The caller may have aborted while the method began.
      if (caller?.aborted === true) onAbort?.();
    });
  }

  /** The time is up. */
  expire(): void {
    this.#giveUp(new KeyManagerError('ERR_TIMEOUT', 'The vault did not answer within the time allowed'));
  }

  #giveUp(error: KeyManagerError): void {
    this.#over = error;
    if (hasOnlyRead(this)) markUndone(error);
    this.#controller?.abort(error);
    this.#cancel(error);
    this.#reject?.(error);
  }

  #cancel(reason: KeyManagerError): void {
    const cancellation = this.#cancellation;
    if (cancellation === undefined || cancellation.aborted) return;
    Object.assign(cancellation, { aborted: true, reason });
    cancellation.onabort?.();
  }
}

function isThenable(answer: unknown): answer is PromiseLike<never> {
  return (
    typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function'
  );
}
