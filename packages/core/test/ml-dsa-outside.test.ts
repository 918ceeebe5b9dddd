import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { describe, expect, it } from 'vitest';
import { findAlgorithm, signDataWith, supportsMlDsa, verifyDataWith } from '../src/driver.ts';
import type { SignatureAlgorithmRow } from '../src/driver.ts';

const outside = { 'ML-DSA-44': ml_dsa44, 'ML-DSA-65': ml_dsa65, 'ML-DSA-87': ml_dsa87 };
const names = Object.keys(outside) as (keyof typeof outside)[];
const data = Buffer.from('signed after the quantum computer');

const octets = (text: string | undefined): Uint8Array => new Uint8Array(Buffer.from(text ?? '', 'base64url'));

it('is supported by the Node of this workspace', () => {
  expect(supportsMlDsa()).toBe(true);
});

describe.each(names)('%s', (name) => {
  const row = findAlgorithm(name) as SignatureAlgorithmRow;
  const library = outside[name];

  it('made here is verified by another library', () => {
    const { privateKey, publicKey } = generateKeyPairSync(name.toLowerCase() as 'ml-dsa-44');
    const { pub } = publicKey.export({ format: 'jwk' }) as { pub?: string };
    const signature = signDataWith(row, privateKey, data);
    expect(signature).toHaveLength(row.signatureLength as number);
    expect(library.verify(new Uint8Array(signature), data, octets(pub))).toBe(true);
    expect(library.verify(new Uint8Array(signature), Buffer.from('other'), octets(pub))).toBe(false);
  });

  it('made by another library from the same seed is verified here', () => {
    const seed = new Uint8Array(32).fill(7);
    const keys = library.keygen(seed);
    const pub = Buffer.from(keys.publicKey).toString('base64url');
    const priv = Buffer.from(seed).toString('base64url');
    const jwk = { kty: 'AKP', alg: name, pub };
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const signature = library.sign(data, keys.secretKey);
    expect(verifyDataWith(row, publicKey, data, signature)).toBe(true);
    expect(verifyDataWith(row, publicKey, Buffer.from('other'), signature)).toBe(false);
    const privateKey = createPrivateKey({ key: { ...jwk, priv }, format: 'jwk' });
    expect(library.verify(new Uint8Array(signDataWith(row, privateKey, data)), data, keys.publicKey)).toBe(
      true,
    );
  });
});
