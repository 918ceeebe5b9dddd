import { invalidArgument } from '@keyway/core/driver';
import type { AttestationAuthorities } from './release.ts';
import type { SealingSource } from './sealing.ts';

/** Where a passphrase is read from when the vault is opened. */
export type SecretSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'environment'; readonly name: string };

/** What a `local:` or `memory:` URI says. It never holds a secret. */
export interface LocalLocation {
  /** Path of the file; undefined for a vault in memory. */
  readonly path: string | undefined;
  readonly passphraseSource?: SecretSource | undefined;
  readonly backupPassphraseSource?: SecretSource | undefined;
  readonly keyFile?: string | undefined;
  readonly retentionDays?: number | undefined;
  readonly purgeProtection?: boolean | undefined;
  readonly create?: boolean | undefined;
}

/** A key of another vault that seals this one: it must wrap and unwrap. */
export type SealedBy = Omit<Extract<SealingSource, { kind: 'keyManager' }>, 'kind'>;

/** How to open a local vault. Exactly one thing seals a file: a passphrase, a key file, a key, or a key of another vault. */
export interface LocalOptions {
  /** A passphrase, or its octets. Kept no longer than opening takes. */
  readonly passphrase?: string | Uint8Array | undefined;
  /** Path of a file with 32 octets, mode 0600. */
  readonly keyFile?: string | undefined;
  /** 32 octets. */
  readonly key?: Uint8Array | undefined;
  readonly sealedBy?: SealedBy | undefined;
  /** Make the vault where there is none (default true). */
  readonly create?: boolean | undefined;
  /** New vaults: how long deleted keys can be recovered, 7 to 90 days. Default 90. */
  readonly retentionDays?: number | undefined;
  /** New vaults: deleted keys cannot be purged before their time. Default false. */
  readonly purgeProtection?: boolean | undefined;
  /**
   * Seals backups, so that any local vault opened with the same one restores them. Without it backups are sealed under
   * the vault's sealing key. Kept in memory until `close`.
   */
  readonly backupPassphrase?: string | Uint8Array | undefined;
  /** The public keys of the attestation authorities that release policies may name, by the authority's URL. */
  readonly attestationAuthorities?: AttestationAuthorities | undefined;
}

/** The members of {@link LocalOptions}; an opener splits its options by them. */
export const localOptionNames: readonly (keyof LocalOptions)[] = [
  'passphrase',
  'keyFile',
  'key',
  'sealedBy',
  'create',
  'retentionDays',
  'purgeProtection',
  'backupPassphrase',
  'attestationAuthorities',
];

function parseSecretSource(text: string, parameter: string): SecretSource {
  const [, kind, rest] = /^(file|env):(.+)$/s.exec(text) ?? [];
  if (rest === undefined) throw invalidArgument(`${parameter} must be file:<path> or env:<name>`);
  if (kind === 'file') return { kind: 'file', path: rest };
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(rest))
    throw invalidArgument(`${parameter} names no environment variable`);
  return { kind: 'environment', name: rest };
}

function parseFlag(text: string, parameter: string): boolean {
  if (text !== 'true' && text !== 'false') throw invalidArgument(`${parameter} must be true or false`);
  return text === 'true';
}

function parseDays(text: string, parameter: string): number {
  if (!/^[1-9][0-9]?$/.test(text)) throw invalidArgument(`${parameter} must be a whole number from 7 to 90`);
  return Number(text);
}

/** Every parameter: the member it sets, how its text is read, and whether a vault in memory takes it. */
const parameters = {
  'passphrase-source': { member: 'passphraseSource', parse: parseSecretSource, memory: false },
  'backup-passphrase-source': { member: 'backupPassphraseSource', parse: parseSecretSource, memory: true },
  'key-file': { member: 'keyFile', parse: (text: string) => text, memory: false },
  'retention-days': { member: 'retentionDays', parse: parseDays, memory: true },
  'purge-protection': { member: 'purgeProtection', parse: parseFlag, memory: true },
  create: { member: 'create', parse: parseFlag, memory: false },
} as const satisfies Record<
  string,
  { member: keyof LocalLocation; parse: (text: string, parameter: string) => unknown; memory: boolean }
>;

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes('\0') && decoded.isWellFormed()) return decoded;
  } catch {
    // Falls through to the one error for both.
  }
  throw invalidArgument('The URI has a percent-encoding that is not valid');
}

/**
 * Reads a `local:` or `memory:` URI. Paths and values are percent-decoded; a space and a plus sign are themselves.
 *
 * @throws ERR_INVALID_ARGUMENT for another scheme, an unknown or repeated parameter, or a value that is not acceptable.
 */
export function parseLocalUri(uri: string): LocalLocation {
  const [, scheme, path, query] = /^(local|memory):([^?#]*)(?:\?([^#]*))?$/s.exec(uri) ?? [];
  if (scheme === undefined || path === undefined)
    throw invalidArgument('The URI must be local:<path> or memory:');
  const memory = scheme === 'memory';
  if (memory && path !== '') throw invalidArgument('memory: takes no path');
  if (!memory && path === '') throw invalidArgument('local: needs a path');
  const location: Record<string, unknown> = { path: memory ? undefined : decode(path) };
  for (const pair of query === undefined || query === '' ? [] : query.split('&')) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [undefined, pair];
    const parameter = Object.hasOwn(parameters, name)
      ? parameters[name as keyof typeof parameters]
      : undefined;
    if (parameter === undefined || (memory && !parameter.memory)) {
      throw invalidArgument('The URI has a parameter that this vault does not know');
    }
    if (parameter.member in location) throw invalidArgument(`The URI has ${name} twice`);
    if (value === '') throw invalidArgument(`The URI parameter ${name} is empty`);
    location[parameter.member] = parameter.parse(decode(value), name);
  }
  return location as typeof location & LocalLocation;
}

function formatValue(value: SecretSource | string | number | boolean): string {
  if (typeof value !== 'object') return String(value);
  return value.kind === 'file' ? `file:${value.path}` : `env:${value.name}`;
}

/** Writes percent-encoded what a URI may not hold as it is; path separators stay readable. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%3A', ':');
}

/** Writes a location as a URI that {@link parseLocalUri} reads back as the same. */
export function formatLocalUri(location: LocalLocation): string {
  const pairs = Object.entries(parameters).flatMap(([name, { member }]) => {
    const value = location[member];
    return value === undefined ? [] : [`${name}=${encode(formatValue(value))}`];
  });
  const query = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  return `${location.path === undefined ? 'memory:' : `local:${encode(location.path)}`}${query}`;
}
