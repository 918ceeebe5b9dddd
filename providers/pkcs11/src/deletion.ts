import { KeyManagerError } from '@keyway/core/driver';
import type {
  Call,
  DeletedRecord,
  DeletedSummary,
  DeletionMethods,
  KeyRecord,
  Page,
  PageRequest,
} from '@keyway/core/driver';
import { damagedSummary, toRecord, toSummary } from './key-record.ts';
import { listDocuments } from './listing.ts';
import { findDocument, isGone, readLive, versionIn } from './locate.ts';
import { purgeKey } from './purge.ts';
import type { StoredDocument } from './records/authenticated-records.ts';
import { changeKey } from './update.ts';
import { notFound } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';
import { purgeDate } from './vault-settings.ts';

/** The document of a deleted key whose time has not come. @throws ERR_KEY_NOT_FOUND */
async function readDeleted(vault: Pkcs11Vault, name: string, call: Call): Promise<StoredDocument> {
  const stored = await findDocument(vault, name, call);
  if (stored?.document.deletedOn === undefined) throw notFound('deleted key');
  return stored;
}

async function toDeleted(vault: Pkcs11Vault, stored: StoredDocument, call: Call): Promise<DeletedRecord> {
  const { deletedOn, scheduledPurgeDate } = stored.document;
  return { key: await toRecord(vault, versionIn(stored, undefined), call), deletedOn, scheduledPurgeDate };
}

async function deleteKey(vault: Pkcs11Vault, name: string, call: Call): Promise<DeletedRecord> {
  await readLive(vault, name, call);
  const deletedOn = call.now;
  const scheduledPurgeDate = purgeDate(vault.settings, deletedOn);
  const stored = await changeKey(
    vault,
    {
      name,
      read: (within) => readLive(vault, name, within),
      change: ({ document }) => ({ ...document, deletedOn, scheduledPurgeDate }),
      affected: ({ versions }) => versions,
    },
    call,
  );
  return toDeleted(vault, stored, call);
}

async function recoverKey(
  vault: Pkcs11Vault,
  name: string,
  call: Call,
): Promise<{ key: KeyRecord; lostVersions: readonly string[] }> {
  await readDeleted(vault, name, call);
  const stored = await changeKey(
    vault,
    {
      name,
      read: (within) => readDeleted(vault, name, within),
      change: ({ document }) => ({ ...document, deletedOn: undefined, scheduledPurgeDate: undefined }),
      affected: ({ versions }) => versions,
    },
    call,
  );
  return { key: await toRecord(vault, versionIn(stored, undefined), call), lostVersions: [] };
}

function requirePurgeable({ settings }: Pkcs11Vault, { document }: StoredDocument): void {
  if (!settings.purgeProtection) return;
  throw new KeyManagerError(
    'ERR_UNSUPPORTED',
    'This vault protects deleted keys from being purged before their time',
    {
      earliest: new Date((document.scheduledPurgeDate ?? 0) * 1000),
      alternative: 'waiting: the key is purged at its scheduledPurgeDate',
    },
  );
}

async function purge(vault: Pkcs11Vault, name: string, call: Call): Promise<void> {
  requirePurgeable(vault, await readDeleted(vault, name, call));
  await purgeKey(
    vault,
    name,
    (stored) => {
      if (stored?.document.purging === true) return stored;
      if (stored?.document.deletedOn === undefined || isGone(stored.document, call.now)) {
        throw notFound('deleted key');
      }
      return stored;
    },
    call,
  );
}

async function listDeleted(
  vault: Pkcs11Vault,
  request: PageRequest,
  call: Call,
): Promise<Page<DeletedSummary>> {
  const page = await listDocuments(
    vault,
    request,
    ({ document }) => document.deletedOn !== undefined && !isGone(document, call.now),
    call,
  );
  // Whether a key whose document is damaged was deleted, nobody can say: the list of live keys names it.
  const items = page.items.map(({ name, stored }): DeletedSummary => {
    if (stored === undefined) return { key: damagedSummary(name) };
    const { deletedOn, scheduledPurgeDate } = stored.document;
    return { key: toSummary(vault, versionIn(stored, undefined)), deletedOn, scheduledPurgeDate };
  });
  return { items, next: page.next };
}

/** Deleting, and what follows. */
export function createDeletionMethods(vault: Pkcs11Vault): DeletionMethods {
  return {
    delete: ({ name }, call) => deleteKey(vault, name, call),
    readDeleted: async ({ name }, call) => toDeleted(vault, await readDeleted(vault, name, call), call),
    listDeleted: (request, call) => listDeleted(vault, request, call),
    recover: ({ name }, call) => recoverKey(vault, name, call),
    purge: ({ name }, call) => purge(vault, name, call),
  };
}
