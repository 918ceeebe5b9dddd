import type { KeyLocator, TokenFacts } from './token.ts';

/** Which token a worker is to use: what the caller named at first, then what was found. */
export interface TokenIdentity {
  readonly slotId?: bigint | undefined;
  readonly label?: string | undefined;
  readonly serial?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly model?: string | undefined;
  /** Set once the token is known: another firmware is another token. */
  readonly firmware?: string | undefined;
}

/** What a worker starts with. */
export interface WorkerStart {
  readonly module: string;
  readonly libraryParameters: string | undefined;
  readonly identity: TokenIdentity;
  readonly hasPin: boolean;
  /** Shared by all of the process that use this module: see `epochs`. */
  readonly epochs: SharedArrayBuffer;
  /** One Int32 for each place: see `jobStates`. */
  readonly states: SharedArrayBuffer;
  /** One BigUint64: the handle of the open session, for whoever has to close it after this thread's death. */
  readonly session: SharedArrayBuffer;
}

/** Cells of `epochs`: how often the module was initialised, and how often handles may have changed their meaning. */
export const epochs = { initialised: 0, handles: 1 } as const;

/** States of a place: the pool sends (free → sent) and may recall (sent → recalled), the worker begins (sent → running). */
export const jobStates = { free: 0, sent: 1, running: 2, recalled: 3 } as const;

/** A handle found earlier, with the epoch in which it holds; or the locator, to be looked up. */
export type WireKey = readonly [handle: bigint, epoch: number] | KeyLocator | { readonly handle: bigint };

/** What went wrong in a worker: an answer of the token, a refusal, or a defect. */
export type Failure =
  | { readonly ckr: number; readonly function: string }
  | { readonly code: string; readonly message: string };

/**
 * How a job ended. `stale`: the kept handle no longer holds and nothing happened. `skipped`: it was recalled. `crowded`: the
 * token gives this worker no session, and nothing happened.
 */
export const outcomes = { done: 0, failed: 1, stale: 2, skipped: 3, crowded: 4 } as const;

/** A batch of jobs: place, name, request, place, name, request, … */
export type JobBatch = readonly unknown[];

/** A batch of answers: place, outcome, value or `Failure`, [handle, epoch] of the key that was looked up or undefined, … */
export type AnswerBatch = readonly unknown[];

/** From the pool to a worker. */
export type ToWorker =
  | JobBatch
  | { readonly kind: 'open' }
  /** The answer to `loginWanted`; without PIN: through the token's own keypad. */
  | { readonly kind: 'login'; readonly pin?: SharedArrayBuffer; readonly failure?: Failure }
  /** The answer to `resetWanted`. */
  | { readonly kind: 'resetDone' }
  /** Finalise and initialise the module anew. No other worker is in it meanwhile. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'closeSession'; readonly handle: bigint }
  | { readonly kind: 'end'; readonly finalise: boolean };

/** From a worker to the pool. */
export type FromWorker =
  | AnswerBatch
  | { readonly kind: 'loaded' }
  | { readonly kind: 'opened'; readonly facts: TokenFacts }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** C_Initialize succeeded here: the module is ours to finalise. */
  | { readonly kind: 'initialised' }
  | { readonly kind: 'loginWanted'; readonly slotId: bigint; readonly needsPin: boolean }
  | { readonly kind: 'loginDone'; readonly failure?: Failure; readonly alreadyIn?: boolean }
  | { readonly kind: 'resetWanted' }
  | { readonly kind: 'resetDone' }
  /** Another token is in the slot. */
  | { readonly kind: 'replaced'; readonly reason: string }
  | { readonly kind: 'ended' };
