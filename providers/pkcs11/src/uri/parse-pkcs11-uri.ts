import { invalidArgument } from '@keyway/core/driver';
import { findAttribute, lowerCase } from './attributes.ts';
import { decodeText } from './percent-coding.ts';
import type { UriPart } from './percent-coding.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';

/** What a URI may hold beyond what is always taken. */
export interface UriRules {
  /** Take `pin-value`, a PIN in the open. Default: refuse it. */
  readonly allowPinValue?: boolean | undefined;
}

const maxLength = 16_384;

/**
 * Reads a `pkcs11:` URI by RFC 7512. No error repeats a part of it, since it may hold a PIN.
 *
 * @throws ERR_INVALID_ARGUMENT where it breaks the RFC's grammar or rules, names a command as the source of the PIN, or
 *   holds a PIN that is not allowed.
 */
export function parsePkcs11Uri(uri: string, rules: UriRules = {}): Pkcs11Uri {
  if (typeof uri !== 'string') throw new TypeError('uri must be a string');
  if (uri.length > maxLength) throw invalidArgument('The PKCS #11 URI is too long');
  const [, path, query] = /^pkcs11:([^?#]*)(?:\?([^#]*))?$/is.exec(uri) ?? [];
  if (path === undefined) throw invalidArgument('A PKCS #11 URI is pkcs11:<attributes>?<attributes>');
  const parsed: ReadUri = { members: {}, otherPath: {}, otherQuery: {} };
  for (const pair of pairsOf(path, ';')) readPair(pair, 'path', parsed);
  for (const pair of pairsOf(query ?? '', '&')) readPair(pair, 'query', parsed);
  const { otherPath, otherQuery } = parsed;
  const found = { ...parsed.members, otherPath, otherQuery } as Pkcs11Uri;
  checkPin(found, rules);
  checkModule(found);
  return found;
}

interface ReadUri {
  readonly members: Record<string, unknown>;
  readonly otherPath: Record<string, string>;
  readonly otherQuery: Record<string, string[]>;
}

/** A part may be empty, but none of its attributes. */
function pairsOf(part: string, delimiter: string): readonly string[] {
  return part === '' ? [] : part.split(delimiter);
}

function readPair(pair: string, part: UriPart, { members, otherPath, otherQuery }: ReadUri): void {
  const [, given, value] = /^([A-Za-z0-9_-]+)=(.*)$/s.exec(pair) ?? [];
  if (given === undefined || value === undefined) {
    throw invalidArgument('The PKCS #11 URI has an attribute that is not <name>=<value>');
  }
  const name = lowerCase(given);
  const attribute = findAttribute(name, part);
  if (attribute === undefined) {
    const other: Record<string, string | string[]> = part === 'path' ? otherPath : otherQuery;
    const text = decodeText(value, part);
    const before = Object.hasOwn(other, name) ? other[name] : undefined;
    if (Array.isArray(before)) before.push(text);
    else if (before === undefined) setOwn(other, name, part === 'path' ? text : [text]);
    else throw invalidArgument('The PKCS #11 URI has an attribute twice');
    return;
  }
  const { member, form } = attribute;
  if (member in members) throw invalidArgument(`The PKCS #11 URI has ${name} twice`);
  members[member] = form.parse(value, part);
}

/** A name may be `__proto__`. */
function setOwn<Value>(record: Record<string, Value>, name: string, value: Value): void {
  Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true });
}

function checkPin({ pinSource, pinValue, otherPath }: Pkcs11Uri, { allowPinValue = false }: UriRules): void {
  if ('pin-value' in otherPath || 'pin-source' in otherPath) {
    throw invalidArgument('pin-source and pin-value stand behind the question mark of a PKCS #11 URI');
  }
  if (pinSource !== undefined && pinValue !== undefined) {
    throw invalidArgument('A PKCS #11 URI has pin-source or pin-value, not both');
  }
  if (pinValue !== undefined && !allowPinValue) {
    throw invalidArgument('pin-value is a PIN in the open, which must be allowed by an option', {
      alternative: 'pin-source=file:<path>, or the option allowPinValue',
    });
  }
  if (pinSource?.startsWith('|') === true) {
    throw invalidArgument('pin-source must not be a command', { alternative: 'pin-source=file:<path>' });
  }
}

/** A relative path or a name with folders would load another library depending on where the process was started. */
function checkModule({ moduleName, modulePath }: Pkcs11Uri): void {
  if (modulePath !== undefined && !/^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(modulePath)) {
    throw invalidArgument('module-path must be an absolute path');
  }
  if (moduleName !== undefined && (moduleName === '' || /[/\\]/.test(moduleName))) {
    throw invalidArgument('module-name must be a name without folders');
  }
}
