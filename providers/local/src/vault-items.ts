import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { integrityError } from '@keyway/core/driver';
import { authenticate, checkCode, placeOf } from './data-keys.ts';
import type { DataKey } from './data-keys.ts';
import type { VaultDatabase } from './database.ts';
import type { Keyring } from './keyring.ts';
import { openBytes, sealBytes } from './sealing.ts';
import { formatSettings, parseSettings } from './vault-settings.ts';
import type { VaultSettings } from './vault-settings.ts';

interface ItemRow {
  readonly value: string | Uint8Array;
  readonly generation: number | null;
  readonly mac: Uint8Array | null;
}

function readItem(database: VaultDatabase, item: string): ItemRow | undefined {
  const statement = database.connection.prepare('SELECT value, generation, mac FROM vault WHERE item = ?');
  return statement.get(item) as (Record<string, unknown> & ItemRow) | undefined;
}

/** Writes something that the vault has once. */
export function writeItem(
  database: VaultDatabase,
  item: 'identity' | 'sealing' | 'settings' | 'release-key',
  row: { readonly value: string | Uint8Array; readonly generation?: number; readonly mac?: Uint8Array },
): void {
  database.connection
    .prepare('INSERT OR REPLACE INTO vault (item, value, generation, mac) VALUES (?, ?, ?, ?)')
    .run(item, row.value, row.generation ?? null, row.mac ?? null);
}

/** Reads a text that needs no code of its own: a false identity or header opens no data key. @throws ERR_INTEGRITY */
export function readText(database: VaultDatabase, item: 'identity' | 'sealing'): string {
  const value = readItem(database, item)?.value;
  if (typeof value !== 'string') throw integrityError();
  return value;
}

/** Writes the settings, authenticated. */
export function writeSettings(
  database: VaultDatabase,
  identity: string,
  key: DataKey,
  settings: VaultSettings,
): void {
  const value = formatSettings(settings);
  const mac = authenticate(key, identity, 'settings', [value]);
  writeItem(database, 'settings', { value, generation: key.generation, mac });
}

/** Reads the settings. @throws ERR_INTEGRITY */
export function readSettings(database: VaultDatabase, identity: string, keyring: Keyring): VaultSettings {
  const row = readItem(database, 'settings');
  if (typeof row?.value !== 'string' || row.generation === null || row.mac === null) throw integrityError();
  checkCode(keyring.of(row.generation), identity, 'settings', [row.value], row.mac);
  return parseSettings(row.value);
}

function writeReleaseKey(database: VaultDatabase, identity: string, key: DataKey, octets: Uint8Array): void {
  const value = sealBytes(key.sealKey, octets, placeOf(identity, 'release key'));
  writeItem(database, 'release-key', { value, generation: key.generation });
}

/** Makes the key that signs what this vault releases: P-256. */
export function createReleaseKey(database: VaultDatabase, identity: string, key: DataKey): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const octets = privateKey.export({ format: 'der', type: 'pkcs8' });
  writeReleaseKey(database, identity, key, octets);
  octets.fill(0);
}

function openReleaseKey(database: VaultDatabase, identity: string, keyring: Keyring): Uint8Array {
  const row = readItem(database, 'release-key');
  if (!(row?.value instanceof Uint8Array) || row.generation === null) throw integrityError();
  return openBytes(keyring.of(row.generation).sealKey, row.value, placeOf(identity, 'release key'));
}

/** The key that signs what this vault releases. */
export function readReleaseKey(database: VaultDatabase, identity: string, keyring: Keyring): KeyObject {
  const octets = openReleaseKey(database, identity, keyring);
  try {
    return createPrivateKey({
      key: Buffer.from(octets.buffer, octets.byteOffset, octets.length),
      format: 'der',
      type: 'pkcs8',
    });
  } finally {
    octets.fill(0);
  }
}

/** Seals and authenticates what the vault has once under the newest data key. Must run within a change. */
export function resealItems(database: VaultDatabase, identity: string, keyring: Keyring): void {
  const newest = keyring.newest();
  writeSettings(database, identity, newest, readSettings(database, identity, keyring));
  const octets = openReleaseKey(database, identity, keyring);
  writeReleaseKey(database, identity, newest, octets);
  octets.fill(0);
}
