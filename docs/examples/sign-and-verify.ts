// Sign data or a digest; verify with the public key alone.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { openKeyManager } from 'keyway';

await using vault = await openKeyManager('memory:');
const key = await vault.createEcKey('contracts', { curve: 'P-256' });
const client = await vault.getCryptographyClient('contracts');

const data = Buffer.from('We agree on 42.');
const { signature, id } = await client.signData('ES256', data);
console.log(`${signature.length} octets, signed by the version that the client pinned: ${id === key.id}`);

// Verification runs in this process: the public key is enough.
const verified = await client.verifyData('ES256', data, signature);
console.log(`Verified: ${verified.result}, execution ${verified.execution}`);
console.log(
  `Other data: ${(await client.verifyData('ES256', Buffer.from('We agree on 43.'), signature)).result}`,
);

// The same over a digest that you have made yourself.
const digest = createHash('sha256').update(data).digest();
const overDigest = await client.sign('ES256', digest);
console.log(`Over the digest: ${(await client.verify('ES256', digest, overDigest.signature)).result}`);

// Large data in chunks.
async function* chunks(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('We agree ');
  yield Buffer.from('on 42.');
}
console.log(`In chunks: ${(await client.verifyData('ES256', chunks(), signature)).result}`);

// Anybody can verify with the public JWK. Signatures are IEEE P1363, as in JOSE.
const publicKey = createPublicKey({ key: key.key, format: 'jwk' });
console.log(
  `By node:crypto: ${verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)}`,
);

// Ed25519 and HMAC take data only; `sign` with them does not compile.
await vault.createKey('releases', 'OKP', { curve: 'Ed25519' });
const ed25519 = await vault.getCryptographyClient('releases');
const { signature: second } = await ed25519.signData('Ed25519', data);
console.log(`Ed25519: ${(await ed25519.verifyData('Ed25519', data, second)).result}`);

await vault.createOctKey('sessions', { size: 256, keyOperations: ['sign', 'verify'] });
const hmac = await vault.getCryptographyClient('sessions');
const { signature: code } = await hmac.signData('HS256', data);
console.log(`HMAC: ${(await hmac.verifyData('HS256', data, code)).result}`);
