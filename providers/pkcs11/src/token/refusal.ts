/** The codes of core with which a worker refuses; written out, since workers load nothing of core. */
export type RefusalCode =
  | 'ERR_CLOSED'
  | 'ERR_CONFLICT'
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_KEY_NOT_FOUND'
  | 'ERR_OUTCOME_UNKNOWN'
  | 'ERR_UNAUTHENTICATED'
  | 'ERR_UNAVAILABLE'
  | 'ERR_UNKNOWN'
  | 'ERR_UNSUPPORTED';

/** What a worker refuses without, or beside, an answer of the token. Outside of the worker it is a `KeyManagerError`. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Refuses a request that would never do. */
export function invalidRequest(message: string): Refusal {
  return new Refusal('ERR_INVALID_ARGUMENT', message);
}
