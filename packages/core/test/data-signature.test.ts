import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  sign,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CompactSign, compactVerify } from 'jose';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { algorithmRows } from '../src/algorithms.ts';
import type { SignatureAlgorithmRow } from '../src/algorithms.ts';
import { encodeBase64Url } from '../src/base64url.ts';
import { signDataWith, supportsMlDsa, verifyDataWith } from '../src/data-signature.ts';
import { curves } from '../src/key-types.ts';
import { publicKeyFromJwk, toPublicJwk } from '../src/public-key.ts';
import { openssl } from './openssl.ts';
import { fromHex, signatureRow, withFlipped } from './signature-rows.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

function keyPair(row: SignatureAlgorithmRow): { privateKey: KeyObject; publicKey: KeyObject } {
  if (row.family === 'RSA') return rsa;
  if (row.family === 'OKP') return generateKeyPairSync('ed25519');
  if (row.family === 'EC')
    return generateKeyPairSync('ec', { namedCurve: curves[row.curve ?? 'P-256'].nodeName });
  if (row.family === 'AKP') return generateKeyPairSync(row.name.toLowerCase() as 'ml-dsa-44');
  const secret = createSecretKey(Buffer.alloc((row.minSize ?? 256) / 8, 7));
  return { privateKey: secret, publicKey: secret };
}

const rows = algorithmRows.filter((row) => row.kind === 'signature');
const byHash = rows.filter((row) => row.hash !== undefined && row.family !== 'oct');
const data = new TextEncoder().encode('what is signed');

