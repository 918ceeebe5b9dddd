import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { freshOctets, isKeyManagerError, KeyManagerError } from '@keyway/core/driver';
import { addBackupKey } from './backup-keys.ts';
import { classify } from './classify.ts';
import { createDataKey, zeroDataKey } from './data-keys.ts';
import { createVaultDatabase, openConnection } from './database.ts';
import type { VaultDatabase } from './database.ts';
import { createKeyring, sealDataKey } from './keyring.ts';
import type { Reopen } from './keyring.ts';
import type { LocalLocation, LocalOptions } from './options.ts';
import { createSchema } from './schema.ts';
import { createSealing, openSealing } from './sealing.ts';
import { chooseSealing, withSealing } from './sealing-choice.ts';
import type { SealingChoice } from './sealing-choice.ts';
import { createStatements } from './statements.ts';
import { createVault } from './vault.ts';
import type { Vault } from './vault.ts';
import { createVaultFile, openVaultFile } from './vault-file.ts';
import { createReleaseKey, readSettings, readText, writeItem, writeSettings } from './vault-items.ts';
import { newSettings, requireSettings } from './vault-settings.ts';
import type { VaultSettings, WantedSettings } from './vault-settings.ts';

/** What a new vault begins with. */
interface Beginning {
  readonly identity: string;
  readonly settings: VaultSettings;
  readonly header: string;
  readonly sealingKey: Uint8Array;
}

/** Fills an empty database with a vault without keys. */
function begin(database: VaultDatabase, beginning: Beginning): void {
  const { identity, settings, header, sealingKey } = beginning;
  const secret = randomBytes(32);
  const key = createDataKey(1, secret);
  database.change(() => {
    const { connection } = database;
    createSchema(connection);
    writeItem(database, 'identity', { value: identity });
    writeItem(database, 'sealing', { value: header });
    const sealed = sealDataKey(sealingKey, identity, 1, secret);
    connection.prepare('INSERT INTO generations (generation, sealed) VALUES (1, ?)').run(sealed);
    writeSettings(database, identity, key, settings);
    createReleaseKey(database, identity, key);
    addBackupKey(database, identity, sealingKey);
  });
  secret.fill(0);
  zeroDataKey(key);
}

function assemble(
  connection: DatabaseSync,
  shared: boolean,
  opened: { readonly header: string; readonly sealingKey: Uint8Array },
  reopen: Reopen | undefined,
): Vault {
  const database = createVaultDatabase(connection, shared);
  const identity = readText(database, 'identity');
  const keyring = createKeyring(database, identity, opened, reopen);
  const settings = readSettings(database, identity, keyring);
  return createVault({ identity, settings, database, statements: createStatements(connection), keyring });
}

async function openMemory(wanted: WantedSettings): Promise<Vault> {
  const settings = newSettings(wanted);
  const key = freshOctets(randomBytes(32));
  const { header, sealingKey } = await createSealing({ kind: 'key', key });
  key.fill(0);
  const connection = openConnection(':memory:');
  const identity = `memory:${randomUUID()}`;
  begin(createVaultDatabase(connection, false), { identity, settings, header: header.text, sealingKey });
  return assemble(connection, false, { header: header.text, sealingKey }, undefined);
}

async function createFile(path: string, wanted: WantedSettings, choice: SealingChoice): Promise<void> {
  const settings = newSettings(wanted);
  const { header, sealingKey } = await withSealing(choice, createSealing);
  const identity = `local:${randomUUID()}`;
  try {
    createVaultFile(path, (connection) => {
      begin(createVaultDatabase(connection, true), { identity, settings, header: header.text, sealingKey });
    });
  } finally {
    sealingKey.fill(0);
  }
}

async function openFile(
  path: string,
  wanted: WantedSettings,
  create: boolean,
  choice: SealingChoice,
): Promise<Vault> {
  if (create && !existsSync(path)) await createFile(path, wanted, choice);
  const connection = openVaultFile(path);
  try {
    const header = readText(createVaultDatabase(connection, true), 'sealing');
    const reopen: Reopen = (text) => withSealing(choice, (source) => openSealing({ text }, source));
    const sealingKey = await reopen(header);
    const vault = assemble(connection, true, { header, sealingKey }, choice.readable ? reopen : undefined);
    requireSettings(vault.settings, wanted);
    return vault;
  } catch (error) {
    connection.close();
    throw error;
  }
}

const openingMessages: Readonly<Record<string, string>> = {
  ERR_INTEGRITY: 'The vault file is cut or damaged',
  ERR_PERMISSION_DENIED: 'The vault file cannot be read and written, or nothing can be written beside it',
  ERR_QUOTA_EXCEEDED: 'There is no room for the vault on the disk',
  ERR_UNAVAILABLE: 'The vault file is not there, or cannot be opened',
};

/** The error of an opening that failed: what the vault file or its system said, explained. */
function openingError(error: unknown): unknown {
  if (isKeyManagerError(error) || error instanceof TypeError) return error;
  const { code, retry } = classify(error);
  return new KeyManagerError(code, openingMessages[code] ?? 'The vault cannot be opened', {
    provider: 'local',
    retryable: retry === 'safe',
    cause: error,
  });
}

/** Opens the vault at a location, and makes it where it is missing and may be made. */
export async function openVault(location: LocalLocation, options: LocalOptions): Promise<Vault> {
  const wanted: WantedSettings = {
    retentionDays: options.retentionDays ?? location.retentionDays,
    purgeProtection: options.purgeProtection ?? location.purgeProtection,
  };
  try {
    if (location.path === undefined) return await openMemory(wanted);
    const create = options.create ?? location.create ?? true;
    return await openFile(location.path, wanted, create, chooseSealing(options, location));
  } catch (error) {
    throw openingError(error);
  }
}
