/** Somebody who waits for an answer until a moment (by `performance.now()`). */
export interface Waiting {
  readonly until: number;
  /** Called once, when the moment has passed. */
  expire(): void;
  /** The neighbours in the list of those who wait; only {@link Deadlines} touches them. */
  before: Waiting | undefined;
  after: Waiting | undefined;
}

/**
 * One timer for all who wait. Most answers of a vault in this process come before any timer could fire: so none is made
 * before the event loop has turned once with somebody still waiting. Who waits is in a linked list: a `Set` that always
 * gets another member costs more than the rest of a call.
 */
export class Deadlines {
  #first: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #looking = false;

  add(waiting: Waiting): void {
    waiting.after = this.#first;
    if (this.#first !== undefined) this.#first.before = waiting;
    this.#first = waiting;
    if (this.#looking || waiting.until >= this.#armedFor) return;
    this.#looking = true;
    setImmediate(() => {
      this.#looking = false;
      this.#arm();
    });
  }

  delete(waiting: Waiting): void {
    const { before, after } = waiting;
    if (before === undefined && this.#first !== waiting) return;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after !== undefined) after.before = before;
    waiting.before = undefined;
    waiting.after = undefined;
    if (this.#first === undefined && this.#timer !== undefined) this.#disarm();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    this.#disarm();
    if (this.#first === undefined) return;
    for (let waiting: Waiting | undefined = this.#first; waiting !== undefined; waiting = waiting.after) {
      this.#armedFor = Math.min(this.#armedFor, waiting.until);
    }
    // A timer may fire a fraction of a millisecond early.
    const pause = Math.max(1, Math.ceil(this.#armedFor - performance.now()));
    this.#timer = setTimeout(() => this.#expire(), pause);
  }

  #expire(): void {
    const now = performance.now();
    const late: Waiting[] = [];
    for (let waiting = this.#first; waiting !== undefined; waiting = waiting.after) {
      if (waiting.until <= now) late.push(waiting);
    }
    for (const waiting of late) {
      this.delete(waiting);
      waiting.expire();
    }
    this.#arm();
  }
}
