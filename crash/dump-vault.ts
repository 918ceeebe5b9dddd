import { DatabaseSync } from 'node:sqlite';
import type { KeyState, VersionState } from './expected-state.ts';

/** A vault file, read by bare SQLite. */
export interface VaultDump {
  readonly keys: ReadonlyMap<string, KeyState>;
  /** Rows that belong to no key, versions without material, and what SQLite itself finds wrong. */
  readonly problems: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

function versionOf(row: Row): VersionState {
  const record = JSON.parse(String(row['record'])) as {
    enabled: boolean;
    tags: Record<string, string>;
    publicKey?: { x?: string };
  };
  return {
    version: String(row['version']),
    marker: record.tags['op'] ?? '',
    enabled: record.enabled,
    x: record.publicKey?.x,
  };
}

function readTables(connection: DatabaseSync): { keys: Row[]; versions: Row[]; problems: string[] } {
  const all = (sql: string): Row[] => connection.prepare(sql).all();
  connection.exec('BEGIN');
  try {
    const integrity = all('PRAGMA integrity_check').map((row) => String(Object.values(row)[0]));
    const orphans = all(`
      SELECT 'version without material: ' || name || '/' || version AS problem FROM versions WHERE id NOT IN (SELECT id FROM materials)
      UNION ALL SELECT 'material without version: ' || id FROM materials WHERE id NOT IN (SELECT id FROM versions)
      UNION ALL SELECT 'version without key: ' || name || '/' || version FROM versions WHERE name NOT IN (SELECT name FROM keys)
      UNION ALL SELECT 'key without current version: ' || name FROM keys k
        WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.name = k.name AND v.version = k.current)
      UNION ALL SELECT 'row of a generation that is gone: ' || name FROM keys WHERE generation NOT IN (SELECT generation FROM generations)
      UNION ALL SELECT 'row of a generation that is gone: ' || name || '/' || version FROM versions
        WHERE generation NOT IN (SELECT generation FROM generations)`);
    const problems = [
      ...integrity.filter((text) => text !== 'ok'),
      ...orphans.map((row) => String(row['problem'])),
    ];
    return {
      keys: all('SELECT name, current, deleted_on FROM keys'),
      versions: all('SELECT name, version, record FROM versions ORDER BY name, sequence'),
      problems,
    };
  } finally {
    connection.exec('COMMIT');
  }
}

/** Reads a vault's file without any of Keyway's code. */
export function dumpVault(file: string): VaultDump {
  const connection = new DatabaseSync(file);
  try {
    connection.exec('PRAGMA busy_timeout = 5000');
    const { keys, versions, problems } = readTables(connection);
    const states = new Map<string, KeyState>();
    for (const row of keys) {
      states.set(String(row['name']), {
        deleted: row['deleted_on'] !== null,
        current: String(row['current']),
        versions: versions.filter(({ name }) => name === row['name']).map(versionOf),
      });
    }
    return { keys: states, problems };
  } finally {
    connection.close();
  }
}
