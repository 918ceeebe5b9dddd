import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { algorithmRows } from '../src/algorithms.ts';
import type { SignatureAlgorithmRow } from '../src/algorithms.ts';
import { signDataWith, verifyDataWith } from '../src/data-signature.ts';
import { signDigest, verifyDigest } from '../src/digest-signature.ts';
import { opensslSign, opensslVerify } from './openssl.ts';
import { rsaKeyOf } from './rsa-key.ts';
import { signatureRow, withFlipped } from './signature-rows.ts';

const data = new TextEncoder().encode('what is signed');
const digestOf = (row: SignatureAlgorithmRow, octets = data): Uint8Array =>
  new Uint8Array(
    createHash(row.hash ?? '')
      .update(octets)
      .digest(),
  );

const rsa2048 = generateKeyPairSync('rsa', { modulusLength: 2048 });
// 2049: the encoded message of PSS is an octet shorter than the modulus. 2047: no bit to spare at its front.
const sizes = [2047, 2048, 2049, 3072, 4096];
const rsaKeys = sizes.map(
  (bits) =>
    [bits, bits % 2 === 0 ? generateKeyPairSync('rsa', { modulusLength: bits }) : rsaKeyOf(bits)] as const,
);
const rsaRows = algorithmRows.filter(
  (row) => row.kind === 'signature' && row.family === 'RSA',
) as SignatureAlgorithmRow[];
const cells = rsaRows.flatMap((row) => rsaKeys.map(([bits, pair]) => [row.name, bits, row, pair] as const));

function pkeyutlOptions({ hash, padding }: SignatureAlgorithmRow): string[] {
  if (padding === 'pkcs1') return [`digest:${hash}`, 'rsa_padding_mode:pkcs1'];
  return [`digest:${hash}`, 'rsa_padding_mode:pss', 'rsa_pss_saltlen:digest', `rsa_mgf1_md:${hash}`];
}

describe('RSA over a digest', () => {
  it.each(cells)(
    '%s with %i bits: openssl verifies what this signs, and this what openssl signs',
    async (_, bits, row, keys) => {
      const digest = digestOf(row);
      const signature = await signDigest(row, keys.privateKey, digest);
      expect(signature).toHaveLength(Math.ceil(bits / 8));
      expect(opensslVerify(keys.publicKey, digest, signature, pkeyutlOptions(row))).toBe(true);
      expect(opensslVerify(keys.publicKey, withFlipped(digest, 0), signature, pkeyutlOptions(row))).toBe(
        false,
      );
      const theirs = opensslSign(keys.privateKey, digest, pkeyutlOptions(row));
      expect(await verifyDigest(row, keys.publicKey, digest, theirs)).toBe(true);
      expect(await verifyDigest(row, keys.publicKey, withFlipped(digest, 0), theirs)).toBe(false);
    },
  );

  it.each(cells)('%s with %i bits: agrees with signing the data', async (_, _bits, row, keys) => {
    const digest = digestOf(row);
    expect(verifyDataWith(row, keys.publicKey, data, await signDigest(row, keys.privateKey, digest))).toBe(
      true,
    );
    const overData = signDataWith(row, keys.privateKey, data);
    expect(await verifyDigest(row, keys.publicKey, digest, overData)).toBe(true);
    if (row.padding === 'pkcs1') expect(await signDigest(row, keys.privateKey, digest)).toEqual(overData);
  });

  it.each(rsaRows.map((row) => [row.name, row] as const))(
    '%s: any changed octet or length is false',
    async (_, row) => {
      const digest = digestOf(row);
      const signature = await signDigest(row, rsa2048.privateKey, digest);
      for (let index = 0; index < signature.length; index++) {
        expect(
          await verifyDigest(row, rsa2048.publicKey, digest, withFlipped(signature, index, 1 << (index % 8))),
        ).toBe(false);
      }
      for (const wrong of [
        new Uint8Array(),
        signature.subarray(1),
        Uint8Array.of(0, ...signature),
        new Uint8Array(256).fill(255),
      ]) {
        expect(await verifyDigest(row, rsa2048.publicKey, digest, wrong)).toBe(false);
      }
    },
  );

  it('refuses a PSS signature that has lost its leading zero', async () => {
    const row = signatureRow('PS256');
    for (;;) {
      const signature = await signDigest(row, rsa2048.privateKey, digestOf(row));
      if (signature[0] !== 0) continue;
      expect(await verifyDigest(row, rsa2048.publicKey, digestOf(row), signature)).toBe(true);
      expect(await verifyDigest(row, rsa2048.publicKey, digestOf(row), signature.subarray(1))).toBe(false);
      return;
    }
  });

  it('makes a fresh PSS salt each time', async () => {
    const row = signatureRow('PS384');
    const made = await Promise.all([1, 2, 3].map(() => signDigest(row, rsa2048.privateKey, digestOf(row))));
    expect(new Set(made.map(String)).size).toBe(3);
  });

  it('is false, not a throw, where the key is too small for the hash', async () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 512 });
    for (const name of ['RS512', 'PS512']) {
      const row = signatureRow(name);
      expect(await verifyDigest(row, small.publicKey, digestOf(row), new Uint8Array(64).fill(1))).toBe(false);
      await expect(signDigest(row, small.privateKey, digestOf(row))).rejects.toThrow(/short|small/);
    }
  });
});

describe('digests that do not fit', () => {
  it('are refused by length, on signing and on verifying', async () => {
    const row = signatureRow('RS256');
    const invalid = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
    for (const length of [0, 20, 31, 33, 64]) {
      await expect(signDigest(row, rsa2048.privateKey, new Uint8Array(length))).rejects.toEqual(invalid);
      await expect(
        verifyDigest(row, rsa2048.publicKey, new Uint8Array(length), new Uint8Array(256)),
      ).rejects.toEqual(invalid);
    }
  });

  it.each(['Ed25519', 'HS256', 'ML-DSA-44'])('%s takes no digest', async (name) => {
    const key = createPrivateKey(rsa2048.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await expect(signDigest(signatureRow(name), key, new Uint8Array(32))).rejects.toEqual(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });
});
