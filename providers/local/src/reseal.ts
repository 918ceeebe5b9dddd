import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { integrityError, isKeyManagerError } from '@keyway/core/driver';
import { addBackupKey, resealBackupKeys } from './backup-keys.ts';
import { authenticate, openMaterial, sealMaterial } from './data-keys.ts';
import { openDataKey, readSealedKeys, sealDataKey } from './keyring.ts';
import { versionFields } from './rows.ts';
import type { KeyRow, VersionRow } from './rows.ts';
import { createSealing, openSealing } from './sealing.ts';
import { withSealing } from './sealing-choice.ts';
import type { SealingChoice } from './sealing-choice.ts';
import type { Vault } from './vault.ts';
import { resealItems, writeItem } from './vault-items.ts';
import { writeKey } from './write-rows.ts';

/** What a re-sealing has done. */
export interface ResealReport {
  /** Rows that are now under the new data key. */
  readonly rows: number;
  /** Rows that are damaged, and stay as they are; while there are any, the old data key stays too. */
  readonly damaged: number;
}

/** Rows of one change: so long others wait. */
const batchSize = 100;

/** Runs `reseal` unless the row is damaged; tells whether it did. */
function unlessDamaged(reseal: () => void): boolean {
  try {
    reseal();
    return true;
  } catch (error) {
    if (isKeyManagerError(error) && error.code === 'ERR_INTEGRITY') return false;
    throw error;
  }
}

function resealKey(vault: Vault, row: KeyRow): void {
  vault.checkKey(row);
  writeKey(vault, row);
}

function resealVersion(vault: Vault, row: VersionRow): void {
  const { identity, keyring, statements } = vault;
  vault.checkVersion(row);
  const sealed = statements.material(row.id);
  if (sealed === undefined) throw integrityError();
  const octets = openMaterial(keyring.of(row.generation), identity, row, sealed);
  const newest = keyring.newest();
  statements.replaceMaterial(row.id, sealMaterial(newest, identity, row, octets));
  octets.fill(0);
  const mac = authenticate(newest, identity, 'version', versionFields(row));
  statements.replaceVersion({ ...row, generation: newest.generation, mac });
}

/** Walks through the rows of one table that are under an older data key, a batch in each change. */
async function walk<Row, Position extends string | number>(
  vault: Vault,
  start: Position,
  page: (after: Position, generation: number) => readonly Row[],
  positionOf: (row: Row) => Position,
  reseal: (row: Row) => void,
): Promise<ResealReport> {
  let position = start;
  let rows = 0;
  let damaged = 0;
  for (;;) {
    const after = position;
    const batch = await vault.attempt(() =>
      vault.database.change(() => {
        const found = page(after, vault.keyring.newest().generation);
        const done = found.filter((row) => unlessDamaged(() => reseal(row))).length;
        return { found, done };
      }),
    );
    rows += batch.done;
    damaged += batch.found.length - batch.done;
    const last = batch.found.at(-1);
    if (last === undefined) return { rows, damaged };
    position = positionOf(last);
    await setImmediate();
  }
}

function pages(vault: Vault): {
  keys: (after: string, generation: number) => readonly KeyRow[];
  versions: (after: number, generation: number) => readonly VersionRow[];
} {
  const { connection } = vault.database;
  const keys = connection.prepare(
    `SELECT * FROM keys WHERE name > ? AND generation < ? ORDER BY name LIMIT ${batchSize}`,
  );
  const versions = connection.prepare(
    `SELECT * FROM versions WHERE id > ? AND generation < ? ORDER BY id LIMIT ${batchSize}`,
  );
  return {
    keys: (after, generation) => keys.all(after, generation) as (Record<string, unknown> & KeyRow)[],
    versions: (after, generation) =>
      versions.all(after, generation) as (Record<string, unknown> & VersionRow)[],
  };
}

/**
 * Brings all rows under the newest data key, and then takes the older ones away. May be interrupted at any moment and
 * begun again: rows name their data key, and all data keys stay until no row needs them.
 */
export async function finishResealing(vault: Vault): Promise<ResealReport> {
  const page = pages(vault);
  const keys = await walk(
    vault,
    '',
    page.keys,
    (row) => row.name,
    (row) => resealKey(vault, row),
  );
  const versions = await walk(
    vault,
    0,
    page.versions,
    (row) => row.id,
    (row) => resealVersion(vault, row),
  );
  const report = { rows: keys.rows + versions.rows, damaged: keys.damaged + versions.damaged };
  await vault.attempt(() =>
    vault.database.change(() => {
      const { generation } = vault.keyring.newest();
      resealItems(vault.database, vault.identity, vault.keyring);
      const left = ['keys', 'versions'].some(
        (table) =>
          vault.database.connection
            .prepare(`SELECT 1 FROM ${table} WHERE generation < ? LIMIT 1`)
            .get(generation) !== undefined,
      );
      if (!left)
        vault.database.connection.prepare('DELETE FROM generations WHERE generation < ?').run(generation);
    }),
  );
  return report;
}

/** Makes a new data key and brings everything under it. A rotation that was interrupted is finished first. */
export async function rotateDataKey(vault: Vault): Promise<ResealReport> {
  const { database, identity, keyring } = vault;
  if (readSealedKeys(database).rows.length > 1) await finishResealing(vault);
  const secret = randomBytes(32);
  try {
    await vault.attempt(() =>
      database.change(() => {
        const generation = keyring.newest().generation + 1;
        const sealed = sealDataKey(keyring.sealingKey(), identity, generation, secret);
        database.connection
          .prepare('INSERT INTO generations (generation, sealed) VALUES (?, ?)')
          .run(generation, sealed);
      }),
    );
  } finally {
    secret.fill(0);
  }
  await keyring.reload();
  return finishResealing(vault);
}

/** Seals the data keys and backup keys under another passphrase, key file, key, or key of another vault. */
export async function changeSealing(vault: Vault, choice: SealingChoice): Promise<void> {
  const { database, identity, keyring } = vault;
  const { header, sealingKey } = await withSealing(choice, createSealing);
  try {
    await vault.attempt(() =>
      database.change(() => {
        const before = keyring.sealingKey();
        const rows = database.connection.prepare('SELECT generation, sealed FROM generations').all();
        const write = database.connection.prepare('UPDATE generations SET sealed = ? WHERE generation = ?');
        for (const row of rows as { generation: number; sealed: Uint8Array }[]) {
          const secret = openDataKey(before, identity, row);
          write.run(sealDataKey(sealingKey, identity, row.generation, secret), row.generation);
          secret.fill(0);
        }
        resealBackupKeys(database, identity, before, sealingKey);
        addBackupKey(database, identity, sealingKey);
        writeItem(database, 'sealing', { value: header.text });
      }),
    );
  } catch (error) {
    sealingKey.fill(0);
    throw error;
  }
  const reopen = (text: string): Promise<Uint8Array> =>
    withSealing(choice, (source) => openSealing({ text }, source));
  keyring.adopt({ header: header.text, sealingKey }, choice.readable ? reopen : undefined);
}
