import type { Connection } from './connection.ts';
import { lostSession, lostToken, staleHandle, toFailure } from './failures.ts';
import { type Job, type JobName, jobs } from './jobs.ts';
import { fromWire } from './wire-request.ts';
import type { LoginRequests } from './login-requests.ts';
import { NativeSession } from './native-session.ts';
import { invalidRequest } from './refusal.ts';
import { isTokenError } from './return-values.ts';
import {
  type FromWorker,
  type JobBatch,
  jobStates,
  outcomes,
  type ToWorker,
  type WorkerStart,
} from './wire.ts';

/** Answers are told together, but not later than this after the first of them, in milliseconds. */
const answersWithin = 2;

/** CKR_SESSION_COUNT */
const sessionCount = 0xb1;

interface QueuedJob {
  readonly place: number;
  readonly name: JobName;
  readonly request: { readonly key?: unknown };
  again: boolean;
}

/** How a worker and its pool hear of each other. */
export interface LoopPort {
  readonly tell: (message: FromWorker) => void;
  /** The next message, if one is there already. */
  readonly more: () => ToWorker | undefined;
  readonly requests: LoginRequests;
}

/** Runs the jobs of a worker, one after the other. */
export class JobLoop {
  readonly #connection: Connection;
  readonly #session: NativeSession;
  readonly #states: Int32Array;
  readonly #tell: (message: FromWorker) => void;
  readonly #more: () => ToWorker | undefined;
  readonly #requests: LoginRequests;
  #queue: QueuedJob[] = [];
  #next = 0;
  #busy = false;
  #answers: unknown[] = [];
  #answersSince = 0;
  #lastName: JobName | undefined;
  #epoch = 0;
  #ending: { readonly finalise: boolean } | undefined;

  constructor(connection: Connection, start: WorkerStart, { tell, more, requests }: LoopPort) {
    this.#connection = connection;
    this.#session = new NativeSession(connection);
    this.#states = new Int32Array(start.states);
    this.#tell = tell;
    this.#more = more;
    this.#requests = requests;
  }

  /** Takes a message of the pool. */
  take(message: ToWorker): void {
    this.#accept(message);
    if (!this.#busy) this.#drain();
  }

  #accept(message: ToWorker): void {
    if (isBatch(message)) {
      this.#enqueue(message);
      return;
    }
    switch (message.kind) {
      case 'open':
        void this.#open();
        break;
      case 'login':
        this.#requests.granted(message);
        break;
      case 'resetDone':
        this.#requests.resetDone();
        break;
      case 'reset':
        this.#reset();
        break;
      case 'closeSession':
        this.#connection.closeForeignSession(message.handle);
        break;
      case 'end':
        this.#ending = message;
        break;
    }
  }

