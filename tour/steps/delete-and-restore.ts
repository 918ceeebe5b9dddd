import { isKeyManagerError } from 'keyway';
import { expectThat } from '../step.ts';
import type { Step } from '../step.ts';
import { forOpenssl } from './sign-files.ts';

/** Soft-deletes, recovers, backs up, deletes, purges and restores a key. */
export const deleteAndRestore: Step = {
  title: 'Delete, recover, back up, purge, restore',
  async run({ vault, say, read, write, outside }) {
    const before = await vault.getKey('documents');

    const deleted = await (await vault.beginDeleteKey('documents')).pollUntilDone();
    say(`Deleted; recoverable until ${deleted.scheduledPurgeDate?.toISOString().slice(0, 10)}`);
    const missing = await vault.getKey('documents').catch((error: unknown) => error);
    expectThat(
      isKeyManagerError(missing) && missing.code === 'ERR_KEY_NOT_FOUND',
      'a deleted key is not found',
    );
    await (await vault.beginRecoverDeletedKey('documents')).pollUntilDone();
    say('Recovered');

    const backup = await vault.backupKey('documents');
    write('documents.backup', backup);
    say(`Backed up: ${backup.length} octets, sealed by the vault`);

    await (await vault.beginDeleteKey('documents')).pollUntilDone();
    await vault.purgeDeletedKey('documents');
    say('Deleted and purged: its material is destroyed');

    const restored = await vault.restoreKeyBackup(read('documents.backup'));
    expectThat(restored.id === before.id, 'the restored key has its former id');
    const versions = await Array.fromAsync(vault.listPropertiesOfKeyVersions('documents'));
    say(`Restored with ${versions.length} versions; current again ${restored.id}`);

    const client = await vault.getCryptographyClient('documents');
    write('package.json.sig', forOpenssl((await client.signData('ES256', read('package.json'))).signature));
    say('A signature by the restored key, with the public key that was published before:');
    await outside(
      'openssl',
      'dgst',
      '-sha256',
      '-verify',
      'documents-2.pem',
      '-signature',
      'package.json.sig',
      'package.json',
    );
  },
};
