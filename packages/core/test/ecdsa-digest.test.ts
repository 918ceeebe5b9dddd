import { createHash, createPrivateKey, createPublicKey, createECDH, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { algorithmRows } from '../src/algorithms.ts';
import type { SignatureAlgorithmRow } from '../src/algorithms.ts';
import { encodeBase64Url } from '../src/base64url.ts';
import { signDataWith, verifyDataWith } from '../src/data-signature.ts';
import { signDigest, verifyDigest } from '../src/digest-signature.ts';
import { curves } from '../src/key-types.ts';
import type { KeyCurveName } from '../src/key-types.ts';
import { derToP1363, p1363InRange, p1363ToDer } from '../src/signature-format.ts';
import { opensslSign, opensslVerify } from './openssl.ts';
import { fromHex, signatureRow, withFlipped } from './signature-rows.ts';

const data = new TextEncoder().encode('what is signed');
const digestOf = (row: SignatureAlgorithmRow, octets: Uint8Array): Uint8Array =>
  new Uint8Array(
    createHash(row.hash ?? '')
      .update(octets)
      .digest(),
  );
const curveOf = (row: SignatureAlgorithmRow): KeyCurveName => row.curve ?? 'P-256';

const rows = algorithmRows.filter(
  (row) => row.kind === 'signature' && row.family === 'EC',
) as SignatureAlgorithmRow[];
const cells = rows.map((row) => {
  const pair = generateKeyPairSync('ec', { namedCurve: curves[curveOf(row)].nodeName });
  return [row.name, row, pair.privateKey, pair.publicKey] as const;
});

function keyOf(curve: KeyCurveName, scalar: string): KeyObject {
  const { crv, nodeName, coordinateLength: length } = curves[curve];
  const d = fromHex(scalar.padStart(2 * length, '0'));
  const ecdh = createECDH(nodeName);
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const [x, y] = [point.subarray(1, 1 + length), point.subarray(1 + length)];
  const jwk = { kty: 'EC', crv, x: encodeBase64Url(x), y: encodeBase64Url(y), d: encodeBase64Url(d) };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

/** RFC 6979 appendix A.2.5, A.2.6 and A.2.7: curve, private key, message, r, s. */
const rfc6979 = [
  [
    'ES256',
    'C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721',
    'sample',
    'EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716',
    'F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8',
  ],
  [
    'ES256',
    'C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721',
    'test',
    'F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367',
    '019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083',
  ],
  [
    'ES384',
    '6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5',
    'sample',
    '94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46',
    '99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8',
  ],
  [
    'ES512',
    `00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC
     0C08B0E996B83538`,
    'sample',
    `00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5D450606ADD152B534931D7D4E8455CC91F9B
     15BF05EC36E377FA`,
    `00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC4399
     7F1EE0E44DA4A67A`,
  ],
] as const;

describe('ECDSA over a digest', () => {
  it.each(rfc6979)(
    '%s gives the signature of RFC 6979, s as it comes out',
    async (name, scalar, message, r, s) => {
      const row = signatureRow(name);
      const privateKey = keyOf(curveOf(row), scalar.replaceAll(/\s/g, ''));
      const digest = digestOf(row, new TextEncoder().encode(message));
      const signature = await signDigest(row, privateKey, digest);
      expect(signature).toEqual(fromHex(r + s));
      expect(await verifyDigest(row, createPublicKey(privateKey), digest, signature)).toBe(true);
    },
  );

  it.each(cells)(
    '%s: openssl verifies what this signs, and this what openssl signs',
    async (_, row, privateKey, publicKey) => {
      const digest = digestOf(row, data);
      const { coordinateLength } = curves[curveOf(row)];
      const der = p1363ToDer(await signDigest(row, privateKey, digest), coordinateLength) ?? new Uint8Array();
      expect(opensslVerify(publicKey, digest, der, [])).toBe(true);
      expect(opensslVerify(publicKey, withFlipped(digest, 0), der, [])).toBe(false);
      const theirs = derToP1363(opensslSign(privateKey, digest, []), coordinateLength) ?? new Uint8Array();
      expect(await verifyDigest(row, publicKey, digest, theirs)).toBe(true);
      expect(await verifyDigest(row, publicKey, withFlipped(digest, 0), theirs)).toBe(false);
    },
  );

  it.each(cells)(
    '%s: agrees with node:crypto over the data, both s and n - s',
    async (_, row, privateKey, publicKey) => {
      const { coordinateLength: length } = curves[curveOf(row)];
      const halves = new Set<boolean>();
      for (let round = 0; round < 12; round++) {
        const message = Uint8Array.of(round);
        const digest = digestOf(row, message);
        const made = await signDigest(row, privateKey, digest);
        expect(verifyDataWith(row, publicKey, message, made)).toBe(true);
        expect(await verifyDigest(row, publicKey, digest, signDataWith(row, privateKey, message))).toBe(true);
        const mirrored = Uint8Array.from(made);
        mirrored.set(subtract(orders[curveOf(row)] ?? 0n, made.subarray(length)), length);
        expect(await verifyDigest(row, publicKey, digest, mirrored)).toBe(true);
        expect(verifyDataWith(row, publicKey, message, mirrored)).toBe(true);
        halves.add(Buffer.compare(made, mirrored) > 0);
      }
      expect(halves.size).toBe(2);
    },
  );

  it.each(cells)('%s: any changed octet or length is false', async (_, row, privateKey, publicKey) => {
    const digest = digestOf(row, data);
    const signature = await signDigest(row, privateKey, digest);
    for (let index = 0; index < signature.length; index += 5) {
      expect(
        await verifyDigest(row, publicKey, digest, withFlipped(signature, index, 1 << (index % 8))),
      ).toBe(false);
    }
    const length = signature.length / 2;
    const zero = new Uint8Array(length);
    const order = toOctets(orders[curveOf(row)] ?? 0n, length);
    for (const wrong of [
      new Uint8Array(),
      signature.subarray(1),
      signature.subarray(0, -1),
      Uint8Array.of(0, ...signature),
      Uint8Array.of(...zero, ...signature.subarray(length)),
      Uint8Array.of(...signature.subarray(0, length), ...zero),
      Uint8Array.of(...order, ...signature.subarray(length)),
      Uint8Array.of(...signature.subarray(0, length), ...order),
      new Uint8Array(2 * length).fill(0xff),
      p1363ToDer(signature, length) ?? new Uint8Array(),
    ]) {
      expect(await verifyDigest(row, publicKey, digest, wrong)).toBe(false);
    }
  });

  it('refuses r + n and s + n where they have room (P-521)', async () => {
    const cell = cells.find(([name]) => name === 'ES512');
    if (cell === undefined) throw new Error('There is no such row');
    const [, row, privateKey, publicKey] = cell;
    const digest = digestOf(row, data);
    const signature = await signDigest(row, privateKey, digest);
    for (const start of [0, 66]) {
      const wrong = Uint8Array.from(signature);
      const half = BigInt(`0x${Buffer.from(signature.subarray(start, start + 66)).toString('hex')}`);
      wrong.set(toOctets(half + (orders['P-521'] ?? 0n), 66), start);
      expect(p1363InRange(wrong, 'P-521')).toBe(false);
      expect(await verifyDigest(row, publicKey, digest, wrong)).toBe(false);
      expect(verifyDataWith(row, publicKey, data, wrong)).toBe(false);
    }
  });

  it('takes a digest of zeros, and signs the same digest the same', async () => {
    for (const [, row, privateKey, publicKey] of cells) {
      const digest = new Uint8Array(digestOf(row, data).length);
      const signature = await signDigest(row, privateKey, digest);
      expect(await signDigest(row, privateKey, digest)).toEqual(signature);
      expect(await verifyDigest(row, publicKey, digest, signature)).toBe(true);
    }
  });

  it('is false, not a throw, for a key on another curve', async () => {
    const row = signatureRow('ES256');
    const other = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    expect(await verifyDigest(row, other.publicKey, digestOf(row, data), new Uint8Array(64).fill(1))).toBe(
      false,
    );
    const longer = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    expect(await verifyDigest(row, longer.publicKey, digestOf(row, data), new Uint8Array(64).fill(1))).toBe(
      false,
    );
    await expect(signDigest(row, longer.privateKey, digestOf(row, data))).rejects.toThrow(TypeError);
  });
});

/** The orders as openssl prints them (`openssl ecparam -name … -text -param_enc explicit`). */
const orders: Readonly<Partial<Record<KeyCurveName, bigint>>> = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  'P-384':
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  'P-521': (1n << 521n) - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n,
  'P-256K': 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
};

function toOctets(value: bigint, length: number): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * length, '0'));
}

function subtract(order: bigint, octets: Uint8Array): Uint8Array {
  return toOctets(order - BigInt(`0x${Buffer.from(octets).toString('hex')}`), octets.length);
}
