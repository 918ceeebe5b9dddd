import type * as pkcs11 from 'pkcs11js';
import type { Connection } from './connection.ts';
import { notValid } from './failures.ts';
import { HandleWriter } from './handles.ts';
import { isTokenError, returnValueOf, TokenError } from './return-values.ts';

/** CKR_SESSION_CLOSED */
const sessionClosed = 0xb0;

/** The calls of one job at a time on the session of its worker, and what is left of them when it ends. */
export class SessionCalls {
  readonly #connection: Connection;
  readonly #handles = new HandleWriter();
  #temporary: bigint[] = [];
  /** Sessions on which a call failed: an operation may still be active there. Kept until the job ends, for its objects. */
  #spoiled: pkcs11.Handle[] = [];
  #isSpoiled = false;
  /** Whether the job has changed something on the token, as far as it came. */
  changed = false;
  /** Whether the call that failed last may have. */
  mayHaveChanged = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get library(): pkcs11.PKCS11 {
    return this.#connection.library;
  }

  /** Before each job, and before each further attempt at it. */
  begin(): void {
    this.changed = false;
    this.mayHaveChanged = false;
  }

  /** After each attempt, however it ended: destroys what was temporary and closes what was spoiled. */
  finish(): void {
    if (this.#temporary.length > 0) this.#destroyTemporary();
    if (this.#isSpoiled) this.#renew();
    if (this.#spoiled.length === 0) return;
    for (const session of this.#spoiled) this.#connection.closeSession(session);
    this.#spoiled = [];
  }

  #destroyTemporary(): void {
    for (const object of this.#temporary) {
      try {
        this.#destroy(object, false);
      } catch (error) {
        if (!isTokenError(error)) throw error;
      }
    }
    this.#temporary = [];
  }

  /** Opens the next session before the spoiled one is closed: with its last session a process is logged out. */
  #renew(): void {
    const former = this.#connection.session;
    this.#isSpoiled = false;
    if (former === undefined) return;
    this.#spoiled.push(former);
    this.#connection.use(this.#connection.openBeside());
  }

  /**
   * Runs one native function.
   *
   * @param changes Whether it changes what is on the token when it succeeds.
   */
  call<Result>(functionName: string, changes: boolean, native: (session: pkcs11.Handle) => Result): Result {
    if (this.#isSpoiled) this.#renew();
    const session = this.#connection.session;
    if (session === undefined) throw new TokenError(sessionClosed, functionName);
    try {
      const result = changes ? this.#connection.change(() => native(session)) : native(session);
      if (changes) this.changed = true;
      return result;
    } catch (error) {
      const ckr = returnValueOf(error);
      if (ckr === undefined) throw error;
      if (!notValid.has(ckr)) {
        this.#isSpoiled = true;
        this.mayHaveChanged = changes;
      }
      throw new TokenError(ckr, functionName);
    }
  }

  /** See `WorkerSession`. */
  quietly<Result>(look: () => Result): Result {
    return this.#connection.change(look);
  }

  /** The call that failed last leaves no operation behind: its session is as good as before. */
  forgive(): void {
    this.#isSpoiled = false;
  }

  /** A handle as the binding takes it, until the next few. */
  handle(handle: bigint): Buffer {
    return this.#handles.write(handle, this.#connection.handleSize);
  }

  /** CKR_USER_NOT_LOGGED_IN where somebody has logged this process out: a search then finds less, and does not say so. */
  assertLoggedIn(): void {
    this.#connection.assertLoggedIn();
  }

  destroy(object: bigint): void {
    this.#destroy(object, true);
  }

  #destroy(object: bigint, changes: boolean): void {
    const handle = this.handle(object);
    this.call('C_DestroyObject', changes, (session) => this.library.C_DestroyObject(session, handle));
  }

  /** Destroys a session object when the job ends. */
  temporary(object: bigint): bigint {
    this.#temporary.push(object);
    return object;
  }
}
