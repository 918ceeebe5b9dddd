import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { familyOf, integrityError, isKeyManagerError, KeyManagerError } from '@keyway/core/driver';
import type { KeyRecord, KeySummary } from '@keyway/core/driver';
import { checkCode, openMaterial } from './data-keys.ts';
import type { VaultDatabase } from './database.ts';
import { createKeyCache } from './key-cache.ts';
import type { CachedVersion } from './key-cache.ts';
import { MissingDataKey } from './keyring.ts';
import type { Keyring } from './keyring.ts';
import { loadMaterial } from './material.ts';
import { keyFields, versionFields } from './rows.ts';
import type { KeyRow, Located, VersionRow } from './rows.ts';
import { keyPart, versionPart } from './statements.ts';
import type { LocatedRow, Statements } from './statements.ts';
import type { VaultSettings } from './vault-settings.ts';
import { decodeVersionRecord } from './version-record.ts';
import type { VersionRecord } from './version-record.ts';

/** An open vault, as the driver's families use it. */
export interface Vault {
  readonly identity: string;
  readonly settings: VaultSettings;
  readonly database: VaultDatabase;
  readonly statements: Statements;
  readonly keyring: Keyring;
  /** Runs `run`; where it needs a data key that another process has added, opens that and runs it again. */
  attempt<Result>(run: () => Result): Promise<Result>;
  /** The same, with the result at once where nothing has to be waited for; what `run` throws is thrown. */
  atOnce<Result>(run: () => Result): Promise<Result> | Result;
  /** A version of a live key, the current one where none is named. @throws ERR_KEY_NOT_FOUND, ERR_INTEGRITY */
  locate(name: string, version?: string): Located;
  /** What a joined row says, once it is found authentic. @throws ERR_INTEGRITY */
  examine(row: LocatedRow): Located;
  /** As `examine`; for a damaged row only the name, and that it is not intact. */
  summarize(name: string, version: string | undefined, examine: () => Located): KeySummary;
  /** Checks the code of a key's row. @throws ERR_INTEGRITY */
  checkKey(row: KeyRow): KeyRow;
  /** Checks the code of a version's row and reads its record. @throws ERR_INTEGRITY */
  checkVersion(row: VersionRow): VersionRecord;
  toRecord(located: Pick<Located, 'row' | 'record'>): KeyRecord;
  /** The private or symmetric key of a version of a live key, kept for as long as nothing in the vault changes. */
  secretKey(name: string, version: string): KeyObject;
  /** The public key of a version of a live key; of a symmetric one, the key itself. */
  publicKey(name: string, version: string): KeyObject;
  /** Overwrites the keys and closes the file. */
  close(): void;
  isClosed(): boolean;
}

/** The error for a key that is not there, or is deleted. */
export function notFound(what: 'key' | 'version' | 'deleted key' = 'key', deleted = false): KeyManagerError {
  const message = deleted ? 'The key is deleted: recover it to use it' : `There is no such ${what}`;
  return new KeyManagerError('ERR_KEY_NOT_FOUND', message);
}

/** What an open vault is made of. */
export interface VaultParts {
  readonly identity: string;
  readonly settings: VaultSettings;
  readonly database: VaultDatabase;
  readonly statements: Statements;
  readonly keyring: Keyring;
}

/** Puts an open vault together. */
export function createVault(parts: VaultParts): Vault {
  const { identity, settings, database, statements, keyring } = parts;
  const cache = createKeyCache();
  let closed = false;

  function checkKey(row: KeyRow): KeyRow {
    checkCode(keyring.of(row.generation), identity, 'key', keyFields(row), row.mac);
    return row;
  }
  function checkVersion(row: VersionRow): VersionRecord {
    checkCode(keyring.of(row.generation), identity, 'version', versionFields(row), row.mac);
    return decodeVersionRecord(row.record);
  }
  function examineRow(row: LocatedRow): CachedVersion {
    const stamp = database.stamp();
    const known = cache.same(row, stamp);
    if (known !== undefined) return known;
    const key = checkKey(keyPart(row));
    if (row['newest'] !== key.sequence) throw integrityError();
    const version = versionPart(row);
    if (version === undefined) throw integrityError();
    return cache.put(row, { key, row: version, record: checkVersion(version) }, stamp);
  }
  function find(name: string, version: string | undefined): CachedVersion {
    const row = version === undefined ? statements.current(name) : statements.version(name, version);
    if (row === undefined) throw notFound();
    if (row['k_deleted_on'] !== null) {
      checkKey(keyPart(row));
      throw notFound('key', true);
    }
    if (version !== undefined && row['v_id'] === null) {
      checkKey(keyPart(row));
      throw notFound('version');
    }
    return examineRow(row);
  }
  /** For the hot path: what is cached is used while the stamp stays, else its row is read and compared. */
  function use(name: string, version: string): CachedVersion {
    return cache.fresh(name, version, database.stamp()) ?? find(name, version);
  }
  function secretKey(name: string, version: string): KeyObject {
    const cached = use(name, version);
    cached.secret ??= openKey(cached.located);
    return cached.secret;
  }
  function openKey({ row, record }: Located): KeyObject {
    const sealed = statements.material(row.id);
    if (sealed === undefined) throw integrityError();
    const octets = openMaterial(keyring.of(row.generation), identity, row, sealed);
    try {
      return loadMaterial(record.keyType, octets);
    } finally {
      octets.fill(0);
    }
  }
  function atOnce<Result>(run: () => Result): Promise<Result> | Result {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof MissingDataKey)) throw error;
    }
    return keyring.reload().then(run);
  }
  return {
    ...parts,
    attempt: async (run) => await atOnce(run),
    atOnce,
    locate: (name, version) => find(name, version).located,
    examine: (row) => examineRow(row).located,
    summarize(name, version, examine) {
      try {
        return toRecord(settings, examine());
      } catch (error) {
        if (!isKeyManagerError(error) || error.code !== 'ERR_INTEGRITY') throw error;
        return version === undefined ? { name, intact: false } : { name, version, intact: false };
      }
    },
    checkKey,
    checkVersion,
    toRecord: (located) => toRecord(settings, located),
    secretKey,
    publicKey(name, version) {
      const cached = use(name, version);
      if (familyOf(cached.located.record.keyType) === 'oct') return secretKey(name, version);
      cached.public ??= createPublicKey(secretKey(name, version));
      return cached.public;
    },
    isClosed: () => closed,
    close() {
      if (closed) return;
      closed = true;
      cache.clear();
      keyring.close();
      database.close();
    },
  };
}

/** A version as the contract between driver and core has it. */
function toRecord(settings: VaultSettings, { row, record }: Pick<Located, 'row' | 'record'>): KeyRecord {
  return {
    ...record,
    name: row.name,
    version: row.version,
    sourceId: `${row.name}/${row.version}`,
    publicKeyAuthentic: true,
    hardwareProtected: false,
    ownership: 'own',
    recoveryLevel: settings.recoveryLevel,
    status: 'ready',
    requestId: row.request_id ?? undefined,
    intact: true,
  };
}
