import type { JobAnswer, JobName, JobRequest } from './jobs.ts';

/** Gives the PIN as UTF-8 octets each time a login is due. The array is overwritten with zeros after use. */
export type PinSource = () => Promise<Uint8Array>;

/** Which token to open, and how. Of the members that describe the token, those that are given must all fit. */
export interface TokenLocation {
  /** Path of the vendor's library. */
  readonly module: string;
  /** Arguments for C_Initialize that some libraries ask for (NSS: `configdir='sql:…'`). */
  readonly libraryParameters?: string | undefined;
  readonly slotId?: bigint | undefined;
  readonly label?: string | undefined;
  readonly serial?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly model?: string | undefined;
  /** Absent for tokens with a PIN pad, or where no login is wanted. */
  readonly pin?: PinSource | undefined;
  /** Worker threads, each with one session. Default: the cores, at most what the token allows. */
  readonly workers?: number | undefined;
  /** Jobs that may wait before more are refused with `ERR_THROTTLED`. Default: 4,096. */
  readonly maxQueue?: number | undefined;
  /** Milliseconds that opening may take. Default: 30,000. */
  readonly openTimeout?: number | undefined;
}

/** What one mechanism of a token can do, as the token says. The unit of the sizes depends on the mechanism. */
export interface MechanismFacts {
  readonly flags: number;
  readonly minKeySize: number;
  readonly maxKeySize: number;
}

/** What a token says about itself and its module. Texts are without their padding. */
export interface TokenFacts {
  readonly module: ModuleFacts;
  readonly slotId: bigint;
  readonly slotDescription: string;
  readonly label: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  readonly hardware: string;
  /** CKF_ flags of CK_TOKEN_INFO. */
  readonly flags: number;
  /** Absent where the token tells no limit. */
  readonly sessionLimit?: number | undefined;
  readonly mechanisms: ReadonlyMap<number, MechanismFacts>;
  readonly minPinLength: number;
  readonly maxPinLength: number;
}

/** What a module says about itself. */
interface ModuleFacts {
  /** The real path of the library. */
  readonly path: string;
  readonly manufacturer: string;
  readonly description: string;
  readonly version: string;
  readonly cryptokiVersion: string;
}

/** The limits of one call. A driver's `Call` fits. */
export interface JobCall {
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** A key by what stays: its class and CKA_ID. The handle is looked up once and kept. */
export interface KeyLocator {
  readonly class: 'private' | 'secret' | 'public';
  readonly id: Uint8Array;
}

/** An object by what stays, or by its handle. */
export type ObjectLocator = KeyLocator | { readonly handle: bigint };

/** An open token with its workers. Nothing above it knows the native binding. */
export interface Token {
  /** As they were when it was opened. */
  readonly facts: TokenFacts;
  /**
   * Runs one job wholly in one worker, on a session that nothing else uses meanwhile.
   *
   * @throws `TokenError` as the token said it, or a `KeyManagerError`: `ERR_INVALID_ARGUMENT` (nothing was sent),
   * `ERR_KEY_NOT_FOUND` (no object for the locator), `ERR_CONFLICT` (several), `ERR_THROTTLED`, `ERR_TIMEOUT`,
   * `ERR_ABORTED`, `ERR_UNAVAILABLE` (the worker died: the outcome is unknown), `ERR_CLOSED`.
   */
  run<Name extends JobName>(name: Name, request: JobRequest<Name>, call: JobCall): Promise<JobAnswer<Name>>;
  /** Drops the handle that is kept for a key. */
  forget(locator: KeyLocator): void;
  /** Waits for what runs, then ends workers, sessions and, for the last user, the module. */
  close(): Promise<void>;
}
