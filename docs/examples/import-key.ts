// Import key material that was made elsewhere.
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isKeyManagerError, openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');

// A private key as a JSON Web Key. From a PEM file: createPrivateKey(pem).export({ format: 'jwk' }).
const pem = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;
const jwk = createPrivateKey(pem).export({ format: 'jwk' });

const imported = await vault.importKey('partner-key', { ...jwk, kty: 'EC' }, { tags: { origin: 'partner' } });
console.log(
  `Imported ${imported.name}, key type ${imported.keyType}, private part shown: ${'d' in imported.key}`,
);

// The vault verifies what the original key signed: it holds the same key.
const data = Buffer.from('agreed on both sides');
const signature = sign('sha256', data, { key: pem, dsaEncoding: 'ieee-p1363' });
const client = await vault.getCryptographyClient('partner-key');
console.log(`Same key: ${(await client.verifyData('ES256', data, signature)).result}`);

// A symmetric key.
const k = randomBytes(32).toString('base64url');
const aes = await vault.importKey('data-key', { kty: 'oct', k });
console.log(`Imported ${aes.name}, key type ${aes.keyType}, key shown: ${'k' in aes.key}`);

// A private part that does not match its public part is refused.
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
try {
  await vault.importKey('mixed-up', { ...jwk, kty: 'EC', d: other.d });
} catch (error) {
  console.log(`Refused: ${isKeyManagerError(error) ? error.code : 'unexpected'}`);
}
