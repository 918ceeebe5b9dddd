import { KeyManagerError } from '@keyway/core/driver';
import { resetModule } from './module-registry.ts';
import type { ModuleUser, SharedModule } from './module-registry.ts';
import type { PinLogin } from './pin-login.ts';
import { TokenError } from './return-values.ts';
import type { TokenFacts } from './token.ts';
import type { AnswerBatch, Failure, FromWorker } from './wire.ts';
import type { WorkerThread } from './worker-thread.ts';

/** Turns what a worker failed with into what the caller gets. */
export function errorOf(failure: Failure): Error {
  return 'ckr' in failure
    ? new TokenError(failure.ckr, failure.function)
    : new KeyManagerError(failure.code as 'ERR_UNKNOWN', failure.message);
}

/** What workers do only with the leave of the rest of the process. */
export interface WishSettings {
  readonly module: SharedModule;
  readonly login: PinLogin;
  /** On whose behalf the module may be initialised anew. */
  readonly user: ModuleUser;
  /** The token in the slot is another one now. */
  readonly replaced: (reason: string) => void;
}

/** Somebody who waits for the token to be opened. */
interface Opening {
  readonly resolve: (facts: TokenFacts) => void;
  readonly reject: (error: Error) => void;
}

/** Answers workers that want to open, to log in, or to have the module initialised anew. */
export class WorkerWishes {
  readonly #settings: WishSettings;
  #opening: Opening | undefined;
  readonly #lossHeard: (() => void)[] = [];

  constructor(settings: WishSettings) {
    this.#settings = settings;
  }

  get isOpening(): boolean {
    return this.#opening !== undefined;
  }

  /** Has a worker open the token. */
  open(thread: WorkerThread): Promise<TokenFacts> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
      thread.post({ kind: 'open' });
    });
  }

  /** The token has answered: whatever was done to reach it has helped. */
  noteAnswer(): void {
    this.#settings.module.lastReset = Number.NEGATIVE_INFINITY;
  }

  /** Resolves when a worker finds the token out of reach. */
  loss(): Promise<void> {
    return new Promise((resolve) => this.#lossHeard.push(resolve));
  }

  /** The opening has come to nothing. */
  failOpening(error?: Error): void {
    if (error !== undefined) this.#opening?.reject(error);
    this.#opening = undefined;
  }

  take(thread: WorkerThread, message: Exclude<FromWorker, AnswerBatch>): void {
    const { module, login, replaced } = this.#settings;
    switch (message.kind) {
      case 'opened':
        this.#opening?.resolve(message.facts);
        this.#opening = undefined;
        break;
      case 'failed':
        this.failOpening(errorOf(message.failure));
        break;
      case 'initialised':
        module.owned = true;
        break;
      case 'loginWanted':
        void login.grant(thread, message.slotId, message.needsPin);
        break;
      case 'resetWanted':
        void this.#reset(thread);
        break;
      case 'replaced':
        replaced(message.reason);
        break;
      case 'loaded':
      case 'loginDone':
      case 'resetDone':
      case 'ended':
        break;
    }
  }

  async #reset(thread: WorkerThread): Promise<void> {
    thread.waitsForReset = true;
    for (const hear of this.#lossHeard.splice(0)) hear();
    const { module, user } = this.#settings;
    await resetModule(module, user, () => thread.reset());
    thread.waitsForReset = false;
    thread.post({ kind: 'resetDone' });
  }
}