describe('signatures over data', () => {
  it.each(rows.map((row) => [row.name, row] as const))(
    '%s: verifies what it signs, in a plain Uint8Array of its length',
    (_, row) => {
      const { privateKey, publicKey } = keyPair(row);
      const signature = signDataWith(row, privateKey, data);
      expect(Object.getPrototypeOf(signature)).toBe(Uint8Array.prototype);
      expect(signature).toHaveLength(row.signatureLength === 'modulus' ? 256 : row.signatureLength);
      expect(verifyDataWith(row, publicKey, data, signature)).toBe(true);
      expect(verifyDataWith(row, publicKey, withFlipped(data, 0), signature)).toBe(false);
    },
  );

  it.each(rows.map((row) => [row.name, row] as const))(
    '%s: any changed, missing or further octet is false, never a throw',
    (_, row) => {
      const { privateKey, publicKey } = keyPair(row);
      const signature = signDataWith(row, privateKey, data);
      const step = signature.length > 1000 ? 97 : 1;
      for (let index = 0; index < signature.length; index += step) {
        expect(verifyDataWith(row, publicKey, data, withFlipped(signature, index, 1 << (index % 8)))).toBe(
          false,
        );
      }
      for (const wrong of [
        new Uint8Array(),
        signature.subarray(1),
        signature.subarray(0, -1),
        Uint8Array.of(0, ...signature),
      ]) {
        expect(verifyDataWith(row, publicKey, data, wrong)).toBe(false);
      }
      for (const octet of [0x00, 0xff]) {
        expect(verifyDataWith(row, publicKey, data, new Uint8Array(signature.length).fill(octet))).toBe(
          false,
        );
      }
    },
  );

  it('takes arbitrary octets for a signature without a throw', () => {
    const keys = rows.map((row) => [row, keyPair(row).publicKey] as const);
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.uint8Array({ maxLength: 300 }), ([row, key], octets) => {
        expect(verifyDataWith(row, key, data, octets)).toBe(false);
      }),
    );
  });

  it.each(byHash.map((row) => [row.name, row] as const))(
    '%s: openssl and this verify each other',
    (_, row) => {
      const { privateKey, publicKey } = keyPair(row);
      const padding =
        row.padding === 'pss'
          ? [
              '-sigopt',
              'rsa_padding_mode:pss',
              '-sigopt',
              'rsa_pss_saltlen:digest',
              '-sigopt',
              `rsa_mgf1_md:${row.hash}`,
            ]
          : [];
      const files = {
        key: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
        pub: String(publicKey.export({ format: 'pem', type: 'spki' })),
        data,
      };
      const theirs = openssl(
        ['dgst', `-${row.hash}`, '-sign', 'key', ...padding, '-out', 'out', 'data'],
        files,
      ).out;
      if (row.family === 'RSA') {
        expect(verifyDataWith(row, publicKey, data, theirs)).toBe(true);
        const signature = signDataWith(row, privateKey, data);
        const args = [
          'dgst',
          `-${row.hash}`,
          '-verify',
          'pub',
          ...padding,
          '-signature',
          'signature',
          'data',
        ];
        expect(openssl(args, { ...files, signature }).ok).toBe(true);
        expect(openssl(args, { ...files, signature, data: 'something else' }).ok).toBe(false);
      } else {
        // DER there, r ‖ s here: the wrong encoding is false.
        expect(verifyDataWith(row, publicKey, data, theirs)).toBe(false);
      }
    },
  );

  it.each(rows.filter((row) => row.name !== 'ES256K').map((row) => [row.name, row] as const))(
    '%s: jose and this verify each other',
    async (_, row) => {
      const { privateKey, publicKey } = keyPair(row);
      const token = await new CompactSign(data).setProtectedHeader({ alg: row.name }).sign(privateKey);
      const [header = '', payload = '', signature = ''] = token.split('.');
      const input = Buffer.from(`${header}.${payload}`);
      expect(verifyDataWith(row, publicKey, input, Buffer.from(signature, 'base64url'))).toBe(true);
      const ours = `${header}.${payload}.${encodeBase64Url(signDataWith(row, privateKey, input))}`;
      expect((await compactVerify(ours, publicKey)).payload).toEqual(data);
    },
  );

  it('gives the MAC of RFC 7515 appendix A.1', () => {
    const k = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';
    const claims =
      'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
    const input = Buffer.from(`eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${claims}`);
    const key = createSecretKey(Buffer.from(k, 'base64url'));
    const mac = signDataWith(signatureRow('HS256'), key, input);
    expect(encodeBase64Url(mac)).toBe('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk');
    expect(verifyDataWith(signatureRow('HS256'), key, input, mac)).toBe(true);
  });

  it('verifies the ECDSA signature of RFC 7515 appendix A.3', () => {
    const key = publicKeyFromJwk({
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    });
    const claims =
      'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
    const signature =
      'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
    const input = Buffer.from(`eyJhbGciOiJFUzI1NiJ9.${claims}`);
    expect(verifyDataWith(signatureRow('ES256'), key, input, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('gives the Ed25519 signature of RFC 8032 section 7.1, test 2', () => {
    const seed = fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
    const der = Buffer.concat([fromHex('302e020100300506032b657004220420'), seed]);
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const publicKey = createPublicKey(privateKey);
    expect(toPublicJwk(publicKey).x).toBe(
      encodeBase64Url(fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')),
    );
    const row = signatureRow('Ed25519');
    const signature = fromHex(
      `92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
       085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00`,
    );
    expect(signDataWith(row, privateKey, Uint8Array.of(0x72))).toEqual(signature);
    expect(verifyDataWith(row, publicKey, Uint8Array.of(0x72), signature)).toBe(true);
  });

  it('refuses an Ed25519 signature whose S is not reduced (RFC 8032 section 5.1.7)', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const row = signatureRow('Ed25519');
    const signature = signDataWith(row, privateKey, data);
    const order = (1n << 252n) + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
    const reduced = Buffer.from(signature.subarray(32).toReversed()).toString('hex');
    const larger = fromHex((BigInt(`0x${reduced}`) + order).toString(16).padStart(64, '0')).toReversed();
    expect(verifyDataWith(row, publicKey, data, Uint8Array.of(...signature.subarray(0, 32), ...larger))).toBe(
      false,
    );
  });

  it('refuses PSS with another salt length, even one that node:crypto would detect', () => {
    for (const saltLength of [0, 20, 31, 33, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
      const signature = sign('sha256', data, {
        key: rsa.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength,
      });
      expect(verifyDataWith(signatureRow('PS256'), rsa.publicKey, data, signature)).toBe(false);
    }
  });

  it('refuses a PSS signature that has lost its leading zero', () => {
    const row = signatureRow('PS256');
    for (;;) {
      const signature = signDataWith(row, rsa.privateKey, data);
      if (signature[0] !== 0) continue;
      expect(verifyDataWith(row, rsa.publicKey, data, signature)).toBe(true);
      expect(verifyDataWith(row, rsa.publicKey, data, signature.subarray(1))).toBe(false);
      return;
    }
  });

  it('does not take a signature of another algorithm of the same key', () => {
    for (const made of ['RS256', 'RS384', 'PS256', 'PS384']) {
      const signature = signDataWith(signatureRow(made), rsa.privateKey, data);
      for (const tried of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']) {
        expect(verifyDataWith(signatureRow(tried), rsa.publicKey, data, signature)).toBe(made === tried);
      }
    }
  });

  it('is false, not a throw, for a key of another family', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    for (const row of rows.filter(({ family }) => family !== 'OKP' && family !== 'oct')) {
      expect(
        verifyDataWith(
          row,
          publicKey,
          data,
          new Uint8Array(row.signatureLength === 'modulus' ? 256 : row.signatureLength).fill(1),
        ),
      ).toBe(false);
    }
  });

  it('refuses a MAC that is cut short', () => {
    const key = createSecretKey(Buffer.alloc(32, 1));
    const mac = createHmac('sha256', key).update(data).digest();
    expect(verifyDataWith(signatureRow('HS256'), key, data, mac)).toBe(true);
    expect(verifyDataWith(signatureRow('HS256'), key, data, mac.subarray(0, 16))).toBe(false);
  });

  it('knows whether this Node has ML-DSA', () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    expect(supportsMlDsa()).toBe(major > 24 || (major === 24 && minor >= 6));
  });
});
