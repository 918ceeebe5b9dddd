import { HandleCache } from './handle-cache.ts';
import { touchOf } from './object-turns.ts';
import type { ObjectTurns } from './object-turns.ts';
import type { PendingJob } from './pending-job.ts';
import { died, timeout } from './pool-errors.ts';
import { ThreadSet } from './thread-set.ts';
import type { TokenFacts } from './token.ts';
import { outcomes } from './wire.ts';
import type { AnswerBatch, Failure, FromWorker } from './wire.ts';
import type { ThreadEvents, ThreadStart, WorkerThread } from './worker-thread.ts';
import { toWire } from './wire-request.ts';
import { errorOf, WorkerWishes } from './worker-wishes.ts';
import type { WishSettings } from './worker-wishes.ts';

/** How often deadlines and the progress of workers are looked at, in milliseconds. */
const lookEvery = 10;
/** As long all workers may take to come out of a module that is to be initialised anew, in milliseconds. */
const maxPause = 2_000;

/** What a pool is made with. */
export interface PoolSettings extends WishSettings {
  readonly start: ThreadStart;
}

/** The workers of one token, and the jobs that wait for them. */
export class WorkerPool implements ThreadEvents {
  readonly #wishes: WorkerWishes;
  readonly #cache: HandleCache;
  readonly #threads: ThreadSet;
  /** Batches of jobs and of answers so far. */
  readonly traffic: { sent: number; received: number } = { sent: 0, received: 0 };
  #queue: PendingJob[] = [];
  #pending = 0;
  #planned = false;
  #paused = false;
  #timer: NodeJS.Timeout | undefined;
  #turns: ObjectTurns | undefined;
  readonly #hear = (): void => this.#plan();
  readonly #idle: (() => void)[] = [];

  constructor(settings: PoolSettings) {
    this.#wishes = new WorkerWishes(settings);
    this.#threads = new ThreadSet(settings.start, settings.module, this);
    this.#cache = new HandleCache(settings.module.epochs);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get threads(): ReadonlySet<WorkerThread> {
    return this.#threads.all;
  }

  /** Starts the first worker and has it open the token. */
  open(): Promise<TokenFacts> {
    return this.#wishes.open(this.#threads.spawn());
  }

