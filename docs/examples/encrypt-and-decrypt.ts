// Encrypt small data with a key of the vault: AES-GCM with a context, RSA, and the vault's own encryption.
import { isKeyManagerError, openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');
const secret = Buffer.from('the PIN of the door is 2718');

// AES-GCM. The vault makes a fresh IV each time; keep all three parts.
await vault.createOctKey('records', { size: 256 });
const aes = await vault.getCryptographyClient('records');
const context = { tenant: 'acme', purpose: 'door' };
const { ciphertext, iv, authenticationTag } = await aes.encrypt('A256GCM', secret, { context });
const opened = await aes.decrypt('A256GCM', ciphertext, { iv, authenticationTag, context });
console.log(`A256GCM: ${Buffer.from(opened.plaintext).equals(secret)}`);

// The context is bound to the ciphertext: with another one it does not open, and the error says no more.
try {
  await aes.decrypt('A256GCM', ciphertext, { iv, authenticationTag, context: { tenant: 'other' } });
} catch (error) {
  console.log(`Another context: ${isKeyManagerError(error) ? error.code : 'unexpected'}`);
}

// RSA: encryption needs the public key only and runs in this process; decryption needs the vault.
await vault.createRsaKey('inbox', { keyOperations: ['encrypt', 'decrypt'] });
const rsa = await vault.getCryptographyClient('inbox');
const sealed = await rsa.encrypt('RSA-OAEP-256', secret);
const { plaintext, execution } = await rsa.decrypt('RSA-OAEP-256', sealed.ciphertext);
console.log(`RSA-OAEP-256: ${Buffer.from(plaintext).equals(secret)}, ${sealed.execution} then ${execution}`);

// `provider` is the vendor's own authenticated encryption: one opaque text, on every vault.
const opaque = await aes.encrypt('provider', secret, { context });
const back = await aes.decrypt('provider', opaque.ciphertext, { context });
console.log(`provider: ${Buffer.from(back.plaintext).equals(secret)}`);