  #enqueue(batch: JobBatch): void {
    for (let index = 0; index < batch.length; index += 3) {
      const name = batch[index + 1] as JobName;
      const request = fromWire(name, batch[index + 2]);
      this.#queue.push({ place: batch[index] as number, name, request, again: false });
    }
  }

  async #open(): Promise<void> {
    this.#busy = true;
    try {
      await this.#connection.open();
      this.#tell({ kind: 'opened', facts: this.#connection.facts() });
    } catch (error) {
      this.#tell({ kind: 'failed', failure: toFailure(error) });
    }
    this.#drain();
  }

  #reset(): void {
    try {
      this.#connection.reset();
    } catch (error) {
      // The module is not to be had: whoever opens next is told so.
      toFailure(error);
    }
    this.#tell({ kind: 'resetDone' });
  }

  /** Works until nothing is left, or until the session must be opened anew, which takes a while. */
  #drain(): void {
    this.#busy = true;
    for (;;) {
      const job = this.#take();
      if (job === undefined) break;
      // A job of another kind may take much longer than those before it, whose answers must not wait for it.
      if (job.name !== this.#lastName) this.#flush();
      if (this.#connection.session === undefined) {
        void this.#openFor(job);
        return;
      }
      if (!this.#attempt(job)) {
        void this.#openFor(job);
        return;
      }
    }
    this.#flush();
    this.#busy = false;
    if (this.#ending !== undefined) this.#end(this.#ending.finalise);
  }

  /** The next job that has not been recalled. */
  #take(): QueuedJob | undefined {
    for (;;) {
      if (this.#next >= this.#queue.length) {
        this.#queue = [];
        this.#next = 0;
        // Looking is cheaper than a turn of the event loop.
        const message = this.#more();
        if (message === undefined) return undefined;
        this.#accept(message);
        continue;
      }
      const job = this.#queue[this.#next++] as QueuedJob;
      const before = Atomics.compareExchange(this.#states, job.place, jobStates.sent, jobStates.running);
      if (before === jobStates.sent) return job;
      this.#answer(job, outcomes.skipped, undefined);
    }
  }

  async #openFor(job: QueuedJob): Promise<void> {
    this.#flush();
    try {
      await this.#connection.open();
    } catch (error) {
      const crowded = isTokenError(error) && error.ckr === sessionCount && !job.again;
      this.#answer(job, crowded ? outcomes.crowded : outcomes.failed, toFailure(error));
      this.#drain();
      return;
    }
    if (!this.#attempt(job)) {
      await this.#openFor(job);
      return;
    }
    this.#drain();
  }

  /** Runs a job and notes its answer. Gives false where it is to be run once more, on a new session. */
  #attempt(job: QueuedJob): boolean {
    const { key } = job.request;
    const kept = Array.isArray(key);
    this.#epoch = this.#connection.handleEpoch;
    if (kept && key[1] !== this.#epoch) {
      this.#answer(job, outcomes.stale, undefined);
      return true;
    }
    const session = this.#session;
    session.begin(key);
    try {
      if (!Object.hasOwn(jobs, job.name)) throw invalidRequest('There is no job of this name');
      const { run } = jobs[job.name] as Job<unknown, unknown>;
      const value = run(session, job.request);
      this.#answer(job, outcomes.done, value);
    } catch (error) {
      return this.#failed(job, error, kept);
    } finally {
      session.calls.finish();
    }
    return true;
  }

  #failed(job: QueuedJob, error: unknown, kept: boolean): boolean {
    const { changed, mayHaveChanged } = this.#session.calls;
    const ckr = isTokenError(error) ? error.ckr : undefined;
    if (ckr !== undefined && kept && !changed && staleHandle.has(ckr)) {
      this.#answer(job, outcomes.stale, undefined);
      return true;
    }
    const sessionLost = ckr !== undefined && lostSession.has(ckr);
    const tokenLost = ckr !== undefined && lostToken.has(ckr);
    if (sessionLost || tokenLost) this.#connection.lose();
    if (!job.again && !changed && (sessionLost || (tokenLost && !mayHaveChanged))) {
      job.again = true;
      return false;
    }
    this.#answer(job, outcomes.failed, toFailure(error));
    return true;
  }

  #answer(job: QueuedJob, outcome: number, value: unknown): void {
    const now = performance.now();
    if (this.#answers.length === 0) this.#answersSince = now;
    this.#lastName = job.name;
    const found = outcome === outcomes.done ? this.#session.found : undefined;
    this.#answers.push(job.place, outcome, value, found === undefined ? undefined : [found, this.#epoch]);
    if (now - this.#answersSince >= answersWithin) this.#flush();
  }

  #flush(): void {
    if (this.#answers.length === 0) return;
    const answers = this.#answers;
    this.#answers = [];
    this.#tell(answers);
  }

  #end(finalise: boolean): void {
    this.#connection.lose();
    if (finalise) this.#connection.finalise();
    this.#tell({ kind: 'ended' });
    process.exit(0);
  }
}

function isBatch(message: ToWorker): message is JobBatch {
  return Array.isArray(message);
}
