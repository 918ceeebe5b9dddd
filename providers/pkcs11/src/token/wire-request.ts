import type { JobName } from './jobs.ts';

type Members = Readonly<Record<string, unknown>>;

/** A mechanism without parameter travels as its number, and what is no mechanism as nothing. */
function flatMechanism(mechanism: unknown): unknown {
  if (typeof mechanism !== 'object' || mechanism === null) return undefined;
  const { type, parameter } = mechanism as { readonly type?: unknown; readonly parameter?: unknown };
  return typeof type === 'number' && parameter === undefined ? type : mechanism;
}

/**
 * A request as it travels, with `key` in place of its own. Those that come by the thousand travel as lists: to copy the names
 * of members to another thread costs more than to copy what they hold.
 */
export function toWire(name: JobName, request: Members, key: unknown): unknown {
  switch (name) {
    case 'sign':
      return [key, flatMechanism(request['mechanism']), request['data'], request['size']];
    case 'verify':
      return [key, flatMechanism(request['mechanism']), request['data'], request['signature']];
    case 'encrypt':
    case 'decrypt':
      return [key, flatMechanism(request['mechanism']), request['data']];
    default:
      return 'key' in request ? { ...request, key } : request;
  }
}

/** The way back. */
export function fromWire(name: JobName, wire: unknown): Members {
  if (!Array.isArray(wire)) return wire as Members;
  const [key, flat, data, last] = wire as readonly unknown[];
  const mechanism = typeof flat === 'number' ? { type: flat } : flat;
  switch (name) {
    case 'sign':
      return { key, mechanism, data, size: last };
    case 'verify':
      return { key, mechanism, data, signature: last };
    default:
      return { key, mechanism, data };
  }
}
