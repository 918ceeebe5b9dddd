// Back a key up, delete it, bring it back: once from the backup, once by recovery.
import { openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');
const important = await vault.createEcKey('important-key', { tags: { team: 'payments' } });

// All versions of the key, sealed by the vault. Nobody else can read it.
const backup = await vault.backupKey('important-key');
console.log(`Backed up, sealed: ${backup.length > 0}`);

const deletion = await vault.beginDeleteKey('important-key');
const deleted = await deletion.pollUntilDone();
console.log(
  `Deleted ${deleted.name}; purged at the earliest on ${deleted.scheduledPurgeDate === undefined ? '?' : 'its scheduled date'}`,
);

// A deleted key can be recovered until then.
const recovery = await vault.beginRecoverDeletedKey('important-key');
const recovered = await recovery.pollUntilDone();
console.log(`Recovered the same version: ${recovered.id === important.id}`);

// After a purge only the backup is left.
await (await vault.beginDeleteKey('important-key')).pollUntilDone();
await vault.purgeDeletedKey('important-key');
const restored = await vault.restoreKeyBackup(backup);
console.log(
  `Restored the same version: ${restored.id === important.id}, team ${restored.properties.tags['team']}`,
);
