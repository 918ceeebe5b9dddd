const mark = '$octets';

/** A value for JSON: octets become `{ "$octets": "<base64>" }`. */
export function encodeOctets(value: unknown): unknown {
  if (value instanceof Uint8Array) return { [mark]: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(encodeOctets);
  return isObject(value) ? mapMembers(value, encodeOctets) : value;
}

/** The reverse of {@link encodeOctets}. */
export function decodeOctets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeOctets);
  if (!isObject(value)) return value;
  const octets = value[mark];
  return typeof octets === 'string' ? Buffer.from(octets, 'base64') : mapMembers(value, decodeOctets);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function mapMembers(
  value: Readonly<Record<string, unknown>>,
  change: (member: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member)]));
}
