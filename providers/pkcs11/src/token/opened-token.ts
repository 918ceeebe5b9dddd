import { KeyManagerError } from '@keyway/core/driver';
import { HandleCache } from './handle-cache.ts';
import type { JobAnswer, JobName, JobRequest } from './jobs.ts';
import { inTurn, turnsOf } from './module-registry.ts';
import type { ModuleUser, SharedModule } from './module-registry.ts';
import { packRequest } from './pack-request.ts';
import { pendingJob } from './pending-job.ts';
import type { JobCall, KeyLocator, Token, TokenFacts } from './token.ts';
import { type PoolSettings, WorkerPool } from './worker-pool.ts';

/** As long a token has to show that it is there, in milliseconds. */
const probeTime = 10_000;

/** What an opened token is made with. */
export interface TokenSettings extends Omit<PoolSettings, 'replaced' | 'user'> {
  readonly maxQueue: number;
}

/** The one implementation of {@link Token}. */
export class OpenedToken implements Token, ModuleUser {
  readonly pool: WorkerPool;
  readonly #module: SharedModule;
  readonly #settings: TokenSettings;
  #facts: TokenFacts | undefined;
  /** Why nothing is taken any more. */
  #closed: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(module: SharedModule, settings: TokenSettings) {
    this.#module = module;
    this.#settings = settings;
    this.pool = new WorkerPool({
      ...settings,
      user: this,
      replaced: (reason) => {
        this.#closed ??= reason;
      },
    });
  }

  /** The token has been found: goes on with it, and no other. */
  begin(facts: TokenFacts, workers: number): void {
    this.#facts = facts;
    const { start } = this.#settings;
    const { label, serial, manufacturer, model, firmware, slotId } = facts;
    const given = start.identity.slotId === undefined ? {} : { slotId };
    this.pool.settle(
      { ...start, identity: { ...given, label, serial, manufacturer, model, firmware } },
      workers,
      turnsOf(this.#module, facts),
    );
  }

  get facts(): TokenFacts {
    if (this.#facts === undefined) throw new KeyManagerError('ERR_CLOSED', 'The token is not open');
    return this.#facts;
  }

  run<Name extends JobName>(name: Name, request: JobRequest<Name>, call: JobCall): Promise<JobAnswer<Name>> {
    return this.#run(name, request, call, false);
  }

  #run<Name extends JobName>(
    name: Name,
    request: JobRequest<Name>,
    call: JobCall,
    outOfTurn: boolean,
  ): Promise<JobAnswer<Name>> {
    const { pool } = this;
    // By hand, since each async function in between would be felt beside a signature of 80 µs.
    return new Promise((resolve, reject) => {
      this.#admit(call);
      const packed = packRequest(request) as Record<string, unknown>;
      const key = locatorOf(packed['key']);
      const keyName = key === undefined ? undefined : HandleCache.nameOf(key);
      const job = pendingJob(
        { name, request: packed, key, keyName, outOfTurn },
        call,
        { resolve, reject },
        (over) => pool.jobEnded(over),
        aborted,
      );
      pool.submit(job);
    });
  }

  #admit(call: JobCall): void {
    if (this.#closed !== undefined) throw new KeyManagerError('ERR_CLOSED', this.#closed);
    if (call.signal.aborted) throw aborted();
    if (call.deadline <= Date.now())
      throw new KeyManagerError('ERR_TIMEOUT', 'The time was up before the token was asked');
    if (this.pool.waiting >= this.#settings.maxQueue)
      throw new KeyManagerError('ERR_THROTTLED', 'Too many jobs wait for the token', { retryable: true });
  }

  forget(locator: KeyLocator): void {
    this.pool.forget(HandleCache.nameOf(locator));
  }

  /** Tries it out, where there is a session to try. */
  async isServed(): Promise<boolean> {
    if (![...this.pool.threads].some((thread) => thread.sessionHandle !== 0n)) return false;
    const call = { signal: new AbortController().signal, deadline: Date.now() + probeTime };
    // Whoever asks for it may hold the turn that it would wait for.
    const template = { class: 0, application: 'keyway' };
    const found = this.#run('find', { template, limit: 1 }, call, true);
    const answered = found.then(
      () => true,
      () => false,
    );
    return await Promise.race([answered, this.pool.loss().then(() => false)]);
  }

  pause(): Promise<boolean> {
    return this.pool.pause();
  }

  resume(): void {
    this.pool.resume();
  }

  close(): Promise<void> {
    this.#closed ??= 'The token is closed';
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const module = this.#module;
    await this.pool.drain();
    await inTurn(module, async () => {
      module.users.delete(this);
      const finalise = module.users.size === 0 && module.owned && module.lost === 0;
      if (module.users.size === 0) module.accepted.clear();
      if (finalise) module.owned = false;
      await this.pool.end(finalise);
    });
  }
}

function locatorOf(key: unknown): KeyLocator | undefined {
  const given = key as { readonly class?: unknown; readonly id?: unknown } | undefined;
  return typeof given?.class === 'string' && given.id instanceof Uint8Array
    ? (given as KeyLocator)
    : undefined;
}

const aborted = (): KeyManagerError => new KeyManagerError('ERR_ABORTED', 'The call was aborted');
