import { setImmediate } from 'node:timers/promises';
import { integrityError, isKeyManagerError } from '@keyway/core/driver';
import { openMaterial } from './data-keys.ts';
import { readSealedKeys } from './keyring.ts';
import { loadMaterial } from './material.ts';
import type { KeyRow } from './rows.ts';
import type { Vault } from './vault.ts';

/** What a check of the whole vault has found. */
export interface IntegrityReport {
  /** Nothing is damaged. */
  readonly intact: boolean;
  readonly keys: number;
  readonly versions: number;
  /** Names of keys, or `name/version`, whose rows are damaged, forged or in the wrong place. */
  readonly damaged: readonly string[];
  /** What SQLite says of the file: `ok`, or what is wrong with it. */
  readonly database: readonly string[];
  /** Whether a rotation of the sealing key was begun and not finished. */
  readonly resealing: boolean;
}

function isDamaged(examine: () => void): boolean {
  try {
    examine();
    return false;
  } catch (error) {
    if (isKeyManagerError(error) && error.code === 'ERR_INTEGRITY') return true;
    throw error;
  }
}

/** Looks at one key, all its versions and their material. */
function examineKey(
  vault: Vault,
  key: KeyRow,
): { readonly versions: number; readonly damaged: readonly string[] } {
  const { statements, identity, keyring } = vault;
  const rows = statements.versionPage(key.name, 0, 2 ** 31);
  const damaged = rows
    .filter((row) =>
      isDamaged(() => {
        const record = vault.checkVersion(row);
        const sealed = statements.material(row.id);
        if (sealed === undefined) throw integrityError();
        const octets = openMaterial(keyring.of(row.generation), identity, row, sealed);
        loadMaterial(record.keyType, octets);
        octets.fill(0);
      }),
    )
    .map((row) => `${row.name}/${row.version}`);
  const whole =
    !isDamaged(() => vault.checkKey(key)) &&
    rows.length === key.sequence &&
    rows.some((row) => row.version === key.current);
  return { versions: rows.length, damaged: whole ? damaged : [key.name, ...damaged] };
}

/** Checks the file and every row of it, a key at a time, so that others can work meanwhile. */
export async function checkIntegrity(vault: Vault): Promise<IntegrityReport> {
  const { connection } = vault.database;
  const nextName = connection.prepare('SELECT name FROM keys WHERE name > ? ORDER BY name LIMIT 1');
  const damaged: string[] = [];
  let keys = 0;
  let versions = 0;
  let name = '';
  for (;;) {
    const after = name;
    const found = await vault.attempt(() =>
      vault.database.snapshot(() => {
        const next = nextName.get(after)?.['name'];
        const key = typeof next === 'string' ? vault.statements.key(next) : undefined;
        return key === undefined ? undefined : { name: key.name, ...examineKey(vault, key) };
      }),
    );
    if (found === undefined) break;
    ({ name } = found);
    keys++;
    versions += found.versions;
    damaged.push(...found.damaged);
    await setImmediate();
  }
  const orphans = connection
    .prepare(
      'SELECT DISTINCT name FROM versions v WHERE NOT EXISTS (SELECT 1 FROM keys k WHERE k.name = v.name)',
    )
    .all();
  damaged.push(...orphans.map((row) => String(row['name'])));
  const database = connection
    .prepare('PRAGMA integrity_check')
    .all()
    .map((row) => String(row['integrity_check']));
  const intact = damaged.length === 0 && database.join() === 'ok';
  return {
    intact,
    keys,
    versions,
    damaged,
    database,
    resealing: readSealedKeys(vault.database).rows.length > 1,
  };
}
