import { invalidArgument } from '@keyway/core/driver';
import type { MetadataStore } from '@keyway/core/driver';
import { optionChecks } from './option-values.ts';
import type { TokenAccess } from './token-access.ts';
import type { PinSource } from './token/token.ts';
import type { LibraryVersion } from './uri/pkcs11-uri.ts';

/** Where a vault is. This is what a `pkcs11:` URI says. What is absent fits any token. */
export interface Pkcs11Location {
  /** The vendor's library: its full path, or a folder in which {@link Pkcs11Location.moduleName} is. */
  readonly module?: string | undefined;
  /** Its name without `lib` and ending, looked for where modules are on this system. */
  readonly moduleName?: string | undefined;
  /** What some libraries want to be told as they are initialised (NSS: `configdir='sql:…'`). */
  readonly libraryParameters?: string | undefined;
  /** The token's label. */
  readonly token?: string | undefined;
  readonly serial?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly model?: string | undefined;
  /** Slots may be numbered anew when the module is loaded again: a serial number or a label is the better name. */
  readonly slotId?: bigint | undefined;
  readonly slotDescription?: string | undefined;
  readonly libraryManufacturer?: string | undefined;
  readonly libraryDescription?: string | undefined;
  readonly libraryVersion?: LibraryVersion | undefined;
  /** A file with the PIN, mode 0600, which is read each time a login is due. One newline at its end is left out. */
  readonly pinFile?: string | undefined;
  /** Which keys of the token are this vault. Default: `keyway`. */
  readonly namespace?: string | undefined;
  /** Where versions, dates and tags are kept. Default: on the token, where it takes data objects. */
  readonly records?: 'token' | { readonly file: string } | undefined;
  /** Days from deletion until a key is gone, 7 to 90. Default 90. */
  readonly retentionDays?: number | undefined;
  /** Deleted keys cannot be purged before their time. Default false. */
  readonly purgeProtection?: boolean | undefined;
  /** A file that keeps what the probes have found of a token. */
  readonly probeCache?: string | undefined;
  /** Worker threads, each with one session. Default: the cores, at most what the token allows. */
  readonly workers?: number | undefined;
}

/** How to open a vault: where it is, and what only a program can say. */
export interface Pkcs11Options extends Omit<Pkcs11Location, 'records'> {
  /** The PIN, its octets, or what asks for it each time a login is due. Without one nobody is logged in. */
  readonly pin?: string | Uint8Array | PinSource | undefined;
  /** Whether the token is hardware. Only its owner can say so: no token proves it. Default: unknown. */
  readonly hardware?: boolean | undefined;
  /** Take the PIN of a URI's `pin-value`. Default false. */
  readonly allowPinValue?: boolean | undefined;
  readonly records?: Pkcs11Location['records'] | MetadataStore;
  /**
   * Import private keys as plain attributes where the token cannot unwrap them. Default false: they are seen by the
   * library and by whatever is between it and the token.
   */
  readonly plainImport?: boolean | undefined;
  /** Which signatures are verified in this process before they are given out. Default `rsa`. */
  readonly checkSignatures?: TokenAccess['checkSignatures'] | undefined;
  /** Jobs that may wait before more are refused with `ERR_THROTTLED`. Default 4,096. */
  readonly maxQueue?: number | undefined;
}

/** The members of {@link Pkcs11Options}; an opener splits its options by them. */
export const pkcs11OptionNames: readonly (keyof Pkcs11Options)[] = Object.keys(
  optionChecks,
) as (keyof Pkcs11Options)[];

/**
 * Checks options, and that nothing in them contradicts or would be ignored.
 *
 * @throws TypeError for what a type checker would have refused.
 * @throws ERR_INVALID_ARGUMENT for a value that is not acceptable.
 */
export function checkPkcs11Options(options: Pkcs11Options): Pkcs11Options {
  for (const [name, check] of Object.entries(optionChecks)) {
    const value = options[name as keyof Pkcs11Options];
    if (value !== undefined) check(value, name);
  }
  if (options.module === undefined && options.moduleName === undefined) {
    throw invalidArgument('module is missing: the path of the library to load');
  }
  if (options.pin !== undefined && options.pinFile !== undefined) {
    throw invalidArgument('pin and pinFile are given, and only one can be used');
  }
  return options;
}

/** Puts the options beside a URI to what it says. */
export function mergeLocation(location: Pkcs11Options, options: Partial<Pkcs11Options>): Pkcs11Options {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const twice = given.find(([name]) => name in location)?.[0];
  if (twice !== undefined) throw invalidArgument(`${twice} is given in the URI and as an option`);
  return { ...location, ...Object.fromEntries(given) };
}
