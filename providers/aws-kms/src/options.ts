import { invalidArgument } from '@keyway/core/driver';
import { checkPrefix } from './aliases.ts';
import { keySpecRows } from './algorithms.ts';
import type { KmsFeature } from './algorithms.ts';
import type { KmsClient } from './client.ts';

/** Where a vault is. This is what an `awskms:` URI says; it never holds a secret. */
export interface AwsKmsLocation {
  readonly region: string;
  /** The first part of the vault's aliases: `alias/<prefix>/<name>`. One prefix is one vault. */
  readonly prefix: string;
  /** Another address of KMS: an interface endpoint, or an emulator. `http:` for this machine only. */
  readonly endpoint?: string | undefined;
  /** A profile of the shared AWS configuration files, for the SDK's credential chain. */
  readonly profile?: string | undefined;
  /** The 12 digits of the account. Where it is given, opening makes no request. */
  readonly account?: string | undefined;
  /** Days from deletion until KMS destroys a key, 7 to 30. Default 30. */
  readonly deletionWindowInDays?: number | undefined;
  /**
   * What the versions of a key are: KMS keys of their own (`keys`, the default), or the key materials of one symmetric
   * KMS key (`materials`), which KMS itself rotates.
   */
  readonly versions?: VersionStrategy | undefined;
}

/** What the versions of a key are. */
export type VersionStrategy = 'keys' | 'materials';

/** How to open a vault: where it is, and what asks for it. */
export interface AwsKmsOptions extends Omit<AwsKmsLocation, 'region'> {
  /** Needed where no client is given; with a client it is learnt from KMS, or checked. */
  readonly region?: string | undefined;
  /**
   * The SDK's client `KMS`, or a function that makes one. Make it with `maxAttempts: 1`, since Keyway repeats what may be
   * repeated. A client that is given stays open when the vault is closed; one that is made here is destroyed.
   */
  readonly client?: KmsClient | (() => KmsClient | Promise<KmsClient>) | undefined;
  /**
   * What this region or endpoint lacks, for example `['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87']`: the capabilities then say
   * so, and nothing of the kind is sent.
   */
  readonly without?: readonly KmsFeature[] | undefined;
}

/** The members of {@link AwsKmsOptions}; an opener splits its options by them. */
export const awsKmsOptionNames: readonly (keyof AwsKmsOptions)[] = [
  'region',
  'prefix',
  'endpoint',
  'profile',
  'account',
  'deletionWindowInDays',
  'versions',
  'client',
  'without',
];

