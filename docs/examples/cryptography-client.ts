// What a cryptography client is bound to, and what it can do.
import { openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');
const key = await vault.createRsaKey('documents');

// Pins the current version. It does not follow rotation: get a new client to sign with the new version.
const client = await vault.getCryptographyClient('documents');
const rotated = await vault.rotateKey('documents');
const { signature, id } = await client.signData('PS256', Buffer.from('draft'));
console.log(`Still signs with the pinned version: ${id === key.id && client.keyId === key.id}`);

const newer = await vault.getCryptographyClient('documents');
console.log(`A new client has the new version: ${newer.version === rotated.properties.version}`);

// Any version by name: signatures of the past stay verifiable.
const former = await vault.getCryptographyClient('documents', { version: client.version });
console.log(
  `The former version verifies: ${(await former.verifyData('PS256', Buffer.from('draft'), signature)).result}`,
);

// What this key can do here: the vault's capabilities ∩ key type ∩ the key's operations.
console.log(`sign: ${client.algorithms('sign').join(' ')}`);
console.log(`encrypt: ${client.algorithms('encrypt').length} algorithms`);

// Where an operation runs: by default in this process where the public key is enough, else at the vault.
for (const execution of ['local', 'remote'] as const) {
  const bound = await vault.getCryptographyClient('documents', { version: client.version, execution });
  const answer = await bound.verifyData('PS256', Buffer.from('draft'), signature);
  console.log(`${execution}: ${answer.result}, ran ${answer.execution}`);
}
