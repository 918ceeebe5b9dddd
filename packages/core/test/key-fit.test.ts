import { createHash, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { algorithmRows } from '../src/algorithms.ts';
import { signDataWith, verifyDataWith } from '../src/data-signature.ts';
import { signDigest, verifyDigest } from '../src/digest-signature.ts';
import { signEcdsaDigest, verifyEcdsaDigest } from '../src/ecdsa-digest.ts';
import { fitsKey } from '../src/key-fit.ts';
import { curves } from '../src/key-types.ts';
import { signatureRow } from './signature-rows.ts';

const onCurve = (name: 'P-256' | 'P-384' | 'P-521' | 'P-256K') =>
  generateKeyPairSync('ec', { namedCurve: curves[name].nodeName });

const secret = createSecretKey(new Uint8Array(64).fill(5));

/** One key pair of each kind, by the algorithms that it is for. */
const pairs = [
  [/^(RS|PS)/, generateKeyPairSync('rsa', { modulusLength: 2048 })],
  [/^ES256$/, onCurve('P-256')],
  [/^ES384$/, onCurve('P-384')],
  [/^ES512$/, onCurve('P-521')],
  [/^ES256K$/, onCurve('P-256K')],
  [/^Ed25519$/, generateKeyPairSync('ed25519')],
  [/^ML-DSA-44$/, generateKeyPairSync('ml-dsa-44')],
  [/^ML-DSA-65$/, generateKeyPairSync('ml-dsa-65')],
  [/^ML-DSA-87$/, generateKeyPairSync('ml-dsa-87')],
  [/^HS/, { privateKey: secret, publicKey: secret }],
] as const;

const rows = algorithmRows.filter((row) => row.kind === 'signature');
const data = new TextEncoder().encode('what is signed');

describe('the kind of key an algorithm runs on', () => {
  it.each(rows.map((row) => [row.name, row] as const))('%s fits one kind and no other', (name, row) => {
    for (const [names, { privateKey, publicKey }] of pairs) {
      expect(fitsKey(row, privateKey)).toBe(names.test(name));
      expect(fitsKey(row, publicKey)).toBe(names.test(name));
    }
  });

  it.each([
    ['ES256', 'P-256K'],
    ['ES256K', 'P-256'],
  ] as const)('%s does not sign with a key on %s, whose octets are as many', async (name, curve) => {
    const row = signatureRow(name);
    const digest = createHash('sha256').update(data).digest();
    const { privateKey } = onCurve(curve);
    expect(() => signDataWith(row, privateKey, data)).toThrow(TypeError);
    await expect(signDigest(row, privateKey, digest)).rejects.toThrow(TypeError);
  });

  it.each([
    ['ES256', 'ES256K', 'P-256K'],
    ['ES256K', 'ES256', 'P-256'],
  ] as const)('%s does not take what %s has signed', async (asked, made, curve) => {
    const { privateKey, publicKey } = onCurve(curve);
    const digest = createHash('sha256').update(data).digest();
    const signature = signDataWith(signatureRow(made), privateKey, data);
    expect(verifyDataWith(signatureRow(made), publicKey, data, signature)).toBe(true);
    expect(await verifyDigest(signatureRow(made), publicKey, digest, signature)).toBe(true);
    expect(verifyDataWith(signatureRow(asked), publicKey, data, signature)).toBe(false);
    expect(await verifyDigest(signatureRow(asked), publicKey, digest, signature)).toBe(false);
  });

  it.each(['RS256', 'PS256', 'ES256'])(
    '%s over a digest is false, not a throw, with any other kind of key',
    async (name) => {
      const row = signatureRow(name);
      const signature = new Uint8Array(name === 'ES256' ? 64 : 256).fill(1);
      const others = pairs.filter(([names]) => !names.test(name));
      const verdicts = others.map(([, { publicKey }]) =>
        verifyDigest(row, publicKey, new Uint8Array(32), signature),
      );
      expect(await Promise.all(verdicts)).toEqual(others.map(() => false));
    },
  );

  it('is checked again where the octets of an ECDSA key are read', async () => {
    const [digest, signature] = [new Uint8Array(32).fill(1), new Uint8Array(64).fill(1)];
    const { privateKey, publicKey } = onCurve('P-384');
    await expect(signEcdsaDigest('P-256', privateKey, digest)).rejects.toThrow(TypeError);
    await expect(signEcdsaDigest('Ed25519', privateKey, digest)).rejects.toThrow(TypeError);
    expect(await verifyEcdsaDigest('P-256', publicKey, digest, signature)).toBe(false);
    expect(await verifyEcdsaDigest('P-256', onCurve('P-256K').publicKey, digest, signature)).toBe(false);
  });
});