/** For example `eu-west-1`, `us-gov-west-1`, `eusc-de-east-1`. Whether AWS has it only AWS can say. */
const regionText = /^[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[1-9][0-9]?$/;

function checkRegion(text: string): string {
  if (regionText.test(text)) return text;
  throw invalidArgument('region must be the name of an AWS region, for example eu-west-1');
}

function checkAccount(text: string): string {
  if (/^[0-9]{12}$/.test(text)) return text;
  throw invalidArgument('account must be the 12 digits of an AWS account');
}

function checkProfile(text: string): string {
  // eslint-disable-next-line no-control-regex
  if (text.length > 0 && text.length <= 128 && !/[\u0000-\u001f\u007f[\]]/.test(text)) return text;
  throw invalidArgument('profile must be the name of a profile');
}

const loopback = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;

/** Checks an endpoint. No error repeats it, since it may have a password in it. */
function checkEndpoint(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//.test(text)) throw invalidArgument('endpoint must be an https: URL');
  const { protocol, hostname, username, password, search, hash, pathname } = url;
  if (username !== '' || password !== '' || search !== '' || hash !== '' || /[?#@]/.test(text)) {
    throw invalidArgument('endpoint must have no user, query or fragment');
  }
  if (pathname !== '/') throw invalidArgument('endpoint must have no path');
  if (protocol !== 'https:' && !loopback.test(hostname)) {
    throw invalidArgument('endpoint must be https: for any host but this machine');
  }
  return text;
}

function checkWindow(days: number): number {
  if (typeof days !== 'number') throw new TypeError('deletionWindowInDays must be a number');
  if (Number.isInteger(days) && days >= 7 && days <= 30) return days;
  throw invalidArgument('deletionWindowInDays must be a whole number from 7 to 30');
}

function checkVersions(strategy: string): VersionStrategy {
  if (strategy === 'keys' || strategy === 'materials') return strategy;
  throw invalidArgument('versions must be keys or materials');
}

function parseWindow(text: string): number {
  if (!/^[1-9][0-9]?$/.test(text)) {
    throw invalidArgument('deletion-window must be a whole number from 7 to 30');
  }
  return checkWindow(Number(text));
}

const text =
  (check: (value: string) => string) =>
  (value: unknown): string => {
    if (typeof value !== 'string') throw new TypeError('An option that is text is not a string');
    return check(value);
  };

/** The members that are text, with what checks them. */
const texts = {
  region: text(checkRegion),
  prefix: text(checkPrefix),
  endpoint: text(checkEndpoint),
  profile: text(checkProfile),
  account: text(checkAccount),
  versions: text(checkVersions),
} as const;

/** Every parameter of the URI with the member that it sets. */
const parameters = {
  prefix: { member: 'prefix', parse: checkPrefix },
  endpoint: { member: 'endpoint', parse: checkEndpoint },
  profile: { member: 'profile', parse: checkProfile },
  account: { member: 'account', parse: checkAccount },
  'deletion-window': { member: 'deletionWindowInDays', parse: parseWindow },
  versions: { member: 'versions', parse: checkVersions },
} as const satisfies Record<
  string,
  { member: keyof AwsKmsLocation; parse: (text: string) => string | number }
>;

function decode(encoded: string): string {
  try {
    const decoded = decodeURIComponent(encoded);
    if (decoded.isWellFormed()) return decoded;
  } catch {
    // Falls through to the one error for both.
  }
  throw invalidArgument('The URI has a percent-encoding that is not valid');
}

/**
 * Reads an `awskms:` URI: `awskms://<region>?prefix=<prefix>`, and as further parameters `endpoint`, `profile`, `account`,
 * `deletion-window` and `versions`. Values are percent-decoded; a plus sign is itself.
 *
 * @throws ERR_INVALID_ARGUMENT for another scheme, an unknown or repeated parameter, or a value that is not acceptable.
 */
export function parseAwsKmsUri(uri: string): AwsKmsLocation {
  if (typeof uri !== 'string') throw new TypeError('uri must be a string');
  const [, region, query] = /^awskms:\/\/([^/?#]*)\/?\?([^#]*)$/.exec(uri) ?? [];
  if (region === undefined || query === undefined) {
    throw invalidArgument('The URI must be awskms://<region>?prefix=<prefix>');
  }
  const location: Record<string, unknown> = { region: checkRegion(region) };
  for (const pair of query.split('&')) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [undefined, pair];
    if (!Object.hasOwn(parameters, name)) {
      throw invalidArgument('The URI has a parameter that this vault does not know');
    }
    const { member, parse } = parameters[name as keyof typeof parameters];
    if (member in location) throw invalidArgument(`The URI has ${name} twice`);
    location[member] = parse(decode(value));
  }
  if (location['prefix'] === undefined) throw invalidArgument('The URI needs a prefix');
  return location as typeof location & AwsKmsLocation;
}

/** Writes what a URI may not hold as it is percent-encoded; slashes and colons stay readable. */
function encode(value: string | number): string {
  return encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%3A', ':');
}

/** Writes a location as a URI that {@link parseAwsKmsUri} reads back as the same. */
export function formatAwsKmsUri(location: AwsKmsLocation): string {
  const pairs = Object.entries(parameters).flatMap(([name, { member }]) => {
    const value = location[member];
    return value === undefined ? [] : [`${name}=${encode(value)}`];
  });
  return `awskms://${location.region}?${pairs.join('&')}`;
}

function checkWithout(features: AwsKmsOptions['without']): void {
  if (features === undefined) return;
  if (!Array.isArray(features)) throw new TypeError('without must be an array');
  const known: readonly unknown[] = ['ImportKeyMaterial', ...keySpecRows.map(({ keySpec }) => keySpec)];
  if (features.every((feature) => known.includes(feature))) return;
  throw invalidArgument('without names something that this package does not use');
}

/**
 * Checks options, and that nothing in them contradicts or would be ignored.
 *
 * @throws TypeError for what a type checker would have refused.
 * @throws ERR_INVALID_ARGUMENT for a value that is not acceptable.
 */
export function checkAwsKmsOptions(options: AwsKmsOptions): AwsKmsOptions {
  const { client, deletionWindowInDays } = options;
  for (const [member, check] of Object.entries(texts)) {
    const value = options[member as keyof typeof texts];
    if (value !== undefined) check(value);
  }
  if (deletionWindowInDays !== undefined) checkWindow(deletionWindowInDays);
  checkWithout(options.without);
  if (options.prefix === undefined)
    throw invalidArgument('prefix is missing: it says which keys are this vault');
  if (client === undefined) {
    if (options.region === undefined) throw invalidArgument('region is missing');
    return options;
  }
  if (client === null || (typeof client !== 'object' && typeof client !== 'function')) {
    throw new TypeError('client must be a client or a function');
  }
  const ignored = (['endpoint', 'profile'] as const).find((member) => options[member] !== undefined);
  if (ignored !== undefined) throw invalidArgument(`${ignored} goes into the client where one is given`);
  return options;
}

/** Puts the options beside a URI to what it says. */
export function mergeLocation(location: AwsKmsLocation, options: Partial<AwsKmsOptions>): AwsKmsOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const twice = given.find(([name]) => name in location)?.[0];
  if (twice !== undefined) throw invalidArgument(`${twice} is given in the URI and as an option`);
  return { ...location, ...Object.fromEntries(given) };
}
