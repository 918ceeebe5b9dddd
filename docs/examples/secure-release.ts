// Release a key to a machine that proves what it is. The key leaves the vault wrapped for that machine alone.
import { createDecipheriv, createPrivateKey, generateKeyPairSync, privateDecrypt, sign } from 'node:crypto';
import { compactVerify, importJWK } from 'jose';
import { isKeyManagerError } from 'keyway';
import { openLocal } from '@keyway/local';
import { createAttestationService } from './support/attestation-service.ts';

// The authority that looks at machines; its public key is given to the vault, never fetched.
const service = await createAttestationService('https://attest.example.org');
await using vault = await openLocal('memory:', {
  attestationAuthorities: { [service.url]: { keys: [service.publicKey] } },
});

// An exportable key needs a policy: who must vouch, and for what.
const policy = {
  version: '1.0.0',
  anyOf: [{ authority: service.url, allOf: [{ claim: 'secure-boot', equals: true }] }],
};
await vault.createEcKey('payments', {
  exportable: true,
  releasePolicy: { encodedPolicy: Buffer.from(JSON.stringify(policy)), immutable: true },
});

// On the machine: a key of its own, and a token in which the authority vouches for it.
const machine = generateKeyPairSync('rsa', { modulusLength: 2048 });
const token = await service.attest(machine.publicKey, { 'secure-boot': true });
const { value } = await vault.releaseKey('payments', token, { algorithm: 'RSA_AES_KEY_WRAP_256' });
console.log(`Released a compact JWS of ${value.split('.').length} parts`);

// Still on the machine: check that the vault has signed the answer, and take out the wrapped key.
const vaultKey = await importJWK(await vault.maintenance.releaseSigningKey(), 'ES256');
const { payload, protectedHeader } = await compactVerify(value, vaultKey);
console.log(`Signed by the vault: ${protectedHeader.alg === 'ES256'}`);
const wrapped = JSON.parse(Buffer.from(payload).toString()).response.key.key.key_hsm;
const { ciphertext } = JSON.parse(Buffer.from(wrapped, 'base64url').toString());

// RSA-OAEP holds an AES key; under that AES key (RFC 5649) is the key itself, as PKCS#8.
const octets = Buffer.from(ciphertext, 'base64url');
const aesKey = privateDecrypt({ key: machine.privateKey, oaepHash: 'sha256' }, octets.subarray(0, 256));
const unwrap = createDecipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'));
const pkcs8 = Buffer.concat([unwrap.update(octets.subarray(256)), unwrap.final()]);
const released = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });

// The machine signs, and the vault verifies: it is the same key.
const data = Buffer.from('pay 42 EUR');
const signature = sign('sha256', data, { key: released, dsaEncoding: 'ieee-p1363' });
const client = await vault.getCryptographyClient('payments');
console.log(`The machine holds the key: ${(await client.verifyData('ES256', data, signature)).result}`);

// A machine that the authority does not vouch for gets nothing.
const other = await service.attest(machine.publicKey, { 'secure-boot': false });
await vault.releaseKey('payments', other).catch((error: unknown) => {
  console.log(`Another machine: ${isKeyManagerError(error) ? error.code : 'unexpected'}`);
});
