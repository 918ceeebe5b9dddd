import type { SharedModule } from './module-registry.ts';
import { WorkerThread } from './worker-thread.ts';
import type { ThreadEvents, ThreadStart } from './worker-thread.ts';

/** Workers that die one after the other before they have answered anything, until no more are started. */
const maxDeaths = 4;
/** As long a worker may take to end, beside the deadline of a job that its caller has given up, in milliseconds. */
const minEnd = 5_000;
const maxEnd = 60_000;

/** The worker threads of one token: as many as there are to be, and those that never came back. */
export class ThreadSet {
  readonly #events: ThreadEvents;
  readonly #module: SharedModule;
  readonly #threads = new Set<WorkerThread>();
  /** Left behind in the module. */
  readonly #lost = new Set<WorkerThread>();
  #start: ThreadStart;
  #size = 1;
  #deaths = 0;
  #closing = false;

  constructor(start: ThreadStart, module: SharedModule, events: ThreadEvents) {
    this.#start = start;
    this.#module = module;
    this.#events = events;
  }

  /** Those that work. */
  get all(): ReadonlySet<WorkerThread> {
    return this.#threads;
  }

  get hasLost(): boolean {
    return this.#lost.size > 0;
  }

  /** Goes on with another start, and with this many. */
  settle(start: ThreadStart, size: number): void {
    this.#start = start;
    this.#size = size;
    this.fill();
  }

  spawn(): WorkerThread {
    const thread = new WorkerThread(this.#start, this.#events);
    this.#threads.add(thread);
    return thread;
  }

  /** Starts what is missing, but not without end where threads die at once or never come back. */
  fill(): void {
    if (this.#closing || this.#deaths >= maxDeaths) return;
    while (this.#threads.size < this.#size && this.#lost.size <= this.#size * 2) this.spawn();
  }

  /** Somebody wants something: threads that died before may live now. */
  refill(): void {
    if (this.#threads.size >= this.#size) return;
    this.#deaths = 0;
    this.fill();
  }

  /** One of them has worked. */
  noteLife(): void {
    this.#deaths = 0;
  }

  /** Starts no more. */
  close(): void {
    this.#closing = true;
  }

  /** Leaves one behind that does not come back from the module: it ends by itself if it ever does. */
  leave(thread: WorkerThread): void {
    this.#threads.delete(thread);
    this.#lost.add(thread);
    this.#module.lost++;
    thread.giveUp();
    this.fill();
  }

  /** The token has no session for one of them. Gives false where it has none for the others either. */
  doWithout(thread: WorkerThread): boolean {
    if (thread.retired) return true;
    const served = [...this.#threads].some((other) => other !== thread && other.sessionHandle !== 0n);
    if (!served) return false;
    this.#size = Math.max(1, this.#threads.size - 1);
    this.#threads.delete(thread);
    thread.giveUp();
    return true;
  }

  /** One has ended. Gives true where nobody wanted it to. */
  exited(thread: WorkerThread): boolean {
    if (this.#lost.delete(thread)) this.#module.lost--;
    if (!this.#threads.delete(thread) || thread.retired) return false;
    if (thread.answered === 0) this.#deaths++;
    this.fill();
    // Its session stays open in the module.
    const [heir] = this.#threads;
    if (thread.sessionHandle !== 0n) heir?.post({ kind: 'closeSession', handle: thread.sessionHandle });
    return true;
  }

  /** Ends all but one. */
  async endOthers(): Promise<void> {
    this.close();
    const [, ...others] = this.#threads;
    await Promise.all(others.map((thread) => this.#end(thread, false)));
  }

  /** Ends those that are left. */
  async end(finalise: boolean): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, finalise)));
  }

  async #end(thread: WorkerThread, finalise: boolean): Promise<void> {
    const deadlines = thread.jobs.map((job) => job?.deadline ?? 0);
    const wait = Math.min(maxEnd, Math.max(minEnd, Math.max(...deadlines) - Date.now()));
    if (!(await thread.end(finalise, wait))) this.#module.lost++;
    this.#threads.delete(thread);
  }
}
