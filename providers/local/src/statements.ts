import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { KeyRow, VersionRow } from './rows.ts';

/** A key row, the version row asked for (columns null where it is missing), and the highest sequence number there is. */
export type LocatedRow = Readonly<Record<string, SQLOutputValue>>;

const keyColumns = 'name, current, sequence, deleted_on, purge_on, policy, restored_by, generation, mac';
const versionColumns = 'id, name, version, sequence, request_id, record, generation, mac';

function prefixed(columns: string, table: string): string {
  const names = columns.split(', ');
  return names.map((name) => `${table}.${name} AS ${table}_${name}`).join(', ');
}

const located = `${prefixed(keyColumns, 'k')}, ${prefixed(versionColumns, 'v')},
  (SELECT max(sequence) FROM versions WHERE name = k.name) AS newest`;
const withCurrent = `FROM keys k LEFT JOIN versions v ON v.name = k.name AND v.version = k.current`;

/** The columns of one table out of a joined row. */
function part(row: LocatedRow, table: 'k' | 'v', columns: string): Record<string, SQLOutputValue> {
  return Object.fromEntries(columns.split(', ').map((name) => [name, row[`${table}_${name}`] ?? null]));
}

/** The key of a joined row. */
export function keyPart(row: LocatedRow): KeyRow {
  return part(row, 'k', keyColumns) as Record<string, SQLOutputValue> & KeyRow;
}

/** The version of a joined row. */
export function versionPart(row: LocatedRow): VersionRow | undefined {
  if (row['v_id'] === null) return undefined;
  return part(row, 'v', versionColumns) as Record<string, SQLOutputValue> & VersionRow;
}

/** Every statement on keys and versions, prepared once. Names say what they give. */
export interface Statements {
  current(name: string): LocatedRow | undefined;
  version(name: string, version: string): LocatedRow | undefined;
  byRequest(name: string, requestId: string): string | undefined;
  livePage(after: string, limit: number): readonly LocatedRow[];
  deletedPage(after: string, limit: number, now: number): readonly LocatedRow[];
  versionPage(name: string, after: number, limit: number): readonly VersionRow[];
  key(name: string): KeyRow | undefined;
  dueNames(now: number): readonly string[];
  material(id: number): Uint8Array | undefined;
  insertVersion(row: Omit<VersionRow, 'id'>): number;
  insertMaterial(id: number, sealed: Uint8Array): void;
  replaceKey(row: KeyRow): void;
  replaceVersion(row: VersionRow): void;
  replaceMaterial(id: number, sealed: Uint8Array): void;
  removeKey(name: string): void;
}

type WriteNames = Extract<keyof Statements, `${'insert' | 'replace' | 'remove'}${string}`>;
type Row = Record<string, SQLOutputValue>;

/** Prepares the statements on a connection. No numbered parameters: Node.js 22 does not bind them by position. */
export function createStatements(connection: DatabaseSync): Statements {
  return { ...prepareReads(connection), ...prepareWrites(connection) };
}

function prepareReads(connection: DatabaseSync): Omit<Statements, WriteNames> {
  const prepare = (sql: string): ReturnType<DatabaseSync['prepare']> => connection.prepare(sql);
  const current = prepare(`SELECT ${located} ${withCurrent} WHERE k.name = ?`);
  const version = prepare(
    `SELECT ${located} FROM keys k LEFT JOIN versions v ON v.name = k.name AND v.version = ? WHERE k.name = ?`,
  );
  const byRequest = prepare('SELECT version FROM versions WHERE name = ? AND request_id = ?');
  const livePage = prepare(
    `SELECT ${located} ${withCurrent} WHERE k.name > ? AND k.deleted_on IS NULL ORDER BY k.name LIMIT ?`,
  );
  const deletedPage = prepare(
    `SELECT ${located} ${withCurrent}
     WHERE k.name > ? AND k.deleted_on IS NOT NULL AND k.purge_on > ? ORDER BY k.name LIMIT ?`,
  );
  const versionPage = prepare(
    `SELECT ${versionColumns} FROM versions WHERE name = ? AND sequence > ? ORDER BY sequence LIMIT ?`,
  );
  const key = prepare(`SELECT ${keyColumns} FROM keys WHERE name = ?`);
  const dueNames = prepare('SELECT name FROM keys WHERE deleted_on IS NOT NULL AND purge_on <= ?');
  const material = prepare('SELECT sealed FROM materials WHERE id = ?');
  return {
    current: (name) => current.get(name),
    version: (name, wanted) => version.get(wanted, name),
    byRequest: (name, requestId) => byRequest.get(name, requestId)?.['version'] as string | undefined,
    livePage: (after, limit) => livePage.all(after, limit),
    deletedPage: (after, limit, now) => deletedPage.all(after, now, limit),
    versionPage: (name, after, limit) => versionPage.all(name, after, limit) as (Row & VersionRow)[],
    key: (name) => key.get(name) as (Row & KeyRow) | undefined,
    dueNames: (now) => dueNames.all(now).map((row) => String(row['name'])),
    material: (id) => material.get(id)?.['sealed'] as Uint8Array | undefined,
  };
}

function prepareWrites(connection: DatabaseSync): Pick<Statements, WriteNames> {
  const write = (sql: string): ((...values: SQLInputValue[]) => number) => {
    const statement = connection.prepare(sql);
    return (...values) => Number(statement.run(...values).lastInsertRowid);
  };
  const insertVersion = write(
    'INSERT INTO versions (name, version, sequence, request_id, record, generation, mac) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertMaterial = write('INSERT INTO materials (id, sealed) VALUES (?, ?)');
  const replaceKey = write(`INSERT OR REPLACE INTO keys (${keyColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const replaceVersion = write('UPDATE versions SET record = ?, generation = ?, mac = ? WHERE id = ?');
  const replaceMaterial = write('UPDATE materials SET sealed = ? WHERE id = ?');
  const removals = [
    write('DELETE FROM materials WHERE id IN (SELECT id FROM versions WHERE name = ?)'),
    write('DELETE FROM versions WHERE name = ?'),
    write('DELETE FROM keys WHERE name = ?'),
  ];
  return {
    insertVersion: (row) =>
      insertVersion(row.name, row.version, row.sequence, row.request_id, row.record, row.generation, row.mac),
    insertMaterial: (id, sealed) => void insertMaterial(id, sealed),
    replaceKey: (row) =>
      void replaceKey(
        row.name,
        row.current,
        row.sequence,
        row.deleted_on,
        row.purge_on,
        row.policy,
        row.restored_by,
        row.generation,
        row.mac,
      ),
    replaceVersion: (row) => void replaceVersion(row.record, row.generation, row.mac, row.id),
    replaceMaterial: (id, sealed) => void replaceMaterial(sealed, id),
    removeKey: (name) => {
      for (const remove of removals) remove(name);
    },
  };
}
