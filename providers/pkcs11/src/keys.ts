import type { Call, KeyMethods, KeyRecord } from '@keyway/core/driver';
import { adoptKey } from './adopt.ts';
import { externalRecord, findExternal } from './external-keys.ts';
import { toRecord } from './key-record.ts';
import { listKeys, listVersions } from './listing.ts';
import { findDocument, versionIn } from './locate.ts';
import { createVersion, importVersion } from './create-version.ts';
import { updateVersion } from './update.ts';
import { notFound } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';

async function read(
  vault: Pkcs11Vault,
  name: string,
  version: string | undefined,
  call: Call,
): Promise<KeyRecord> {
  const stored = await findDocument(vault, name, call);
  if (stored !== undefined) {
    if (stored.document.deletedOn !== undefined) throw notFound('key', true);
    return toRecord(vault, versionIn(stored, version), call);
  }
  const external = await findExternal(vault, name, call);
  if (external === undefined) throw notFound();
  if (version !== undefined && version !== external.version) throw notFound('version');
  return externalRecord(vault, external, call);
}

/** Making, reading and changing keys. */
export function createKeyMethods(vault: Pkcs11Vault): KeyMethods {
  return {
    create: (request, call) => createVersion(vault, request, call),
    import: (request, call) => importVersion(vault, request, call),
    read: ({ name, version }, call) => read(vault, name, version, call),
    list: (request, call) => listKeys(vault, request, call),
    versions: (request, call) => listVersions(vault, request, call),
    update: (request, call) => updateVersion(vault, request, call),
    adopt: ({ name, sourceId }, call) => adoptKey(vault, name, sourceId, call),
  };
}
