import { invalidArgument } from '@keyway/core/driver';
import { decodeOctets, decodeText, encodeOctets, encodeText } from './percent-coding.ts';
import type { UriPart } from './percent-coding.ts';
import { objectTypes } from './pkcs11-uri.ts';
import type { LibraryVersion, ObjectType, Pkcs11Uri } from './pkcs11-uri.ts';

type Member = Exclude<keyof Pkcs11Uri, 'otherPath' | 'otherQuery'>;

/** How the value of an attribute is read and written. */
interface Form<Value> {
  parse(text: string, part: UriPart): Value;
  format(value: Value, part: UriPart): string;
}

/** An attribute that the RFC defines. */
export interface Attribute {
  readonly name: string;
  readonly part: UriPart;
  readonly member: Member;
  readonly form: {
    parse(text: string, part: UriPart): unknown;
    format(value: never, part: UriPart): string;
  };
}

const text: Form<string> = { parse: decodeText, format: encodeText };
const octets: Form<Uint8Array> = { parse: decodeOctets, format: encodeOctets };

const maxUlong = 2n ** 64n - 1n;

const number: Form<bigint> = {
  parse: (text) => checkUlong(/^[0-9]{1,20}$/.test(text) ? BigInt(text) : -1n),
  format: (value) => String(checkUlong(value)),
};

function checkUlong(value: bigint): bigint {
  if (value >= 0n && value <= maxUlong) return value;
  throw invalidArgument('slot-id must be a number of at most 64 bits');
}

const version: Form<LibraryVersion> = {
  parse: (text) => {
    const [, major = '256', minor = '0'] = /^([0-9]{1,3})(?:\.([0-9]{1,3}))?$/.exec(text) ?? [];
    return checkVersion({ major: Number(major), minor: Number(minor) });
  },
  format: (value) => {
    const { major, minor } = checkVersion(value);
    return `${major}.${minor}`;
  },
};

function checkVersion(version: LibraryVersion): LibraryVersion {
  const isOctet = (part: number): boolean => Number.isInteger(part) && part >= 0 && part <= 255;
  if (isOctet(version.major) && isOctet(version.minor)) return version;
  throw invalidArgument('library-version must be two numbers up to 255, such as 2.40');
}

const type: Form<ObjectType> = {
  parse: (text) => {
    const found = objectTypes.find((known) => known === lowerCase(text));
    if (found !== undefined) return found;
    throw invalidArgument(`type must be one of ${objectTypes.join(', ')}`);
  },
  format: (value) => type.parse(value, 'path'),
};

/** Names of attributes and types are literals of ABNF, which mean ASCII letters of either case (RFC 5234). */
export function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const row = <Value>(name: string, part: UriPart, member: Member, form: Form<Value>): Attribute => ({
  name,
  part,
  member,
  form,
});

/** Every attribute of the RFC, in the order in which they are written. */
export const attributes: readonly Attribute[] = [
  row('token', 'path', 'token', text),
  row('manufacturer', 'path', 'manufacturer', text),
  row('serial', 'path', 'serial', text),
  row('model', 'path', 'model', text),
  row('library-manufacturer', 'path', 'libraryManufacturer', text),
  row('library-description', 'path', 'libraryDescription', text),
  row('library-version', 'path', 'libraryVersion', version),
  row('slot-manufacturer', 'path', 'slotManufacturer', text),
  row('slot-description', 'path', 'slotDescription', text),
  row('slot-id', 'path', 'slotId', number),
  row('object', 'path', 'object', text),
  row('type', 'path', 'type', type),
  row('id', 'path', 'id', octets),
  row('module-name', 'query', 'moduleName', text),
  row('module-path', 'query', 'modulePath', text),
  row('pin-source', 'query', 'pinSource', text),
  row('pin-value', 'query', 'pinValue', text),
];

/** The attribute of a name in a part of the URI, where the RFC defines one. */
export function findAttribute(name: string, part: UriPart): Attribute | undefined {
  return attributes.find((known) => known.part === part && known.name === name);
}
