import type { DatabaseSync } from 'node:sqlite';
import { integrityError, invalidArgument, KeyManagerError } from '@keyway/core/driver';

/** Marks a file as a Keyway vault: `KWLV` in the header's application id. */
const applicationId = 0x4b57_4c56;

/** The schema that this version reads and writes. A file of a higher one is refused. */
const schemaVersion = 1;

/**
 * `vault` holds what there is once: identity, settings, the sealing header, and sealed secrets of the vault itself.
 * `generations` are the data keys, sealed; a row says under which one it is sealed and authenticated.
 *
 * Material lies apart from the records, so that reading records touches few pages. Records are in a table with row ids
 * because they are too long for a table that is its own index.
 */
const tables = `
  CREATE TABLE vault (
    item TEXT PRIMARY KEY,
    value ANY NOT NULL,
    generation INTEGER,
    mac BLOB
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE generations (
    generation INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE TABLE backup_keys (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE keys (
    name TEXT PRIMARY KEY,
    current TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    deleted_on INTEGER,
    purge_on INTEGER,
    policy TEXT,
    restored_by TEXT,
    generation INTEGER NOT NULL,
    mac BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deleted_keys ON keys (name) WHERE deleted_on IS NOT NULL;
  CREATE INDEX due_keys ON keys (purge_on) WHERE deleted_on IS NOT NULL;
  CREATE TABLE versions (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    request_id TEXT,
    record TEXT NOT NULL,
    generation INTEGER NOT NULL,
    mac BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX versions_by_version ON versions (name, version);
  CREATE UNIQUE INDEX versions_by_sequence ON versions (name, sequence);
  CREATE UNIQUE INDEX versions_by_request ON versions (name, request_id) WHERE request_id IS NOT NULL;
  CREATE TABLE materials (
    id INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

/** Makes the tables of a new vault; to be called within a transaction. */
export function createSchema(connection: DatabaseSync): void {
  connection.exec(tables);
}

function readPragma(connection: DatabaseSync, name: 'application_id' | 'user_version'): unknown {
  return connection.prepare(`PRAGMA ${name}`).get()?.[name];
}

/**
 * Checks that an open database is a vault of a schema known here.
 *
 * @throws ERR_INVALID_ARGUMENT where the file is another application's, ERR_UNSUPPORTED where its schema is newer.
 */
export function checkSchema(connection: DatabaseSync): void {
  if (readPragma(connection, 'application_id') !== applicationId) {
    throw invalidArgument('The file is a database, but not a Keyway vault');
  }
  const version = Number(readPragma(connection, 'user_version'));
  if (version > schemaVersion) {
    throw new KeyManagerError(
      'ERR_UNSUPPORTED',
      `The vault has schema ${version}; this version of @keyway/local knows up to ${schemaVersion}`,
      { alternative: 'a newer version of @keyway/local' },
    );
  }
  if (version !== schemaVersion) throw integrityError();
}
