/** Somebody who waits for an answer until a moment (by `performance.now()`). */
export interface Waiting {
  readonly until: number;
  /** Called once, when the moment has passed. */
  expire(): void;
}

/**
 * One timer for all who wait. Most answers of a vault in this process come before any timer could fire: so none is made
 * before the event loop has turned once with somebody still waiting.
 */
export class Deadlines {
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #looking = false;

  add(waiting: Waiting): void {
    this.#waiting.add(waiting);
    if (this.#looking || waiting.until >= this.#armedFor) return;
    this.#looking = true;
    setImmediate(() => {
      this.#looking = false;
      this.#arm();
    });
  }

  delete(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    if (this.#waiting.size === 0 && this.#timer !== undefined) this.#disarm();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    this.#disarm();
    if (this.#waiting.size === 0) return;
    for (const { until } of this.#waiting) this.#armedFor = Math.min(this.#armedFor, until);
    // A timer may fire a fraction of a millisecond early.
    const pause = Math.max(1, Math.ceil(this.#armedFor - performance.now()));
    this.#timer = setTimeout(() => this.#expire(), pause);
  }

  #expire(): void {
    const now = performance.now();
    for (const waiting of this.#waiting) {
      if (waiting.until > now) continue;
      this.#waiting.delete(waiting);
      waiting.expire();
    }
    this.#arm();
  }
}
