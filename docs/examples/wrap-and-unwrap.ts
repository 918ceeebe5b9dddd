// Envelope encryption: a data key encrypts the data, the vault's key wraps the data key.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');
await vault.createOctKey('master-key', { size: 256, keyOperations: ['wrapKey', 'unwrapKey'] });
const client = await vault.getCryptographyClient('master-key');

// Encrypt here, with a fresh data key; its wrapped form and the id of the key that wrapped it go beside the ciphertext.
const dataKey = randomBytes(32);
const iv = randomBytes(12);
const cipher = createCipheriv('aes-256-gcm', dataKey, iv);
const ciphertext = Buffer.concat([cipher.update('a long document'), cipher.final()]);
const { encryptedKey, id } = await client.wrapKey('A256KW', dataKey);
const stored = { id, encryptedKey, iv, ciphertext, tag: cipher.getAuthTag() };
dataKey.fill(0);
console.log(`Wrapped the data key into ${encryptedKey.length} octets`);

// Later, after a rotation: the version that wrapped is found by the id that was stored.
await vault.rotateKey('master-key');
const version = stored.id.split('/').at(-1);
const old = await vault.getCryptographyClient('master-key', { version });
const { key } = await old.unwrapKey('A256KW', stored.encryptedKey);
const decipher = createDecipheriv('aes-256-gcm', key, stored.iv).setAuthTag(stored.tag);
console.log(`Opened: ${Buffer.concat([decipher.update(stored.ciphertext), decipher.final()]).toString()}`);
