import type * as pkcs11 from 'pkcs11js';
import { ChangeLock } from './change-lock.ts';
import { lostToken } from './failures.ts';
import { handleFromOctets, handleToOctets } from './handles.ts';
import { initialiseModule, loadModule } from './native-module.ts';
import { Refusal } from './refusal.ts';
import { isTokenError, returnValueOf, TokenError } from './return-values.ts';
import { findToken, type PresentToken, readFacts, tokenFlags } from './token-facts.ts';
import type { TokenFacts } from './token.ts';
import { epochs, type TokenIdentity, type WorkerStart } from './wire.ts';

/** CKF_SERIAL_SESSION, CKF_RW_SESSION */
const sessionFlags = { serial: 4, readWrite: 2 } as const;
/** CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS */
const loggedInStates: ReadonlySet<number> = new Set([1, 3]);
/** CKU_USER */
const user = 1;
const alreadyLoggedIn = 0x1_00;

/** What a connection asks of the pool, since only one in the process may do it at a time. */
export interface ConnectionHost {
  /** Asks for the PIN, lets `login` use it and waits until it has. */
  readonly logIn: (
    slotId: bigint,
    needsPin: boolean,
    login: (pin: string | undefined) => boolean,
  ) => Promise<void>;
  /** Has the module finalised and initialised while no worker is in it. */
  readonly reset: () => Promise<void>;
  readonly initialised: () => void;
  readonly replaced: (reason: string) => void;
}

/** Runs one native function and turns what it throws into a `TokenError`. */
function call<Result>(functionName: string, native: () => Result): Result {
  try {
    return native();
  } catch (error) {
    const ckr = returnValueOf(error);
    throw ckr === undefined ? error : new TokenError(ckr, functionName);
  }
}

/** Whether the token is out of reach, as far as the module can tell. */
const isLoss = (error: unknown): boolean =>
  isTokenError(error)
    ? lostToken.has(error.ckr)
    : error instanceof Refusal && error.code === 'ERR_UNAVAILABLE';

/** A worker's way to the token: the module, the slot, and one session that is logged in. */
export class Connection {
  readonly library: pkcs11.PKCS11;
  readonly #start: WorkerStart;
  readonly #host: ConnectionHost;
  readonly #epochs: Int32Array;
  readonly #shown: BigUint64Array;
  #identity: TokenIdentity;
  #token: PresentToken | undefined;
  #session: pkcs11.Handle | undefined;
  #changes: ChangeLock | undefined;
  /** The count of initialisations under which the session was opened. */
  #initialised = -1;

  constructor(start: WorkerStart, host: ConnectionHost) {
    this.#start = start;
    this.#host = host;
    this.#identity = start.identity;
    this.#epochs = new Int32Array(start.epochs);
    this.#shown = new BigUint64Array(start.session);
    this.library = loadModule(start.module);
  }

