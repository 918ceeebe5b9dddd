import { encodeKeyDocument, integrityError } from '@keyway/core/driver';
import type { Call, OtherMethods } from '@keyway/core/driver';
import { backupKey, wrapForBackup } from './backup.ts';
import { formatBackup } from './backup-format.ts';
import type { BackupKey } from './backup-format.ts';
import { otherRows } from './capabilities.ts';
import { toRecord } from './key-record.ts';
import { secretClassOf } from './key-templates.ts';
import { readLive } from './locate.ts';
import { objectIdOf } from './object-id.ts';
import { keepOffered } from './offered.ts';
import { randomOctets } from './random.ts';
import { restoreBackup } from './restore.ts';
import type { Pkcs11Vault } from './vault.ts';

/** All versions of a live key, wrapped under the backup key of the namespace. */
async function backup(vault: Pkcs11Vault, name: string, call: Call): Promise<Uint8Array> {
  const { namespace, macKeys } = vault;
  const stored = await readLive(vault, name, call);
  const wrappingKey = await backupKey(vault, namespace, call);
  const keys: BackupKey[] = [];
  for (const version of stored.document.versions) {
    const { publicKey, intact } = await toRecord(vault, { stored, version }, call);
    // A backup without a key, or with another's, would be found out when it is needed.
    if (!intact) throw integrityError();
    const object = { class: secretClassOf(version), id: objectIdOf(namespace, name, version.version) };
    keys.push({ publicKey, wrapped: await wrapForBackup(vault, wrappingKey, object, call) });
  }
  const document = encodeKeyDocument(stored.document);
  return formatBackup({ document, wrappingKey, keys }, namespace, macKeys, call);
}

/** The rest of the vault. */
export function createOtherMethods(vault: Pkcs11Vault): OtherMethods {
  const methods: OtherMethods = {
    backup: ({ name }, call) => backup(vault, name, call),
    restore: ({ backup: bytes }, call) => restoreBackup(vault, bytes, call),
    random: ({ count }, call) => randomOctets(vault, count, call),
  };
  return keepOffered(methods, otherRows(vault.features), {
    backup: ['backupKey'],
    restore: ['restoreKeyBackup'],
    random: ['getRandomBytes'],
  });
}
