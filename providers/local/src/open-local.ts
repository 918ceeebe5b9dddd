import { createKeyManager } from '@keyway/core';
import type { KeyManager, KeyManagerSettings } from '@keyway/core';
import { checkOptions, freshOctets, invalidArgument, settingNames } from '@keyway/core/driver';
import type { KeyDriver, ProviderModule } from '@keyway/core/driver';
import { createLocalDriver } from './driver.ts';
import { createMaintenance } from './maintenance.ts';
import type { LocalMaintenance } from './maintenance.ts';
import { openVault } from './open-vault.ts';
import { localOptionNames, parseLocalUri } from './options.ts';
import type { LocalLocation, LocalOptions } from './options.ts';
import { readSecret } from './sealing-choice.ts';
import type { Vault } from './vault.ts';

/** Options of {@link openLocal}: how to open the vault, and the settings that every `KeyManager` has. */
export interface OpenLocalOptions extends LocalOptions, KeyManagerSettings {}

/** A local vault: a `KeyManager`, and what its operator needs beside that. */
export interface LocalVault extends KeyManager {
  readonly maintenance: LocalMaintenance;
}

interface Opened {
  readonly vault: Vault;
  readonly driver: KeyDriver;
}

/** Refuses what a type checker would have refused; secrets and settings of a vault are checked where they are used. */
function checkTypes(options: LocalOptions): void {
  const { keyFile, create, attestationAuthorities: authorities } = options;
  if (keyFile !== undefined && typeof keyFile !== 'string') throw new TypeError('keyFile must be a string');
  if (create !== undefined && typeof create !== 'boolean') throw new TypeError('create must be a boolean');
  if (authorities !== undefined && (typeof authorities !== 'object' || authorities === null)) {
    throw new TypeError('attestationAuthorities must be an object');
  }
}

/** A vault in memory has a key of its own and is always new: refuses what would be ignored. */
function refuseForMemory({ passphrase, keyFile, key, sealedBy, create }: LocalOptions): void {
  const given = Object.entries({ passphrase, keyFile, key, sealedBy, create });
  const ignored = given.find(([, value]) => value !== undefined)?.[0];
  if (ignored !== undefined) throw invalidArgument(`memory: takes no ${ignored}`);
}

async function open(location: LocalLocation, options: LocalOptions): Promise<Opened> {
  checkTypes(options);
  if (location.path === undefined) refuseForMemory(options);
  const backupPassphrase = chooseBackupPassphrase(location, options);
  const vault = await openVault(location, options);
  const { attestationAuthorities = {} } = options;
  return { vault, driver: createLocalDriver(vault, { backupPassphrase, attestationAuthorities }) };
}

/** The backup passphrase as octets of our own, which are overwritten in the end. */
function chooseBackupPassphrase(location: LocalLocation, options: LocalOptions): Uint8Array | undefined {
  const { backupPassphraseSource: source } = location;
  const { backupPassphrase: given } = options;
  if (source !== undefined && given !== undefined) throw invalidArgument('Two backup passphrases are given');
  const secret = source === undefined ? given : readSecret(source);
  if (secret === undefined) return undefined;
  if (secret.length === 0) throw invalidArgument('The backup passphrase is empty');
  return typeof secret === 'string' ? new TextEncoder().encode(secret) : freshOctets(secret);
}

/** A URI of ours, or else the path of a file. */
function parseLocation(location: string): LocalLocation {
  if (typeof location !== 'string') throw new TypeError('location must be a string');
  return /^(?:local|memory):/.test(location) ? parseLocalUri(location) : { path: location };
}

/**
 * Opens a local vault, and makes it where it is missing.
 *
 * @param location The path of the vault's file, or a URI: `local:<path>` with the parameters of {@link parseLocalUri}, or
 * `memory:` for a vault that is gone when it is closed.
 * @throws ERR_UNAUTHENTICATED where the passphrase or key does not open the vault.
 * @throws ERR_INTEGRITY where the file is cut or damaged.
 * @throws ERR_UNSUPPORTED where the file is of a newer schema.
 * @throws ERR_CONFLICT where the vault was made with other settings.
 * @throws ERR_UNAVAILABLE where the file or its folder is not there, ERR_PERMISSION_DENIED where it cannot be read and
 * written, ERR_QUOTA_EXCEEDED where the disk is full.
 * @throws ERR_INVALID_ARGUMENT for a URI, secret or option that is not acceptable.
 */
export async function openLocal(location: string, options: OpenLocalOptions = {}): Promise<LocalVault> {
  checkOptions(options, [...localOptionNames, ...settingNames]);
  const settings = Object.fromEntries(
    Object.entries(options).filter(([name]) => isSetting(name)),
  ) as KeyManagerSettings;
  const { vault, driver } = await open(parseLocation(location), options);
  const clock = settings.clock ?? Date.now;
  const maintenance = createMaintenance(vault, () => Math.floor(clock() / 1000));
  return Object.freeze({ ...createKeyManager(driver, settings), maintenance });
}

function isSetting(name: string): boolean {
  return settingNames.some((setting) => setting === name);
}

/** Opens `local:` and `memory:` URIs; options are those of {@link LocalOptions}. */
export const localProvider: ProviderModule = Object.freeze({
  provider: 'local',
  schemes: Object.freeze(['local', 'memory']),
  async openDriver(uri: string, options: Readonly<Record<string, unknown>>): Promise<KeyDriver> {
    checkOptions(options, localOptionNames);
    const { driver } = await open(parseLocalUri(uri), options as LocalOptions);
    return driver;
  },
});
