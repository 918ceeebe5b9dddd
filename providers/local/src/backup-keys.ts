import { createHash, hkdfSync } from 'node:crypto';
import { placeOf } from './data-keys.ts';
import type { VaultDatabase } from './database.ts';
import { openBytes, sealBytes } from './sealing.ts';

/** The keys that open backups, by id, and the one that seals new ones. */
export interface BackupKeys {
  readonly dataKeys: ReadonlyMap<string, Uint8Array>;
  readonly current: string;
}

function derive(sealingKey: Uint8Array): { readonly id: string; readonly key: Uint8Array } {
  const key = new Uint8Array(hkdfSync('sha256', sealingKey, new Uint8Array(), 'keyway-local backup 1', 32));
  const id = createHash('sha256').update('keyway-local backup id 1').update(key).digest('hex').slice(0, 32);
  return { id, key };
}

/**
 * Adds the backup key that follows from a sealing key, as the one for new backups. The earlier ones stay, so that a vault
 * restores its old backups after it was sealed anew. Must run within a change, and `sealingKey` must be the vault's by
 * the end of it.
 */
export function addBackupKey(database: VaultDatabase, identity: string, sealingKey: Uint8Array): void {
  const { id, key } = derive(sealingKey);
  const sealed = sealBytes(sealingKey, key, placeOf(identity, 'backup key', id));
  key.fill(0);
  database.connection
    .prepare(
      `INSERT OR REPLACE INTO backup_keys (id, position, sealed)
       VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM backup_keys), ?)`,
    )
    .run(id, sealed);
}

/** Opens all backup keys. The caller zeroes them. */
export function openBackupKeys(
  database: VaultDatabase,
  identity: string,
  sealingKey: Uint8Array,
): BackupKeys {
  const rows = database.connection.prepare('SELECT id, sealed FROM backup_keys ORDER BY position').all();
  const dataKeys = new Map<string, Uint8Array>();
  for (const { id, sealed } of rows as { id: string; sealed: Uint8Array }[]) {
    dataKeys.set(id, openBytes(sealingKey, sealed, placeOf(identity, 'backup key', id)));
  }
  return { dataKeys, current: [...dataKeys.keys()].at(-1) ?? '' };
}

/** Seals all backup keys under another sealing key. */
export function resealBackupKeys(
  database: VaultDatabase,
  identity: string,
  from: Uint8Array,
  to: Uint8Array,
): void {
  const write = database.connection.prepare('UPDATE backup_keys SET sealed = ? WHERE id = ?');
  const { dataKeys } = openBackupKeys(database, identity, from);
  for (const [id, key] of dataKeys) {
    write.run(sealBytes(to, key, placeOf(identity, 'backup key', id)), id);
    key.fill(0);
  }
}

/** Overwrites opened backup keys. */
export function zeroBackupKeys({ dataKeys }: BackupKeys): void {
  for (const key of dataKeys.values()) key.fill(0);
}
