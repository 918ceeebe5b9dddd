import { integrityError } from '@keyway/core/driver';
import type { Call, KeyDocument, VersionRecord } from '@keyway/core/driver';
import { isOwnLabel } from './external-keys.ts';
import type { StoredDocument } from './records/authenticated-records.ts';
import { notFound } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';

/** A version of a key of ours with the document that it stands in. */
export interface OwnVersion {
  readonly stored: StoredDocument;
  readonly version: VersionRecord;
}

/** The current version of a document. */
export function currentOf({ versions }: KeyDocument): VersionRecord {
  const current = versions.at(-1);
  if (current === undefined) throw integrityError();
  return current;
}

/** Whether the time of a deleted key has come: it is as good as gone. */
const isDue = ({ scheduledPurgeDate }: KeyDocument, now: number): boolean =>
  scheduledPurgeDate !== undefined && scheduledPurgeDate <= now;

/** Whether a key is gone for everybody, though not everything of it is destroyed yet. */
export const isGone = (document: KeyDocument, now: number): boolean =>
  document.purging === true || (document.deletedOn !== undefined && isDue(document, now));

/**
 * Refuses a name whose objects are on the token and whose document is not: it was removed. One that is just being made is
 * not there yet.
 *
 * @returns The document, where it has come meanwhile.
 * @throws ERR_INTEGRITY
 */
async function requireNoLoss(
  vault: Pkcs11Vault,
  name: string,
  call: Call,
): Promise<StoredDocument | undefined> {
  const strays = async (): Promise<boolean> =>
    (await vault.objects.list(call)).some((object) => isOwnLabel(vault, object, name));
  if (!(await strays())) return undefined;
  if (await vault.intents.isInFlight(name, call)) return undefined;
  // Whoever made or removed it has done so before forgetting the intent.
  const stored = await vault.records.read(name, call);
  if (stored === undefined && (await strays())) throw integrityError();
  return stored;
}

/** The document of a name, deleted or not; undefined where the name is free, or about to be. */
export async function findDocument(
  vault: Pkcs11Vault,
  name: string,
  call: Call,
): Promise<StoredDocument | undefined> {
  const stored = (await vault.records.read(name, call)) ?? (await requireNoLoss(vault, name, call));
  return stored === undefined || isGone(stored.document, call.now) ? undefined : stored;
}

/** The document of a live key of ours. @throws ERR_KEY_NOT_FOUND, ERR_INTEGRITY */
export async function readLive(vault: Pkcs11Vault, name: string, call: Call): Promise<StoredDocument> {
  const stored = await findDocument(vault, name, call);
  if (stored === undefined) throw notFound();
  if (stored.document.deletedOn !== undefined) throw notFound('key', true);
  return stored;
}

/** A version in a document, the current one where none is named. @throws ERR_KEY_NOT_FOUND */
export function versionIn(stored: StoredDocument, version: string | undefined): OwnVersion {
  if (version === undefined) return { stored, version: currentOf(stored.document) };
  const found = stored.document.versions.find((each) => each.version === version);
  if (found === undefined) throw notFound('version');
  return { stored, version: found };
}