  /** The open session, if it still is one. */
  get session(): pkcs11.Handle | undefined {
    // After another initialisation its number may be that of somebody else's session: it must not even be closed.
    if (this.#session !== undefined && Atomics.load(this.#epochs, epochs.initialised) !== this.#initialised)
      this.#show(undefined);
    return this.#session;
  }

  /** Counts up whenever handles may have changed their meaning. */
  get handleEpoch(): number {
    return Atomics.load(this.#epochs, epochs.handles);
  }

  /** Handles are this long. */
  get handleSize(): number {
    return this.#session?.length ?? 8;
  }

  facts(): TokenFacts {
    if (this.#token === undefined) throw new Refusal('ERR_UNAVAILABLE', 'The token is not open');
    return readFacts(this.library, this.#start.module, this.#token);
  }

  /** Opens a session and logs in, from wherever things stand. */
  async open(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.lose();
      // A module that has lost its device may need to be initialised anew before it looks for it again.
      if (this.#identity.firmware === undefined || !isLoss(error)) throw error;
      await this.#host.reset();
      await this.#open();
    }
  }

  async #open(): Promise<void> {
    this.initialise();
    const token = (this.#token ??= this.#find());
    this.#changes ??= ChangeLock.beside(token.info.manufacturerID);
    this.#show(this.#openSession(token));
    await this.#logInIfNeeded(token);
  }

  /** Initialises the module unless somebody has. */
  initialise(): void {
    if (initialiseModule(this.library, this.#start.libraryParameters)) {
      Atomics.add(this.#epochs, epochs.initialised, 1);
      Atomics.add(this.#epochs, epochs.handles, 1);
      this.#host.initialised();
    }
    this.#initialised = Atomics.load(this.#epochs, epochs.initialised);
  }

  /** The pool has seen to it that nobody else is in the module. */
  finalise(): void {
    try {
      this.library.C_Finalize();
    } catch (error) {
      if (returnValueOf(error) === undefined) throw error;
    }
  }

  /** Finalises and initialises, under the same condition. */
  reset(): void {
    this.lose();
    this.finalise();
    this.initialise();
  }

  #find(): PresentToken {
    const token = findToken(this.library, this.#identity);
    const { info, slotId } = token;
    const firmware = `${info.firmwareVersion.major}.${info.firmwareVersion.minor}`;
    if (this.#identity.firmware !== undefined && this.#identity.firmware !== firmware) {
      const reason = `The firmware of the token has changed from ${this.#identity.firmware} to ${firmware}`;
      this.#host.replaced(reason);
      throw new Refusal('ERR_CLOSED', reason);
    }
    this.#identity = {
      label: info.label,
      serial: info.serialNumber,
      manufacturer: info.manufacturerID,
      model: info.model,
      firmware,
      // Modules with several tokens of the same description tell them apart by nothing else.
      ...(this.#start.identity.slotId === undefined ? {} : { slotId }),
    };
    return token;
  }

  #openSession({ slot, info }: PresentToken): pkcs11.Handle {
    const flags = sessionFlags.serial | (info.flags & tokenFlags.writeProtected ? 0 : sessionFlags.readWrite);
    return call('C_OpenSession', () => this.library.C_OpenSession(slot, flags));
  }

  #isLoggedIn(session: pkcs11.Handle): boolean {
    return loggedInStates.has(call('C_GetSessionInfo', () => this.library.C_GetSessionInfo(session)).state);
  }

  async #logInIfNeeded({ info, slotId }: PresentToken): Promise<void> {
    const session = this.#session;
    if (session === undefined || (info.flags & tokenFlags.loginRequired) === 0) return;
    const needsPin = (info.flags & tokenFlags.protectedAuthenticationPath) === 0;
    if (this.#isLoggedIn(session)) return;
    if (needsPin && !this.#start.hasPin)
      throw new Refusal('ERR_UNAUTHENTICATED', 'The token asks for a PIN, and none was given');
    await this.#host.logIn(slotId, needsPin, (pin) => this.#logIn(session, pin));
  }

  /** Gives false where somebody else in this process was in already. */
  #logIn(session: pkcs11.Handle, pin: string | undefined): boolean {
    if (this.#isLoggedIn(session)) return false;
    try {
      if (pin === undefined) this.library.C_Login(session, user);
      else this.library.C_Login(session, user, pin);
    } catch (error) {
      const ckr = returnValueOf(error);
      if (ckr === alreadyLoggedIn) return false;
      throw ckr === undefined ? error : new TokenError(ckr, 'C_Login');
    }
    // Handles of private objects do not survive a logout, which came before this.
    Atomics.add(this.#epochs, epochs.handles, 1);
    return true;
  }

  /** CKR_USER_NOT_LOGGED_IN where somebody has logged this process out: a search then finds less, and does not say so. */
  assertLoggedIn(): void {
    const session = this.session;
    if (session === undefined || this.#token === undefined) throw new TokenError(0xb0, 'C_FindObjects');
    if ((this.#token.info.flags & tokenFlags.loginRequired) !== 0 && !this.#isLoggedIn(session))
      throw new TokenError(0x1_01, 'C_FindObjects');
  }

  /** Runs a change of objects: where the token wants that, while no other process is at one. */
  change<Result>(native: () => Result): Result {
    const token = this.#token;
    if (this.#changes === undefined || token === undefined) return native();
    return this.#changes.hold(() => {
      // Has SoftHSM2 look for what others have changed, before its count of changes goes on.
      this.library.C_GetTokenInfo(token.slot);
      return native();
    });
  }

  /** Opens a second session beside the current one, for what follows; nothing where that is not possible. */
  openBeside(): pkcs11.Handle | undefined {
    if (this.#token === undefined) return undefined;
    try {
      const session = this.#openSession(this.#token);
      if ((this.#token.info.flags & tokenFlags.loginRequired) === 0 || this.#isLoggedIn(session))
        return session;
      this.closeSession(session);
    } catch (error) {
      if (!isTokenError(error)) throw error;
    }
    return undefined;
  }

  /** Makes `session` the current one, or none. Does not close the former. */
  #show(session: pkcs11.Handle | undefined): void {
    this.#session = session;
    Atomics.store(this.#shown, 0, session === undefined ? 0n : handleFromOctets(session));
  }

  /** Goes on with `session`. The former one is the caller's to close. */
  use(session: pkcs11.Handle | undefined): void {
    this.#show(session);
  }

  /** Closes what is left of the session and forgets the slot: the next `open` looks for the token anew. */
  lose(): void {
    const session = this.session;
    this.#show(undefined);
    if (session !== undefined) this.closeSession(session);
    this.#token = undefined;
  }

  closeSession(session: pkcs11.Handle): void {
    try {
      this.library.C_CloseSession(session);
    } catch (error) {
      // It was gone already.
      if (returnValueOf(error) === undefined) throw error;
    }
  }

  /** Closes the session of a worker that died. */
  closeForeignSession(handle: bigint): void {
    this.closeSession(handleToOctets(handle, this.handleSize));
  }
}
