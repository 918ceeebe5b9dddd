// The ways to make a key, and what can be said about it when it is made.
import { openKeyManager } from 'keyway';
import type { ManagedKey } from 'keyway';

await using vault = await openKeyManager('memory:');

function show({ name, keyType, properties }: ManagedKey): void {
  console.log(`${name}: ${keyType}, ${properties.keyOperations?.join(' ')}`);
}

// One method for each documented key type.
show(await vault.createRsaKey('rsa', { size: 3072 }));
show(await vault.createEcKey('ec', { curve: 'P-384' }));
show(await vault.createOctKey('aes', { size: 256 }));

// createKey takes the key type, those beyond RSA, EC and oct too.
show(await vault.createKey('ed25519', 'OKP', { curve: 'Ed25519' }));
show(await vault.createKey('mac', 'oct', { size: 512, keyOperations: ['sign', 'verify'] }));

// Without keyOperations an RSA key signs. Ask for encryption where you want it.
show(
  await vault.createRsaKey('rsa-encryption', {
    keyOperations: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
  }),
);

const campaign = await vault.createEcKey('campaign', {
  notBefore: new Date('2030-01-01T00:00:00Z'),
  expiresOn: new Date('2031-01-01T00:00:00Z'),
  enabled: false,
  tags: { team: 'marketing' },
  algorithm: 'ES256',
});
const { enabled, expiresOn, tags, algorithms, hardwareProtected } = campaign.properties;
console.log(`campaign: enabled ${enabled}, expires ${expiresOn?.getUTCFullYear()}, team ${tags['team']}`);
console.log(`campaign: only ${algorithms?.join()}, hardware ${hardwareProtected}`);

// Creating on a name that lives makes the next version of the key; it becomes current.
const again = await vault.createEcKey('ec', { curve: 'P-256' });
console.log(`ec is now on ${again.key.crv}`);

// This vault is no hardware, and says so instead of making a weaker key.
const hardware = vault.capabilities.supports({ operation: 'createKey', keyType: 'RSA-HSM' });
console.log(`RSA-HSM: ${hardware.support}; ${hardware.reason}; use ${hardware.alternative}`);