  /** Goes on with the token that was found, and with this many workers. */
  settle(start: ThreadStart, size: number, turns: ObjectTurns | undefined): void {
    this.#turns = turns;
    turns?.heard.add(this.#hear);
    this.#threads.settle(start, size);
  }

  forget(name: string): void {
    this.#cache.drop(name);
  }

  /** Takes a job; it is sent with all others of this turn of the event loop. */
  submit(job: PendingJob): void {
    if (this.#pending++ === 0) this.#watch();
    this.#queue.push(job);
    this.#threads.refill();
    this.#plan();
  }

  /** A job has its answer, or its caller has given up. */
  jobEnded(job: PendingJob): void {
    // Of one that a worker is at, the turn ends when the worker comes out of the module.
    if (job.turn?.runs === false) this.#turns?.end(job);
    this.#pending--;
    if (this.#pending > 0) return;
    this.#timer?.unref();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    if (this.#paused) return;
    const waiting: PendingJob[] = [];
    let taken = 0;
    for (const job of this.#queue) {
      if (!job.over) {
        const thread = this.#leastBusy();
        if (thread === undefined) break;
        if (this.#mayBegin(job)) thread.add(job, this.#wireRequest(job));
        else waiting.push(job);
      }
      taken++;
    }
    const rest = taken === this.#queue.length ? [] : this.#queue.slice(taken);
    this.#queue = waiting.length === 0 ? rest : waiting.concat(rest);
    for (const thread of this.#threads.all) if (thread.send()) this.traffic.sent++;
  }

  #mayBegin(job: PendingJob): boolean {
    if (this.#turns === undefined || job.outOfTurn) return true;
    const looksUp = job.key !== undefined && this.#keptHandle(job) === undefined;
    return this.#turns.begin(job, touchOf(job.name, job.request, looksUp));
  }

  #keptHandle({ keyName, lookUp }: PendingJob): readonly [handle: bigint, epoch: number] | undefined {
    return keyName === undefined || lookUp ? undefined : this.#cache.get(keyName);
  }

  #leastBusy(): WorkerThread | undefined {
    let best: WorkerThread | undefined;
    for (const thread of this.#threads.all) {
      if (!thread.loaded || thread.held >= thread.limit) continue;
      if (best === undefined || thread.held < best.held) best = thread;
    }
    return best;
  }

  #wireRequest(job: PendingJob): unknown {
    const { name, request, key, keyName } = job;
    if (keyName === undefined) return toWire(name, request, request['key']);
    return toWire(name, request, this.#keptHandle(job) ?? key);
  }

  answers(thread: WorkerThread, batch: AnswerBatch): void {
    this.traffic.received++;
    for (let index = 0; index < batch.length; index += 4) {
      const job = thread.release(batch[index] as number);
      if (job === undefined) continue;
      this.#turns?.end(job);
      const found = batch[index + 3] as readonly [bigint, number] | undefined;
      if (found !== undefined && job.keyName !== undefined) this.#cache.keep(job.keyName, ...found);
      this.#settleJob(thread, job, batch[index + 1] as number, batch[index + 2]);
    }
    this.#threads.noteLife();
    if (this.#queue.length > 0) this.#plan();
  }

  #settleJob(thread: WorkerThread, job: PendingJob, outcome: number, value: unknown): void {
    switch (outcome) {
      case outcomes.done:
        this.#wishes.noteAnswer();
        job.succeed(value);
        break;
      case outcomes.stale:
        if (job.keyName !== undefined) this.#cache.drop(job.keyName);
        job.lookUp = true;
        this.#again([job]);
        break;
      case outcomes.crowded:
        if (this.#shrink(thread)) this.#again([job]);
        else job.fail(errorOf(value as Failure));
        break;
      default:
        job.fail(errorOf(value as Failure));
    }
  }

  /** The token has no session for this worker: the others go on. */
  #shrink(thread: WorkerThread): boolean {
    this.#takeBack(thread);
    return this.#threads.doWithout(thread);
  }

  /** Puts jobs that were not begun before all others. */
  #again(jobs: readonly PendingJob[]): void {
    if (jobs.length === 0) return;
    this.#queue.unshift(...jobs);
    this.#plan();
  }

  message(thread: WorkerThread, message: Exclude<FromWorker, AnswerBatch>): void {
    this.#wishes.take(thread, message);
    if (message.kind === 'loaded') this.#plan();
  }

  /** Resolves when a worker finds the token out of reach. */
  loss(): Promise<void> {
    return this.#wishes.loss();
  }

  /** See `ModuleUser`. */
  async pause(): Promise<boolean> {
    this.#paused = true;
    const until = performance.now() + maxPause;
    for (const thread of this.#threads.all) this.#takeBack(thread);
    while (this.#isInModule()) {
      if (performance.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
    }
    return !this.#threads.hasLost;
  }

  #isInModule(): boolean {
    for (const thread of this.#threads.all)
      if (!thread.waitsForReset && (thread.isBusy || this.#wishes.isOpening)) return true;
    return false;
  }

  resume(): void {
    this.#paused = false;
    this.#plan();
  }

  #takeBack(thread: WorkerThread): void {
    const recalled = thread.recall();
    for (const job of recalled) this.#turns?.end(job);
    this.#again(recalled);
  }

  #watch(): void {
    if (this.#timer === undefined) this.#timer = setInterval(() => this.#look(), lookEvery);
    this.#timer.ref();
  }

  #look(): void {
    if (this.#pending === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = Date.now();
    for (const job of this.#queue) if (job.deadline <= now) job.fail(timeout());
    this.#queue = this.#queue.filter((job) => !job.over);
    for (const thread of this.#threads.all) this.#lookAt(thread, now);
  }

  #lookAt(thread: WorkerThread, now: number): void {
    let late = false;
    for (const [place, job] of thread.jobs.entries()) {
      if (job === undefined || job.deadline > now) continue;
      job.fail(timeout());
      if (thread.isRunning(place)) late = true;
    }
    if (late) this.#giveUp(thread);
    // What it holds must not wait for one long job while others are free.
    else if (thread.held > 1 && performance.now() - thread.lastHeard > lookEvery && this.#hasFree(thread))
      this.#takeBack(thread);
  }

  #hasFree(busy: WorkerThread): boolean {
    for (const thread of this.#threads.all)
      if (thread !== busy && thread.loaded && thread.held === 0) return true;
    return false;
  }

  /** A worker does not come back from the module in time. */
  #giveUp(thread: WorkerThread): void {
    this.#takeBack(thread);
    this.#endTurns(thread);
    this.#threads.leave(thread);
  }

  /** What a worker was at is not waited for any longer. */
  #endTurns({ jobs }: WorkerThread): void {
    for (const job of jobs) if (job !== undefined) this.#turns?.end(job);
  }

  exited(thread: WorkerThread): void {
    this.#takeBack(thread);
    this.#endTurns(thread);
    if (!this.#threads.exited(thread)) return;
    this.#wishes.failOpening(died());
    for (const job of thread.jobs) job?.fail(died());
    if (this.#threads.all.size > 0) return;
    for (const job of this.#queue.splice(0)) job.fail(died());
  }

  /** Does not wait for the first worker any longer. */
  abandon(): void {
    this.#threads.close();
    this.#wishes.failOpening();
    for (const thread of this.#threads.all) this.#giveUp(thread);
  }

  /** Waits for all jobs, then ends all workers but one. */
  async drain(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    clearInterval(this.#timer);
    this.#turns?.heard.delete(this.#hear);
    await this.#threads.endOthers();
  }

  /** Ends the last worker. */
  end(finalise: boolean): Promise<void> {
    return this.#threads.end(finalise);
  }
}
