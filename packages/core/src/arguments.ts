import { invalidArgument, KeyManagerError } from './errors.ts';

/**
 * Checks an options bag: an object, or absent, with none but the known members.
 *
 * @throws TypeError for anything a type checker would have refused.
 */
export function checkOptions(options: unknown, known: readonly string[], what = 'options'): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${what} must be an object`);
  }
  for (const member of Object.keys(options)) {
    if (!known.includes(member)) throw new TypeError(`${what} has an unknown member: ${member}`);
  }
}

/** Checks octets. */
export function checkBytes(value: unknown, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${what} must be a Uint8Array`);
  return value;
}

/** Checks text. */
export function checkText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new TypeError(`${what} must be a string`);
  return value;
}

/** Checks an optional boolean. */
export function checkFlag(value: unknown, what: string): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${what} must be a boolean`);
  return value;
}

/** Checks an optional abort signal, and that it has not fired. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  if (!(signal instanceof AbortSignal)) throw new TypeError('options.signal must be an AbortSignal');
  if (signal.aborted) throw aborted(signal);
  return signal;
}

/** The error of a call whose signal fired. */
export function aborted(signal: AbortSignal): KeyManagerError {
  return new KeyManagerError('ERR_ABORTED', 'The operation was aborted by its signal', {
    cause: signal.reason,
  });
}

/** Checks that a value is one of a closed set. */
export function checkMember<Value extends string>(
  value: unknown,
  known: readonly Value[],
  what: string,
): Value {
  checkText(value, what);
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw invalidArgument(`${what} must be one of ${known.join(', ')}`);
  return found;
}
