// Make an RSA and an EC key, read one back, list them all.
import { openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');

const rsaKey = await vault.createRsaKey('my-rsa-key', { size: 2048 });
console.log(`Created ${rsaKey.name} (${rsaKey.id})`);

const ecKey = await vault.createEcKey('my-ec-key', { curve: 'P-256' });
console.log(`Created ${ecKey.name}, key type ${ecKey.keyType}`);

const retrieved = await vault.getKey('my-rsa-key');
console.log(`Enabled: ${retrieved.properties.enabled}`);

for await (const properties of vault.listPropertiesOfKeys()) {
  console.log(`Key: ${properties.name}`);
}
