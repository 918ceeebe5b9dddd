import { describe, expect, it } from 'vitest';
import type { CryptographyClient } from '../src/cryptography-client.ts';
import type { KeyManager } from '../src/key-manager.ts';

const octets = new Uint8Array(32);

/**
 * Never called: what it says is said to the compiler. An error that is expected and does not come is an error itself, so
 * compiling this file proves both that these calls are refused and that the others are not.
 */
export async function misuse(
  client: CryptographyClient,
  keys: KeyManager,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  await client.sign('ES256', octets);
  await client.verify('PS512', octets, octets);
  await client.signData('Ed25519', octets);
  await client.signData('RS256', chunks);
  await client.verifyData('ES384', chunks, octets);
  await client.signData('ML-DSA-65', octets);
  // @ts-expect-error Ed25519 signs data, never a digest
  await client.sign('Ed25519', octets);
  // @ts-expect-error nor under its older name
  await client.sign('EdDSA', octets);
  // @ts-expect-error HMAC takes data
  await client.sign('HS256', octets);
  // @ts-expect-error ML-DSA takes data
  await client.verify('ML-DSA-44', octets, octets);
  // @ts-expect-error what does not hash first takes no chunks
  await client.signData('Ed25519', chunks);
  // @ts-expect-error nor to verify
  await client.verifyData('HS256', chunks, octets);
  // @ts-expect-error a MAC is no encryption
  await client.encrypt('HS256', octets);
  // @ts-expect-error GCM encrypts data; keys are wrapped with AxxxKW
  await client.wrapKey('A256GCM', octets);
  // @ts-expect-error an unknown key type
  await keys.createKey('name', 'DSA');
  // @ts-expect-error an unknown option
  await keys.createRsaKey('name', { curve: 'P-256' });
  // @ts-expect-error a date is a Date
  await keys.updateKeyProperties('name', { expiresOn: 1_795_521_600 });
  await keys.updateKeyProperties('name', { expiresOn: null, notBefore: undefined });
}

describe('the types of the contract', () => {
  it('are checked by compiling this file', () => {
    expect(misuse).toBeTypeOf('function');
  });
});
