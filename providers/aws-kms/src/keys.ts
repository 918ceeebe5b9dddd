import type { KeyMethods } from '@keyway/core/driver';
import { adoptKey } from './adopt.ts';
import { toRecord } from './key-record.ts';
import { listKeys, listVersions } from './listing.ts';
import { locateCurrent, locateVersion } from './locate.ts';
import { createVersion, importVersion } from './make-version.ts';
import { updateVersion } from './update.ts';
import type { KmsVault } from './vault.ts';

/** Making, reading and changing keys. */
export function createKeyMethods(vault: KmsVault): KeyMethods {
  return {
    create: (request, call) => createVersion(vault, request, call),
    import: (request, call) => importVersion(vault, request, call),
    read: async ({ name, version }, call) => {
      const found =
        version === undefined
          ? await locateCurrent(vault, name, call)
          : await locateVersion(vault, name, version, call);
      return toRecord(vault, found, call);
    },
    list: (request, call) => listKeys(vault, request, call),
    versions: (request, call) => listVersions(vault, request, call),
    update: (request, call) => updateVersion(vault, request, call),
    adopt: ({ name, sourceId }, call) => adoptKey(vault, name, sourceId, call),
  };
}
