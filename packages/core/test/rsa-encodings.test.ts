import {
  constants,
  createHash,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashLength } from '../src/algorithms.ts';
import type { HashName, SignatureAlgorithmRow } from '../src/algorithms.ts';
import { verifyDataWith } from '../src/data-signature.ts';
import { signDigest, verifyDigest } from '../src/digest-signature.ts';
import { rsaKeyOf } from './rsa-key.ts';
import { signatureRow } from './signature-rows.ts';

const data = new TextEncoder().encode('what is signed');
const digestOf = (row: SignatureAlgorithmRow): Uint8Array =>
  new Uint8Array(
    createHash(row.hash ?? '')
      .update(data)
      .digest(),
  );
const rsa2048 = generateKeyPairSync('rsa', { modulusLength: 2048 });

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
    const keys = rsaKeyOf(2047);
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
    const keys = rsaKeyOf(2049);
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
    ['DigestInfo without its NULL', padded(`302f300b06096086480165030402010420${digest}`)],
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
