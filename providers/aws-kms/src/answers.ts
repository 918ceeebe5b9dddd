import { integrityError } from '@keyway/core/driver';
import type { KeyRecord } from '@keyway/core/driver';

/**
 * An answer that KMS does not give: of something else at its address, cut, or too long. It holds nothing of what was
 * received, which may be a plaintext.
 */
export class UnexpectedAnswer extends Error {
  override readonly name: string = 'UnexpectedAnswer';
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, status?: number, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A member of an answer that must be there. */
export function required<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new UnexpectedAnswer(`The answer has no ${what}`);
  return value;
}

/** Octets of an answer that must be there. */
export function octetsOf(value: Uint8Array | undefined, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new UnexpectedAnswer(`The answer has no ${what}`);
  return value;
}

/**
 * Secret octets of an answer as memory of their own: the SDK decodes into memory that it shares with others, which is
 * overwritten here.
 */
export function freshSecret(value: Uint8Array | undefined, length?: number): Uint8Array {
  const octets = octetsOf(value, 'octets');
  const copy = Uint8Array.from(octets);
  octets.fill(0);
  if (length !== undefined && copy.length !== length) throw new UnexpectedAnswer('The answer is too short');
  return copy;
}

/**
 * Checks that KMS says it used the key that was asked for, and gives the version.
 *
 * @throws ERR_INTEGRITY where it says another one.
 */
export function usedVersion(keyId: string | undefined, key: Pick<KeyRecord, 'version' | 'sourceId'>): string {
  const said = required(keyId, 'key id');
  if (said !== key.sourceId && said !== key.version) throw integrityError();
  return key.version;
}
