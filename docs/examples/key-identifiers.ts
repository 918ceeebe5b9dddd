// The id of a version is a portable URI that you can store beside what the key has signed or encrypted.
import { formatKeyId, isKeyManagerError, openKeyManager, parseKeyId } from 'keyway';

await using vault = await openKeyManager('memory:');
const { id } = await vault.createEcKey('invoices');

const { vaultUri, name, version } = parseKeyId(id);
console.log(`This vault: ${vaultUri === vault.vaultUri}, name ${name}, a version: ${version !== undefined}`);
console.log(`Back again: ${formatKeyId(vaultUri, name, version) === id}`);

const client = await vault.getCryptographyClient(name, { version });
console.log(`The client names the same id: ${client.keyId === id}`);

try {
  parseKeyId('https://example.org/invoices');
} catch (error) {
  console.log(`Not an id: ${isKeyManagerError(error) ? error.code : 'unexpected'}`);
}
