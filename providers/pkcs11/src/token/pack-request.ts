import { invalidArgument } from '@keyway/core/driver';

/** Requests are shallow: deeper ones are mistakes, or loops. */
const maxDepth = 8;

/**
 * Copies a request: the caller may change its octets meanwhile, and a view of a pool of buffers would take the whole pool
 * along. Refuses what could not travel, which would take the other jobs of its message down.
 *
 * @throws `ERR_INVALID_ARGUMENT`
 */
export function packRequest(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'bigint':
    case 'undefined':
      return value;
    case 'object':
      if (value === null || depth > maxDepth) break;
      if (value instanceof Uint8Array) return new Uint8Array(value);
      if (Array.isArray(value)) return value.map((item) => packRequest(item, depth + 1));
      return packObject(value, depth);
    default:
  }
  throw invalidArgument(
    'A request to a token holds octets, numbers, texts, booleans, and objects and lists of these',
  );
}

function packObject(value: object, depth: number): Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw invalidArgument('A request to a token cannot hold objects of a class');
  const copy: Record<string, unknown> = {};
  for (const name in value) {
    if (name === '__proto__') throw invalidArgument('A request to a token has no member of this name');
    copy[name] = packRequest((value as Record<string, unknown>)[name], depth + 1);
  }
  return copy;
}
