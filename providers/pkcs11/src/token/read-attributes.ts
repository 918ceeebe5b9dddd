import { attributeNumber, attributeRows } from './attributes.ts';
import type { AttributeName, Attributes } from './attributes.ts';
import { handleFromOctets } from './handles.ts';
import { isTokenError } from './return-values.ts';
import type { SessionCalls } from './session-calls.ts';

/** CK_UNAVAILABLE_INFORMATION where CK_ULONG has 32 bits; where it has 64, it is larger. */
const unavailable = 0xffff_ffff;
/** CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID */
const untold: ReadonlySet<number> = new Set([0x11, 0x12]);

function toValue(
  name: AttributeName,
  octets: Uint8Array,
): boolean | number | string | Uint8Array | undefined {
  switch (attributeRows[name].kind) {
    case 'bool':
      return octets.length === 0 ? undefined : octets[0] !== 0;
    case 'ulong': {
      if (octets.length !== 8 && octets.length !== 4) return undefined;
      const value = Number(handleFromOctets(octets));
      return value >= unavailable ? undefined : value;
    }
    case 'text':
      return Buffer.from(octets).toString('utf8');
    case 'octets':
      return Uint8Array.from(octets);
  }
}

function readInto(
  values: Record<string, unknown>,
  calls: SessionCalls,
  object: bigint,
  names: readonly AttributeName[],
): void {
  const handle = calls.handle(object);
  const types = names.map((name) => ({ type: attributeNumber(name) }));
  const read = calls.call('C_GetAttributeValue', false, (session) =>
    calls.library.C_GetAttributeValue(session, handle, types),
  );
  for (const [index, name] of names.entries()) {
    const value = toValue(name, (read[index] as { readonly value: Uint8Array }).value);
    if (value !== undefined) values[name] = value;
  }
}

/** Gives false where the token does not tell one of them: the binding then gives none. */
function isTold(calls: SessionCalls, read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (!isTokenError(error) || !untold.has(error.ckr)) throw error;
    calls.forgive();
    return false;
  }
}

/** Reads attributes; those that the token does not know or does not tell are absent. */
export function readAttributes<Name extends AttributeName>(
  calls: SessionCalls,
  object: bigint,
  names: readonly Name[],
): Pick<Attributes, Name> {
  const values: Record<string, unknown> = {};
  if (!isTold(calls, () => readInto(values, calls, object, names)))
    for (const name of names) isTold(calls, () => readInto(values, calls, object, [name]));
  return values as Pick<Attributes, Name>;
}
