import { invalidArgument } from '@keyway/core/driver';
import type { Pkcs11Location, Pkcs11Options } from './options.ts';
import { pinFileOf } from './pin-source.ts';
import { formatPkcs11Uri } from './uri/format-pkcs11-uri.ts';
import { parsePkcs11Uri } from './uri/parse-pkcs11-uri.ts';
import type { UriRules } from './uri/parse-pkcs11-uri.ts';
import type { Pkcs11Uri } from './uri/pkcs11-uri.ts';

/** Attributes of the RFC with the member that each sets. Those of objects are none: a vault is a token. */
const members = {
  module: 'modulePath',
  moduleName: 'moduleName',
  token: 'token',
  serial: 'serial',
  manufacturer: 'manufacturer',
  model: 'model',
  slotId: 'slotId',
  slotDescription: 'slotDescription',
  libraryManufacturer: 'libraryManufacturer',
  libraryDescription: 'libraryDescription',
  libraryVersion: 'libraryVersion',
} as const satisfies Partial<Record<keyof Pkcs11Location, keyof Pkcs11Uri>>;

/** How the value of an own attribute is read and written. */
interface Parameter {
  readonly member: keyof Pkcs11Location;
  parse(text: string, name: string): unknown;
  format(value: never): string;
}

const asIs = (text: string): string => text;

function parseNumber(text: string, name: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(text)) return Number(text);
  throw invalidArgument(`${name} must be a whole number`);
}

function parseFlag(text: string, name: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalidArgument(`${name} must be true or false`);
}

function parseRecords(text: string, name: string): 'token' | { file: string } {
  if (text === 'token') return text;
  const [, file] = /^file:(.+)$/s.exec(text) ?? [];
  if (file !== undefined) return { file };
  throw invalidArgument(`${name} must be token or file:<path>`);
}

const formatRecords = (records: 'token' | { readonly file: string }): string =>
  records === 'token' ? records : `file:${records.file}`;

/** Attributes of the query that are this library's own, each with the member that it sets. */
const parameters: Readonly<Record<string, Parameter>> = {
  'keyway-library-parameters': { member: 'libraryParameters', parse: asIs, format: asIs },
  'keyway-namespace': { member: 'namespace', parse: asIs, format: asIs },
  'keyway-records': { member: 'records', parse: parseRecords, format: formatRecords },
  'keyway-retention-days': { member: 'retentionDays', parse: parseNumber, format: String },
  'keyway-purge-protection': { member: 'purgeProtection', parse: parseFlag, format: String },
  'keyway-probe-cache': { member: 'probeCache', parse: asIs, format: asIs },
  'keyway-workers': { member: 'workers', parse: parseNumber, format: String },
};

/**
 * Reads the `pkcs11:` URI of a vault: RFC 7512, with the attributes of this library, which begin with `keyway-`, in the
 * query. Other unknown attributes of the query are ignored, as the RFC asks.
 *
 * @returns Where the vault is; with `pin` where a PIN in the open is allowed and there.
 * @throws ERR_INVALID_ARGUMENT for what `parsePkcs11Uri` refuses, what names an object, and unknown attributes of the
 *   path, which no token fits.
 */
export function parsePkcs11Location(
  uri: string,
  rules: UriRules = {},
): Pkcs11Location & Pick<Pkcs11Options, 'pin'> {
  const parsed = parsePkcs11Uri(uri, rules);
  const { object, type, id, slotManufacturer, pinSource, pinValue, otherPath, otherQuery } = parsed;
  if (object !== undefined || type !== undefined || id !== undefined) {
    throw invalidArgument('The URI of a vault names a token: object, type and id have no place in it');
  }
  if (slotManufacturer !== undefined || Object.keys(otherPath).length > 0) {
    throw invalidArgument('The URI has an attribute in its path by which no token can be found here');
  }
  const location: Record<string, unknown> = {};
  for (const [member, from] of Object.entries(members)) {
    if (parsed[from] !== undefined) location[member] = parsed[from];
  }
  if (pinSource !== undefined) location['pinFile'] = pinFileOf(pinSource);
  if (pinValue !== undefined) location['pin'] = pinValue;
  for (const [name, values] of Object.entries(otherQuery)) readParameter(name, values, location);
  return location;
}

function readParameter(name: string, values: readonly string[], location: Record<string, unknown>): void {
  if (!name.startsWith('keyway-')) return;
  const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (parameter === undefined) throw invalidArgument('The URI has an attribute keyway-… that is not known');
  const [value = '', ...more] = values;
  if (more.length > 0) throw invalidArgument(`The URI has ${name} twice`);
  if (value === '') throw invalidArgument(`The URI attribute ${name} is empty`);
  location[parameter.member] = parameter.parse(value, name);
}

/** Writes a location as a URI that {@link parsePkcs11Location} reads back as the same. */
export function formatPkcs11Location(location: Pkcs11Location): string {
  const otherQuery = Object.fromEntries(
    Object.entries(parameters).flatMap(([name, { member, format }]) => {
      const value = location[member];
      return value === undefined ? [] : [[name, [format(value as never)]]];
    }),
  );
  const uri = Object.fromEntries(
    Object.entries(members).map(([member, to]) => [to, location[member as keyof typeof members]]),
  );
  return formatPkcs11Uri({ ...uri, pinSource: location.pinFile, otherQuery });
}
