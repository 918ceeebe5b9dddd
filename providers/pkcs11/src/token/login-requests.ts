import type { ConnectionHost } from './connection.ts';
import { fromFailure, toFailure } from './failures.ts';
import type { FromWorker, ToWorker } from './wire.ts';

type LoginMessage = Extract<ToWorker, { kind: 'login' }>;

interface WaitingLogin {
  readonly login: (pin: string | undefined) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Reads the PIN and leaves zeros. The binding takes nothing but a string, which cannot be overwritten. */
function takePin(shared: SharedArrayBuffer): string {
  const octets = new Uint8Array(shared);
  const copy = Buffer.from(octets);
  octets.fill(0);
  const pin = copy.toString('utf8');
  copy.fill(0);
  return pin;
}

/** What a worker asks the pool for. */
export class LoginRequests implements ConnectionHost {
  readonly #tell: (message: FromWorker) => void;
  #login: WaitingLogin | undefined;
  #reset: (() => void) | undefined;

  constructor(tell: (message: FromWorker) => void) {
    this.#tell = tell;
  }

  logIn(slotId: bigint, needsPin: boolean, login: (pin: string | undefined) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#login = { login, resolve, reject };
      this.#tell({ kind: 'loginWanted', slotId, needsPin });
    });
  }

  /** The pool has answered. */
  granted({ pin, failure }: LoginMessage): void {
    const waiting = this.#login;
    this.#login = undefined;
    if (failure !== undefined) {
      waiting?.reject(fromFailure(failure));
      return;
    }
    const text = pin === undefined ? undefined : takePin(pin);
    try {
      const alreadyIn = waiting?.login(text) === false;
      this.#tell({ kind: 'loginDone', alreadyIn });
      waiting?.resolve();
    } catch (error) {
      this.#tell({ kind: 'loginDone', failure: toFailure(error) });
      waiting?.reject(error as Error);
    }
  }

  reset(): Promise<void> {
    return new Promise((resolve) => {
      this.#reset = resolve;
      this.#tell({ kind: 'resetWanted' });
    });
  }

  resetDone(): void {
    this.#reset?.();
    this.#reset = undefined;
  }

  initialised(): void {
    this.#tell({ kind: 'initialised' });
  }

  replaced(reason: string): void {
    this.#tell({ kind: 'replaced', reason });
  }
}
