// Deletion is soft: a deleted key waits, can be recovered, and is destroyed by a purge.
import { isKeyManagerError, openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:', { retentionDays: 7 });
await vault.createEcKey('old-key');

const poller = await vault.beginDeleteKey('old-key');
const deleted = await poller.pollUntilDone();
const days = (Number(deleted.scheduledPurgeDate) - Number(deleted.deletedOn)) / 86_400_000;
console.log(`Deleted ${deleted.name}; it can be recovered for ${days} days`);

try {
  await vault.getKey('old-key');
} catch (error) {
  console.log(`getKey: ${isKeyManagerError(error) ? error.code : 'unexpected'}`);
}

const found = await vault.getDeletedKey('old-key');
console.log(`getDeletedKey: ${found.name}`);
for await (const { name } of vault.listDeletedKeys()) console.log(`listDeletedKeys: ${name}`);

// A poller can be kept as text and resumed elsewhere.
const recovery = await vault.beginRecoverDeletedKey('old-key');
const resumed = await vault.beginRecoverDeletedKey('old-key', { resumeFrom: recovery.toString() });
const recovered = await resumed.pollUntilDone();
console.log(`Recovered ${recovered.name}, versions lost: ${recovered.lostVersions.length}`);

await (await vault.beginDeleteKey('old-key')).pollUntilDone();
await vault.purgeDeletedKey('old-key');
console.log(`Purged; deleted keys left: ${(await Array.fromAsync(vault.listDeletedKeys())).length}`);
