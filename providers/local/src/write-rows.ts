import { KeyManagerError, policyExpiry } from '@keyway/core/driver';
import type { EpochSeconds, KeyRecord, PolicyRecord } from '@keyway/core/driver';
import { authenticate, sealMaterial } from './data-keys.ts';
import { keyFields, versionFields } from './rows.ts';
import type { KeyRow, Located, VersionRow } from './rows.ts';
import type { Vault } from './vault.ts';
import { encodeVersionRecord } from './version-record.ts';
import type { VersionRecord } from './version-record.ts';

/** Writes a key's row, authenticated under the newest data key. Everything in this file must run within a change. */
export function writeKey(vault: Vault, row: Omit<KeyRow, 'generation' | 'mac'>): void {
  const key = vault.keyring.newest();
  const mac = authenticate(key, vault.identity, 'key', keyFields(row));
  vault.statements.replaceKey({ ...row, generation: key.generation, mac });
}

/** Writes a version with its material, sealed and authenticated under the newest data key. */
export function insertVersion(
  vault: Vault,
  row: Omit<VersionRow, 'id' | 'generation' | 'mac'>,
  octets: Uint8Array,
): void {
  const key = vault.keyring.newest();
  const mac = authenticate(key, vault.identity, 'version', versionFields(row));
  const id = vault.statements.insertVersion({ ...row, generation: key.generation, mac });
  vault.statements.insertMaterial(id, sealMaterial(key, vault.identity, row, octets));
}

/** Writes another record for a version. The generation stays, since it is also that of the material. */
export function replaceRecord(vault: Vault, { row }: Located, record: VersionRecord): void {
  const key = vault.keyring.of(row.generation);
  const changed = { ...row, record: encodeVersionRecord(record) };
  const mac = authenticate(key, vault.identity, 'version', versionFields(changed));
  vault.statements.replaceVersion({ ...changed, mac });
}

/**
 * The row of a key that is not deleted, or nothing where the name is free. A deleted key whose time has come is purged
 * here and now.
 *
 * @throws ERR_KEY_DELETED
 */
export function liveKey(vault: Vault, name: string, now: EpochSeconds): KeyRow | undefined {
  const row = vault.statements.key(name);
  if (row === undefined) return undefined;
  vault.checkKey(row);
  if (row.deleted_on === null) return row;
  if (row.purge_on !== null && row.purge_on <= now) {
    vault.statements.removeKey(name);
    return undefined;
  }
  throw new KeyManagerError(
    'ERR_KEY_DELETED',
    'The name belongs to a deleted key: recover or purge it first',
  );
}

/** The rotation policy of a key's row. */
export function policyOf(row: Pick<KeyRow, 'policy'> | undefined): PolicyRecord | undefined {
  return row?.policy === null || row === undefined ? undefined : (JSON.parse(row.policy) as PolicyRecord);
}

/** A version to be added to a key. */
export interface VersionToAdd {
  readonly name: string;
  readonly version: string;
  readonly now: EpochSeconds;
  readonly requestId: string | undefined;
  readonly octets: Uint8Array;
  /** Checks the version that is current now, if any, and gives the record of the new one. */
  readonly record: (current: Located | undefined) => VersionRecord;
}

/**
 * Makes a version the current one of its key, and the key where there is none. A request id that has been seen on this
 * name gives the version that it made instead.
 */
export function addVersion(vault: Vault, wanted: VersionToAdd): KeyRecord {
  const { name, version, now, requestId } = wanted;
  const key = liveKey(vault, name, now);
  const made = madeBefore(vault, name, requestId);
  if (made !== undefined) return made;
  const record = wanted.record(key === undefined ? undefined : vault.locate(name));
  const expiresOn = record.expiresOn ?? policyExpiry(policyOf(key), record.createdOn);
  const row = {
    name,
    version,
    sequence: (key?.sequence ?? 0) + 1,
    request_id: requestId ?? null,
    record: encodeVersionRecord({ ...record, expiresOn }),
  };
  insertVersion(vault, row, wanted.octets);
  const fresh = { name, deleted_on: null, purge_on: null, policy: null, restored_by: null };
  writeKey(vault, { ...fresh, ...key, current: version, sequence: row.sequence });
  return vault.toRecord(vault.locate(name, version));
}

/** The version that a request has made on this name before. */
export function madeBefore(vault: Vault, name: string, requestId: string | undefined): KeyRecord | undefined {
  const version = requestId === undefined ? undefined : vault.statements.byRequest(name, requestId);
  return version === undefined ? undefined : vault.toRecord(vault.locate(name, version));
}
