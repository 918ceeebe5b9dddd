import { createHmac } from 'node:crypto';
import { KeyManagerError, isKeyManagerError } from '@keyway/core/driver';
import { digestKey, inTurn, type SharedModule } from './module-registry.ts';
import { TokenError } from './return-values.ts';
import type { PinSource } from './token.ts';
import type { Failure, ToWorker } from './wire.ts';

/** What came of a login. `alreadyIn`: somebody else in this process was logged in. */
export interface LoginOutcome {
  readonly failure?: Failure;
  readonly alreadyIn?: boolean;
}

/** A worker that wants to log in. */
export interface LoginCandidate {
  readonly login: (message: Extract<ToWorker, { kind: 'login' }>) => void;
  /** Resolves with what came of it; also when the worker has ended. */
  readonly loginOutcome: () => Promise<LoginOutcome>;
}

/** CKR_PIN_INCORRECT */
const pinIncorrect = 0xa0;
/** CKR_PIN_INCORRECT, _INVALID, _LEN_RANGE, _EXPIRED, _LOCKED: the same PIN is not tried again. */
const refusals: ReadonlySet<number> = new Set([pinIncorrect, 0xa1, 0xa2, 0xa3, 0xa4]);

/** Asks for the PIN when a login is due, and never offers one twice that the token has refused. */
export class PinLogin {
  readonly #module: SharedModule;
  readonly #source: PinSource | undefined;
  /** Whether a login was due at all. */
  asked = false;
  #last: Promise<void> = Promise.resolve();
  #refused: { readonly digest: string; readonly failure: Failure } | undefined;

  constructor(module: SharedModule, source: PinSource | undefined) {
    this.#module = module;
    this.#source = source;
  }

  /** Lets one worker log in, while no other of this process does. Whoever is slow to give the PIN keeps only itself waiting. */
  grant(candidate: LoginCandidate, slotId: bigint, needsPin: boolean): Promise<void> {
    this.asked = true;
    const turn = this.#last.then(() => this.#grant(candidate, slotId, needsPin));
    this.#last = turn;
    return turn;
  }

  async #grant(candidate: LoginCandidate, slotId: bigint, needsPin: boolean): Promise<void> {
    if (!needsPin) {
      await this.#offer(candidate, undefined);
      return;
    }
    let pin: SharedArrayBuffer;
    try {
      pin = await this.#readPin();
    } catch (error) {
      candidate.login({ kind: 'login', failure: pinFailure(error) });
      return;
    }
    const octets = new Uint8Array(pin);
    try {
      const digest = digestOf(octets);
      if (this.#refused?.digest === digest) {
        candidate.login({ kind: 'login', failure: this.#refused.failure });
        return;
      }
      this.#note(await this.#offer(candidate, pin), digest, slotId);
    } finally {
      octets.fill(0);
    }
  }

  #offer(candidate: LoginCandidate, pin: SharedArrayBuffer | undefined): Promise<LoginOutcome> {
    return inTurn(this.#module, () => {
      const outcome = candidate.loginOutcome();
      candidate.login(pin === undefined ? { kind: 'login' } : { kind: 'login', pin });
      return outcome;
    });
  }

  #note({ failure, alreadyIn }: LoginOutcome, digest: string, slotId: bigint): void {
    if (failure === undefined && alreadyIn !== true) this.#module.accepted.set(String(slotId), digest);
    if (failure !== undefined && 'ckr' in failure && refusals.has(failure.ckr))
      this.#refused = { digest, failure };
  }

  /**
   * Compares the PIN with the one that opened the token in this process: where somebody is logged in, the token would take
   * any.
   */
  async check(slotId: bigint): Promise<void> {
    if (this.#source === undefined) return;
    const octets = new Uint8Array(await this.#readPin());
    const digest = digestOf(octets);
    octets.fill(0);
    const accepted = this.#module.accepted.get(String(slotId));
    if (accepted !== undefined && accepted !== digest) throw new TokenError(pinIncorrect, 'C_Login');
  }

  /** In shared memory, so that one copy serves both threads and is overwritten for both. */
  async #readPin(): Promise<SharedArrayBuffer> {
    const octets: unknown = await this.#source?.();
    if (!(octets instanceof Uint8Array))
      throw new KeyManagerError('ERR_UNAUTHENTICATED', 'The source of the PIN gave no octets');
    const shared = new SharedArrayBuffer(octets.length);
    new Uint8Array(shared).set(octets);
    octets.fill(0);
    return shared;
  }
}

function digestOf(pin: Uint8Array): string {
  const copy = Uint8Array.from(pin);
  const digest = createHmac('sha256', digestKey()).update(copy).digest('base64');
  copy.fill(0);
  return digest;
}

/** The message of a foreign error could hold the PIN. */
function pinFailure(error: unknown): Failure {
  return isKeyManagerError(error)
    ? { code: error.code, message: error.message }
    : { code: 'ERR_UNAUTHENTICATED', message: 'The source of the PIN failed' };
}
