// An outside program, the environment to which a key is released: checks the answer with jose and unwraps the key.
// Usage: receive-key.ts <answer jws> <vault's public jwk> <own private key> <released key>
import { createDecipheriv, createPrivateKey, privateDecrypt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { compactVerify, importJWK } from 'jose';

const [answerFile = '', vaultFile = '', ownFile = '', releasedFile = ''] = process.argv.slice(2);
const vaultKey = await importJWK(JSON.parse(readFileSync(vaultFile, 'utf8')), 'ES256');
const { payload } = await compactVerify(readFileSync(answerFile, 'utf8'), vaultKey);
console.log('jose: the answer is signed by the vault');

// CKM_RSA_AES_KEY_WRAP: an AES key under RSA-OAEP, then the key itself under that AES key (RFC 5649).
const { key_hsm: wrapped } = JSON.parse(Buffer.from(payload).toString()).response.key.key;
const { ciphertext } = JSON.parse(Buffer.from(wrapped, 'base64url').toString());
const octets = Buffer.from(ciphertext, 'base64url');
const ownKey = createPrivateKey(readFileSync(ownFile));
const modulus = (ownKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
const aesKey = privateDecrypt({ key: ownKey, oaepHash: 'sha1' }, octets.subarray(0, modulus));
const unwrap = createDecipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'));
const pkcs8 = Buffer.concat([unwrap.update(octets.subarray(modulus)), unwrap.final()]);
const released = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
writeFileSync(releasedFile, released.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
console.log(`unwrapped a private key: ${released.asymmetricKeyType}`);
