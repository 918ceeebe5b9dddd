import { invalidArgument } from './errors.ts';
import { isPlainObject } from './names-and-tags.ts';

/** Names the encoding and its version; first octets of every encoded context. */
const magic = Buffer.from('keyway-ctx-1', 'ascii');

/** What the narrowest vault takes, in octets of the encoding. */
const maxContextOctets = 8192;

function checkPart(text: unknown, what: string): string {
  if (typeof text !== 'string' || text === '')
    throw invalidArgument(`A ${what} of a context must be a non-empty string`);
  if (!text.isWellFormed()) throw invalidArgument(`A ${what} of a context must be well-formed Unicode`);
  return text;
}

/** A text as its UTF-8 octets behind their number in four octets. */
function counted(octets: Buffer): readonly Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(octets.length);
  return [length, octets];
}

/**
 * Checks an encryption context and gives a frozen copy; undefined where it is absent or empty, which is the
 * same.
 *
 * Keys and values are non-empty, well-formed Unicode; the encoding has at most 8192 octets. A context is
 * never secret: vaults write it into their logs.
 *
 * @throws ERR_INVALID_ARGUMENT for anything else, whatever its type.
 */
export function checkEncryptionContext(context: unknown): Readonly<Record<string, string>> | undefined {
  if (context === undefined) return undefined;
  if (!isPlainObject(context)) throw invalidArgument('A context must be an object of strings');
  const keys = Reflect.ownKeys(context);
  if (keys.length === 0) return undefined;
  const entries = keys.map((key) => {
    const name = checkPart(key, 'key');
    return [name, checkPart(context[name], 'value')] as const;
  });
  const checked = Object.freeze(Object.fromEntries(entries));
  if (encodeEncryptionContext(checked).length > maxContextOctets) {
    throw invalidArgument(`A context must have at most ${maxContextOctets} octets`);
  }
  return checked;
}

/**
 * Encodes an encryption context as the additional authenticated data of vaults that take octets. This
 * encoding is published and does not change: ciphertexts depend on it.
 *
 * The ASCII text `keyway-ctx-1`, then for each entry, sorted by the UTF-8 octets of its key: the number of
 * octets of the key (four octets, big-endian), the key in UTF-8, the number of octets of the value, the value
 * in UTF-8. An empty context is zero octets, the same as none.
 */
export function encodeEncryptionContext(context: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(context).map(
    ([key, value]) => [Buffer.from(key), Buffer.from(value)] as const,
  );
  if (entries.length === 0) return new Uint8Array(0);
  entries.sort(([a], [b]) => Buffer.compare(a, b));
  const parts = entries.flatMap(([key, value]) => [...counted(key), ...counted(value)]);
  return new Uint8Array(Buffer.concat([magic, ...parts]));
}
