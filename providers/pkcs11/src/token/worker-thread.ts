import { Worker } from 'node:worker_threads';
import type { PendingJob } from './pending-job.ts';
import type { LoginCandidate, LoginOutcome } from './pin-login.ts';
import { type AnswerBatch, type FromWorker, jobStates, type ToWorker, type WorkerStart } from './wire.ts';

/** Jobs that a worker may hold at once. */
const places = 64;
/** As much work a worker is given ahead, in milliseconds: enough to be busy until more can come. */
const workAhead = 4;
/** As many jobs at least: while one is asked for whose answer is slow to come, the next ones are there. */
const jobsAhead = 4;

/** What the pool hears of a worker. */
export interface ThreadEvents {
  readonly answers: (thread: WorkerThread, batch: AnswerBatch) => void;
  readonly message: (thread: WorkerThread, message: Exclude<FromWorker, AnswerBatch>) => void;
  /** It has ended, wanted or not. */
  readonly exited: (thread: WorkerThread) => void;
}

const inSource = import.meta.url.endsWith('.ts');
const entry = new URL(inSource ? './worker.ts' : './worker.js', import.meta.url);
const execArgv = inSource
  ? ['--disable-warning=ExperimentalWarning', '--experimental-strip-types', '--conditions=@keyway/source']
  : [];

/** What all workers of a pool start with. */
export type ThreadStart = Omit<WorkerStart, 'states' | 'session'>;

/** One worker as the pool sees it. */
export class WorkerThread implements LoginCandidate {
  /** By place: the jobs that it holds. A recalled one leaves its place empty, but not free. */
  readonly jobs: (PendingJob | undefined)[] = Array.from({ length: places }, () => undefined);
  readonly states: Int32Array;
  /** The library is loaded. */
  loaded = false;
  /** It gets no more jobs and ends by itself once it comes out of the module. */
  retired = false;
  /** It said that it waits for the module to be initialised anew. */
  waitsForReset = false;
  answered = 0;
  lastHeard: number = performance.now();
  #held = 0;
  readonly #free: number[] = Array.from({ length: places }, (_, index) => index);
  readonly #worker: Worker;
  readonly #session: BigUint64Array;
  #batch: unknown[] = [];
  /** Milliseconds a job takes, smoothed. */
  #pace = 1;
  #loginEnds: ((outcome: LoginOutcome) => void) | undefined;
  #resetEnds: (() => void) | undefined;

  constructor(start: ThreadStart, events: ThreadEvents) {
    const states = new SharedArrayBuffer(places * Int32Array.BYTES_PER_ELEMENT);
    const session = new SharedArrayBuffer(BigUint64Array.BYTES_PER_ELEMENT);
    this.states = new Int32Array(states);
    this.#session = new BigUint64Array(session);
    const workerData: WorkerStart = { ...start, states, session };
    this.#worker = new Worker(entry, { workerData, execArgv, name: 'keyway-pkcs11' });
    this.#worker.unref();
    this.#worker.on('message', (message: FromWorker) => {
      const since = this.lastHeard;
      this.lastHeard = performance.now();
      if (isBatch(message)) {
        this.#measure(message.length / 4, this.lastHeard - since);
        events.answers(this, message);
      } else this.#heard(message, events);
    });
    // The exit that follows says all that there is to say: errors of threads may hold anything.
    this.#worker.on('error', () => undefined);
    this.#worker.on('exit', () => {
      this.#loginEnds?.({});
      this.#resetEnds?.();
      events.exited(this);
    });
  }

  #heard(message: Exclude<FromWorker, AnswerBatch>, events: ThreadEvents): void {
    if (message.kind === 'loaded') this.loaded = true;
    if (message.kind === 'loginDone') this.#loginEnds?.(message);
    if (message.kind === 'resetDone') this.#resetEnds?.();
    events.message(this, message);
  }

  /** Jobs that it holds, recalled ones included. */
  get held(): number {
    return this.#held;
  }

  /** How many it may hold now. */
  get limit(): number {
    return Math.min(places, Math.max(jobsAhead, Math.round(workAhead / this.#pace)));
  }

  /** The session that it had open, if any. */
  get sessionHandle(): bigint {
    return Atomics.load(this.#session, 0);
  }

  /** Puts a job into the next batch. */
  add(job: PendingJob, request: unknown): void {
    const place = this.#free.pop() as number;
    if (this.#held === 0) this.lastHeard = performance.now();
    this.#held++;
    this.jobs[place] = job;
    Atomics.store(this.states, place, jobStates.sent);
    this.#batch.push(place, job.name, request);
  }

  /** Sends what was added, if anything was. */
  send(): boolean {
    if (this.#batch.length === 0) return false;
    const batch = this.#batch;
    this.#batch = [];
    this.post(batch);
    return true;
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** An answer for a place came: gives its job and frees it. */
  release(place: number): PendingJob | undefined {
    const job = this.jobs[place];
    this.jobs[place] = undefined;
    Atomics.store(this.states, place, jobStates.free);
    this.#free.push(place);
    this.#held--;
    return job;
  }

  #measure(answers: number, milliseconds: number): void {
    this.answered += answers;
    this.#pace = this.#pace * 0.75 + (milliseconds / answers) * 0.25;
  }

  /** Takes back what it has not begun. */
  recall(): PendingJob[] {
    const recalled: PendingJob[] = [];
    for (const [place, job] of this.jobs.entries()) {
      if (job === undefined) continue;
      const before = Atomics.compareExchange(this.states, place, jobStates.sent, jobStates.recalled);
      if (before !== jobStates.sent) continue;
      this.jobs[place] = undefined;
      recalled.push(job);
    }
    return recalled;
  }

  isRunning(place: number): boolean {
    return Atomics.load(this.states, place) === jobStates.running;
  }

  /** Whether it is at a job. */
  get isBusy(): boolean {
    return this.states.some((_, place) => this.isRunning(place));
  }

  login(message: Extract<ToWorker, { kind: 'login' }>): void {
    this.post(message);
  }

  loginOutcome(): Promise<LoginOutcome> {
    return new Promise((resolve) => {
      this.#loginEnds = (outcome) => {
        this.#loginEnds = undefined;
        resolve(outcome);
      };
    });
  }

  /** Has it initialise the module anew. */
  reset(): Promise<void> {
    return new Promise((resolve) => {
      this.#resetEnds = () => {
        this.#resetEnds = undefined;
        resolve();
      };
      this.post({ kind: 'reset' });
    });
  }

  /** Ends it as soon as it is out of the module, whatever it does: its session stays open. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  /** It is not waited for any longer. */
  giveUp(): void {
    this.retired = true;
    this.#loginEnds?.({});
    this.post({ kind: 'end', finalise: false });
  }

  /** Has it close its session, and finalise the module if asked to. Gives false where it does not come back in time. */
  end(finalise: boolean, milliseconds: number): Promise<boolean> {
    this.retired = true;
    this.#worker.ref();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#worker.unref();
        resolve(false);
      }, milliseconds);
      this.#worker.once('exit', () => {
        clearTimeout(timer);
        resolve(true);
      });
      this.post({ kind: 'end', finalise });
    });
  }
}

function isBatch(message: FromWorker): message is AnswerBatch {
  return Array.isArray(message);
}
