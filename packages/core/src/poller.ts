/** How far a long-running operation is. */
export interface PollOperationState<Result> {
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly result: Result | undefined;
  readonly error: unknown;
}

/** How to wait for a long-running operation. */
export interface PollOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A long-running operation that has been started. */
export interface Poller<Result> {
  /** Asks the vault once. Two callers polling at once share one request. */
  poll(options?: PollOptions): Promise<void>;
  /** Asks with growing pauses until done. Aborting stops the waiting, not the operation. */
  pollUntilDone(options?: PollOptions): Promise<Result>;
  isDone(): boolean;
  /** The result, where done; undefined before. Throws the operation's error where it failed. */
  getResult(): Result | undefined;
  getOperationState(): PollOperationState<Result>;
  /** Text from which another process can go on, as `resumeFrom` of the method that started it. Not secret. */
  toString(): string;
}
