import { checkText } from './arguments.ts';
import type { Capabilities } from './capabilities.ts';
import { invalidArgument } from './errors.ts';

/** Names that every vault can hold. */
const portableName = /^[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?$/;

/**
 * The widest set that any vault may accept with `strictNames: false`. It needs no escaping in the path of a
 * URI and has no dot, so that no name is a relative path segment; a provider narrows it further.
 */
const anyName = /^[0-9A-Za-z_-]{1,127}$/;

/** Unreserved characters of RFC 3986 section 2.3. */
const versionText = /^[0-9A-Za-z._~-]{1,127}$/;

/** Not versions, because ids need them: relative path segments, and the last segment of a policy's id. */
const reservedVersions: ReadonlySet<string> = new Set(['.', '..', 'rotationpolicy']);

const requestIdText = /^[A-Za-z0-9_.-]{1,64}$/;

const tagKey = /^[a-z][a-z0-9_-]{0,62}$/;
const maxTags = 10;
const maxTagCodePoints = 63;
const maxTagOctets = 189;

/**
 * Checks the name of a key.
 *
 * Strict names have 1 to 63 characters, small ASCII letters, digits and hyphens, with no hyphen at either
 * end. Otherwise 1 to 127 ASCII letters, digits, hyphens and underscores; the vault may then refuse more.
 *
 * @throws TypeError where it is no string.
 * @throws ERR_INVALID_ARGUMENT where the name is not acceptable.
 */
export function checkName(name: unknown, strict: boolean): string {
  const text = checkText(name, 'name');
  if ((strict ? portableName : anyName).test(text)) return text;
  throw invalidArgument(
    strict
      ? 'A key name has 1 to 63 characters: small letters, digits and hyphens, no hyphen at either end'
      : 'A key name has 1 to 127 characters: letters, digits, hyphens and underscores',
  );
}

/**
 * Checks the name of a version: opaque text, 1 to 127 letters, digits and `. _ ~ -`.
 *
 * `.`, `..` and `rotationpolicy` are no versions: they have another meaning in an id.
 *
 * @throws TypeError where it is no string.
 * @throws ERR_INVALID_ARGUMENT where the version is not acceptable.
 */
export function checkVersion(version: unknown): string {
  const text = checkText(version, 'version');
  if (versionText.test(text) && !reservedVersions.has(text)) return text;
  throw invalidArgument(
    'A version has 1 to 127 characters: letters, digits, dots, hyphens, underscores and tildes',
  );
}

/**
 * Checks a caller's own request id: 1 to 64 characters of `[A-Za-z0-9_.-]`.
 *
 * @throws TypeError where it is no string.
 * @throws ERR_INVALID_ARGUMENT where it is not acceptable.
 */
export function checkRequestId(id: unknown): string {
  const text = checkText(id, 'requestId');
  if (requestIdText.test(text)) return text;
  throw invalidArgument('A requestId has 1 to 64 characters: letters, digits, dots, hyphens and underscores');
}

/**
 * Tells whether a value is an object literal or a parsed JSON object, rather than an array or an instance.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function checkTagValue(key: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidArgument(`The value of tag ${key} must be a string`);
  if (!value.isWellFormed()) throw invalidArgument(`The value of tag ${key} must be well-formed Unicode`);
  if (value.length > 2 * maxTagCodePoints || Array.from(value).length > maxTagCodePoints) {
    throw invalidArgument(`The value of tag ${key} must have at most ${maxTagCodePoints} code points`);
  }
  if (Buffer.byteLength(value) > maxTagOctets) {
    throw invalidArgument(`The value of tag ${key} must have at most ${maxTagOctets} octets in UTF-8`);
  }
  return value;
}

/**
 * Checks tags and gives a frozen copy with its keys sorted.
 *
 * At most 10 (or what the vault takes); keys match `[a-z][a-z0-9_-]{0,62}`; values are well-formed Unicode of
 * at most 63 code points and 189 octets in UTF-8, and may be empty. Where the vault has a total budget, keys
 * and values together keep to it.
 *
 * @throws ERR_INVALID_ARGUMENT for anything else, whatever its type.
 */
export function checkTags(tags: unknown, limits: Capabilities['limits']): Readonly<Record<string, string>> {
  if (!isPlainObject(tags)) throw invalidArgument('tags must be an object of strings');
  const keys = Reflect.ownKeys(tags);
  const most = Math.min(maxTags, limits.maxTags);
  if (keys.length > most) throw invalidArgument(`A key has at most ${most} tags`);
  const entries = keys.map((key): readonly [string, string] => {
    if (typeof key !== 'string' || !tagKey.test(key)) {
      throw invalidArgument(
        'A tag key has 1 to 63 small letters, digits, hyphens and underscores, a letter first',
      );
    }
    return [key, checkTagValue(key, tags[key])];
  });
  const octets = entries.reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(value), 0);
  if (octets > (limits.maxTagsTotalBytes ?? Infinity)) {
    throw invalidArgument(
      `The tags of a key have at most ${limits.maxTagsTotalBytes} octets together in this vault`,
    );
  }
  return Object.freeze(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
