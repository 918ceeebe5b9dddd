import { randomBytes } from 'node:crypto';
import { freshOctets, integrityError, KeyManagerError } from '@keyway/core/driver';
import type { Call, EpochSeconds, KeyRecord, OtherMethods } from '@keyway/core/driver';
import { readBackup, writeBackup } from './backup-format.ts';
import type { BackupContent } from './backup-format.ts';
import { openBackupKeys, zeroBackupKeys } from './backup-keys.ts';
import { openMaterial } from './data-keys.ts';
import { loadMaterial } from './material.ts';
import { releaseKey } from './release.ts';
import type { AttestationAuthorities } from './release.ts';
import type { Vault } from './vault.ts';
import { readReleaseKey } from './vault-items.ts';
import { decodeVersionRecord } from './version-record.ts';
import { insertVersion, liveKey, writeKey } from './write-rows.ts';

/** What the opener has given for backups and releases. */
export interface OtherSettings {
  /** Overwritten when the driver is closed. */
  readonly backupPassphrase: Uint8Array | undefined;
  readonly attestationAuthorities: AttestationAuthorities;
}

/** More versions than this at once is no key of anybody's. */
const everyVersion = 2 ** 31;

/** All of a live key, its material in the clear. */
function collect(vault: Vault, name: string): BackupContent {
  return vault.database.snapshot(() => {
    const { key } = vault.locate(name);
    const rows = vault.statements.versionPage(name, 0, everyVersion);
    if (rows.length !== key.sequence) throw integrityError();
    const versions = rows.map((row) => {
      vault.checkVersion(row);
      const sealed = vault.statements.material(row.id);
      if (sealed === undefined) throw integrityError();
      const material = openMaterial(vault.keyring.of(row.generation), vault.identity, row, sealed);
      return { record: JSON.stringify([row.version, row.request_id, row.record]), material };
    });
    return { name, versions, current: key.current, ...(key.policy === null ? {} : { policy: key.policy }) };
  });
}

function zeroContent(content: BackupContent): void {
  for (const { material } of content.versions) material.fill(0);
}

async function backup(vault: Vault, settings: OtherSettings, name: string): Promise<Uint8Array> {
  const content = await vault.attempt(() => collect(vault, name));
  try {
    const { backupPassphrase } = settings;
    if (backupPassphrase !== undefined) return await writeBackup(content, { passphrase: backupPassphrase });
    const keys = await vault.attempt(() => openKeys(vault));
    try {
      return await writeBackup(content, keys);
    } finally {
      zeroBackupKeys(keys);
    }
  } finally {
    zeroContent(content);
  }
}

/** The vault's backup keys, on one state of the file. */
function openKeys(vault: Vault): ReturnType<typeof openBackupKeys> {
  const { database, identity, keyring } = vault;
  return database.snapshot(() => openBackupKeys(database, identity, keyring.sealingKey()));
}

/** A version's line in a backup. */
function parseLine(line: string): { version: string; requestId: string | null; record: string } {
  const [version, requestId, record, ...more] = JSON.parse(line) as unknown[];
  if (typeof version !== 'string' || typeof record !== 'string' || more.length > 0) throw integrityError();
  if (requestId !== null && typeof requestId !== 'string') throw integrityError();
  return { version, requestId, record };
}

/** Writes a backed-up key where its name is free; a repeated request finds what it has done before. */
function put(
  vault: Vault,
  content: BackupContent,
  requestId: string | undefined,
  now: EpochSeconds,
): KeyRecord {
  const { name, current, versions } = content;
  const live = liveKey(vault, name, now);
  if (live !== undefined) {
    if (requestId !== undefined && live.restored_by === requestId)
      return vault.toRecord(vault.locate(name, current));
    throw new KeyManagerError(
      'ERR_KEY_EXISTS',
      'The name is in use: delete and purge the key to restore a backup of it',
    );
  }
  versions.forEach((entry, index) => {
    const { version, requestId: madeBy, record } = parseLine(entry.record);
    loadMaterial(decodeVersionRecord(record).keyType, entry.material);
    insertVersion(vault, { name, version, sequence: index + 1, request_id: madeBy, record }, entry.material);
  });
  const restoredBy = requestId ?? null;
  const fresh = {
    name,
    current,
    sequence: versions.length,
    deleted_on: null,
    purge_on: null,
    restored_by: restoredBy,
  };
  writeKey(vault, { ...fresh, policy: content.policy ?? null });
  return vault.toRecord(vault.locate(name));
}

async function open(vault: Vault, settings: OtherSettings, bytes: Uint8Array): Promise<BackupContent> {
  const keys = await vault.attempt(() => openKeys(vault));
  try {
    const { backupPassphrase: passphrase } = settings;
    return await readBackup(bytes, { ...keys, ...(passphrase === undefined ? {} : { passphrase }) });
  } finally {
    zeroBackupKeys(keys);
  }
}

async function restore(
  vault: Vault,
  settings: OtherSettings,
  bytes: Uint8Array,
  call: Call,
): Promise<KeyRecord> {
  const content = await open(vault, settings, bytes);
  try {
    return await vault.attempt(() => {
      call.signal.throwIfAborted();
      return vault.database.change(() => put(vault, content, call.requestId, call.now));
    });
  } finally {
    zeroContent(content);
  }
}

type ReleaseRequest = Parameters<NonNullable<OtherMethods['release']>>[0];

async function release(
  vault: Vault,
  settings: OtherSettings,
  request: ReleaseRequest,
  now: EpochSeconds,
): Promise<{ value: string }> {
  const { name, version, targetAttestationToken: token, algorithm } = request;
  const { material, record, signingKey } = await vault.attempt(() => {
    const located = vault.locate(name, version);
    return {
      material: vault.secretKey(name, version),
      record: vault.toRecord(located),
      signingKey: readReleaseKey(vault.database, vault.identity, vault.keyring),
    };
  });
  const keyId = `${vault.identity}/keys/${name}/${version}`;
  const authorities = settings.attestationAuthorities;
  return releaseKey({ material, keyId, record, token, algorithm, now, authorities, signingKey });
}

/** The rest of the vault. */
export function createOtherMethods(vault: Vault, settings: OtherSettings): OtherMethods {
  return {
    backup: ({ name }) => backup(vault, settings, name),
    restore: ({ backup: bytes }, call) => restore(vault, settings, bytes, call),
    random: ({ count }) => Promise.resolve(freshOctets(randomBytes(count))),
    release: (request, { now }) => release(vault, settings, request, now),
  };
}
