import {
  constants,
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { algorithmRows, hashLength } from '../src/algorithms.ts';
import type { HashName, SignatureAlgorithmRow } from '../src/algorithms.ts';
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
      await expect(signDigest(row, small.privateKey, digestOf(row))).rejects.toThrow();
    }
  });
});

/** Signs an encoded message of the modulus's length as it is. */
const rawSign = (key: KeyObject, encoded: Uint8Array): Uint8Array =>
  new Uint8Array(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encoded));

function mgf1(hash: HashName, seed: Uint8Array, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / hashLength[hash]) }, (_, counter) =>
    createHash(hash)
      .update(seed)
      .update(Buffer.of(0, 0, 0, counter))
      .digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

interface PssFault {
  readonly saltLength?: number;
  readonly separator?: number;
  readonly trailer?: number;
  readonly padding?: number;
  readonly mgfHash?: HashName;
}

/** EMSA-PSS with sha256 for 2048 bits (RFC 8017 section 9.1.1), written again and with a fault. */
function encodePss(fault: PssFault): Uint8Array {
  const { saltLength = 32, separator = 1, trailer = 0xbc, padding = 0, mgfHash = 'sha256' } = fault;
  const salt = Buffer.alloc(saltLength, 9);
  const digest = createHash('sha256').update(data).digest();
  const h = createHash('sha256').update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const db = Buffer.concat([Buffer.alloc(222 - saltLength, padding), Buffer.of(separator), salt]);
  const mask = mgf1(mgfHash, h, 223);
  const masked = db.map((octet, index) => octet ^ (mask[index] ?? 0));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return Buffer.concat([masked, h, Buffer.of(trailer)]);
}

describe('malformed encodings under a true RSA operation', () => {
  const encodings: readonly (readonly [string, PssFault])[] = [
    ['a salt that is too short', { saltLength: 20 }],
    ['a salt that is too long', { saltLength: 33 }],
    ['no salt', { saltLength: 0 }],
    ['another separator', { separator: 2 }],
    ['another trailer', { trailer: 0xcc }],
    ['padding that is not zero', { padding: 1 }],
    ['another hash for the mask', { mgfHash: 'sha1' }],
  ];

  it('takes the encoding without a fault', async () => {
    const signature = rawSign(rsa2048.privateKey, encodePss({}));
    expect(
      await verifyDigest(
        signatureRow('PS256'),
        rsa2048.publicKey,
        digestOf(signatureRow('PS256')),
        signature,
      ),
    ).toBe(true);
  });

  it.each(encodings)('PSS with %s is false, as node:crypto says', async (_, fault) => {
    const signature = rawSign(rsa2048.privateKey, encodePss(fault));
    const options = { key: rsa2048.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    expect(verify('sha256', data, options, signature)).toBe(false);
    expect(
      await verifyDigest(
        signatureRow('PS256'),
        rsa2048.publicKey,
        digestOf(signatureRow('PS256')),
        signature,
      ),
    ).toBe(false);
  });

  it('PSS with a bit set in front of the encoded message is false', async () => {
    // Of 2047 bits the encoded message uses 2046. One more is still below most moduli: take a key and a salt where it is.
    const row = signatureRow('PS256');
    const [, keys] = rsaKeys[0] ?? [];
    if (keys === undefined) throw new Error('There is no key');
    const modulus = Buffer.from(keys.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
    for (;;) {
      const signature = await signDigest(row, keys.privateKey, digestOf(row));
      const encoded = publicEncrypt({ key: keys.publicKey, padding: constants.RSA_NO_PADDING }, signature);
      expect((encoded[0] ?? 0) & 0xc0).toBe(0);
      encoded[0] = (encoded[0] ?? 0) | 0x40;
      if (encoded.compare(modulus) >= 0) continue;
      const wrong = rawSign(keys.privateKey, encoded);
      expect(await verifyDigest(row, keys.publicKey, digestOf(row), wrong)).toBe(false);
      return;
    }
  });

  it('PSS with an octet in front of an encoded message that is shorter than the modulus is false', async () => {
    const row = signatureRow('PS256');
    const keys = rsaKeys.find(([bits]) => bits === 2049)?.[1];
    if (keys === undefined) throw new Error('There is no key');
    const modulus = Buffer.from(keys.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
    for (;;) {
      const signature = await signDigest(row, keys.privateKey, digestOf(row));
      const encoded = publicEncrypt({ key: keys.publicKey, padding: constants.RSA_NO_PADDING }, signature);
      expect(encoded[0]).toBe(0);
      encoded[0] = 1;
      if (encoded.compare(modulus) >= 0) continue;
      expect(await verifyDigest(row, keys.publicKey, digestOf(row), rawSign(keys.privateKey, encoded))).toBe(
        false,
      );
      return;
    }
  });

  const info = '3031300d060960864801650304020105000420';
  const digest = createHash('sha256').update(data).digest('hex');
  const padded = (tail: string, front = '0001', fill = 'ff'): string =>
    `${front}${fill.repeat(256 - front.length / 2 - 1 - tail.length / 2)}00${tail}`;

  it.each([
    ['DigestInfo without its NULL', padded(`302f300b0609608648016503040201${'0420'}${digest}`)],
    ['DigestInfo in a long form', padded(`308131300d060960864801650304020105000420${digest}`)],
    ['the OID of another hash', padded(`3031300d060960864801650304020205000420${digest}`)],
    ['octets behind the digest', `0001${'ff'.repeat(8)}00${info}${digest}${'00'.repeat(256 - 11 - 51)}`],
    ['block type 2', padded(`${info}${digest}`, '0002', 'aa')],
    ['padding of another octet', padded(`${info}${digest}`, '0001', 'fe')],
    ['no DigestInfo', padded(digest)],
  ])('PKCS#1 with %s is false', async (_, hex) => {
    expect(hex).toHaveLength(512);
    const signature = rawSign(rsa2048.privateKey, Buffer.from(hex, 'hex'));
    const row = signatureRow('RS256');
    expect(await verifyDigest(row, rsa2048.publicKey, digestOf(row), signature)).toBe(false);
    expect(verifyDataWith(row, rsa2048.publicKey, data, signature)).toBe(false);
  });

  it('takes the PKCS#1 encoding without a fault', async () => {
    const signature = rawSign(rsa2048.privateKey, Buffer.from(padded(`${info}${digest}`), 'hex'));
    expect(signature).toEqual(new Uint8Array(sign('sha256', data, rsa2048.privateKey)));
    expect(
      await verifyDigest(
        signatureRow('RS256'),
        rsa2048.publicKey,
        digestOf(signatureRow('RS256')),
        signature,
      ),
    ).toBe(true);
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
