import { isKeyManagerError, KeyManagerError } from '@keyway/core/driver';
import type { DeletedRecord, DeletedSummary, DeletionMethods, EpochSeconds, Page } from '@keyway/core/driver';
import type { Located } from './rows.ts';
import { notFound } from './vault.ts';
import type { Vault } from './vault.ts';
import { purgeDate } from './vault-settings.ts';
import { writeKey } from './write-rows.ts';

/** A deleted key whose time has not come, by its version that was current. */
function locateDeleted(vault: Vault, name: string, now: EpochSeconds): Located {
  const row = vault.statements.current(name);
  if (row === undefined) throw notFound('deleted key');
  const located = vault.examine(row);
  const { deleted_on: deletedOn, purge_on: purgeOn } = located.key;
  if (deletedOn === null || (purgeOn ?? 0) <= now) throw notFound('deleted key');
  return located;
}

function toDeleted(vault: Vault, located: Located): DeletedRecord {
  return {
    key: vault.toRecord(located),
    deletedOn: located.key.deleted_on ?? undefined,
    scheduledPurgeDate: located.key.purge_on ?? undefined,
  };
}

function deleteKey(vault: Vault, name: string, now: EpochSeconds): DeletedRecord {
  const { key } = vault.locate(name);
  writeKey(vault, { ...key, deleted_on: now, purge_on: purgeDate(vault.settings, now) });
  return toDeleted(vault, locateDeleted(vault, name, now));
}

function listDeleted(
  vault: Vault,
  request: { maxPageSize: number; next?: string | undefined },
  now: EpochSeconds,
): Page<DeletedSummary> {
  const { maxPageSize, next } = request;
  const rows = vault.statements.deletedPage(next ?? '', maxPageSize + 1, now);
  const items = rows.slice(0, maxPageSize).map((row): DeletedSummary => {
    const name = String(row['k_name']);
    const key = vault.summarize(name, undefined, () => vault.examine(row));
    if (key.intact === false) return { key };
    return { key, deletedOn: Number(row['k_deleted_on']), scheduledPurgeDate: Number(row['k_purge_on']) };
  });
  return { items, next: rows.length > maxPageSize ? items.at(-1)?.key.name : undefined };
}

/** What is destroyed shall not live on in the log beside the file. */
function truncateLog(vault: Vault): void {
  try {
    vault.database.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // The purge stands. Somebody is using the log; whoever closes the file last removes it.
  }
}

function requirePurgeable(vault: Vault, located: Located): void {
  if (!vault.settings.purgeProtection) return;
  const purgeOn = located.key.purge_on ?? 0;
  throw new KeyManagerError(
    'ERR_UNSUPPORTED',
    'This vault protects deleted keys from being purged before their time',
    {
      earliest: new Date(purgeOn * 1000),
      alternative: 'waiting: the key is purged at its scheduledPurgeDate',
    },
  );
}

/** A row that somebody has edited must not get its key destroyed. */
function isAuthentic(vault: Vault, name: string): boolean {
  const row = vault.statements.key(name);
  if (row === undefined) return false;
  try {
    vault.checkKey(row);
    return true;
  } catch (error) {
    if (isKeyManagerError(error) && error.code === 'ERR_INTEGRITY') return false;
    throw error;
  }
}

/**
 * Destroys the deleted keys whose time has come; until then they are merely as good as gone.
 *
 * @returns Their names.
 */
export function purgeDue(vault: Vault, now: EpochSeconds): readonly string[] {
  const names = vault.database.change(() => {
    const due = vault.statements.dueNames(now).filter((name) => isAuthentic(vault, name));
    for (const name of due) vault.statements.removeKey(name);
    return due;
  });
  if (names.length > 0) truncateLog(vault);
  return names;
}

/** Deleting, and what follows. */
export function createDeletionMethods(vault: Vault): DeletionMethods {
  return {
    delete: ({ name }, { now }) =>
      vault.attempt(() => vault.database.change(() => deleteKey(vault, name, now))),
    readDeleted: ({ name }, { now }) =>
      vault.attempt(() => toDeleted(vault, locateDeleted(vault, name, now))),
    listDeleted: (request, { now }) => vault.attempt(() => listDeleted(vault, request, now)),
    recover: ({ name }, { now }) =>
      vault.attempt(() =>
        vault.database.change(() => {
          const { key } = locateDeleted(vault, name, now);
          writeKey(vault, { ...key, deleted_on: null, purge_on: null });
          return { key: vault.toRecord(vault.locate(name)), lostVersions: [] };
        }),
      ),
    purge: ({ name }, { now }) =>
      vault.attempt(() => {
        vault.database.change(() => {
          requirePurgeable(vault, locateDeleted(vault, name, now));
          vault.statements.removeKey(name);
        });
        truncateLog(vault);
      }),
  };
}
