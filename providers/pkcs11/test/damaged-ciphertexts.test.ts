import pkcs11js from 'pkcs11js';
import { describe, expect, it } from 'vitest';
import type { SoftToken } from '@keyway/conformance/emulators';
import { classify } from '../src/classify.ts';
import { returnValueOf } from '../src/token/return-values.ts';
import { nssToken, softHsmToken } from './fixtures/soft-tokens.ts';

const iv = Buffer.alloc(12, 7);
const gcmParameters: pkcs11js.AesGCM = {
  type: pkcs11js.CK_PARAMS_AES_GCM_v240,
  iv,
  tagBits: 128,
  ivBits: 96,
};
const oaepParameters: pkcs11js.RsaOAEP = {
  type: pkcs11js.CK_PARAMS_RSA_OAEP,
  hashAlg: pkcs11js.CKM_SHA_1,
  mgf: pkcs11js.CKG_MGF1_SHA1,
  // CKZ_DATA_SPECIFIED
  source: 1,
};
const gcm = (): pkcs11js.Mechanism => ({ mechanism: pkcs11js.CKM_AES_GCM, parameter: gcmParameters });
const oaep = (): pkcs11js.Mechanism => ({
  mechanism: pkcs11js.CKM_RSA_PKCS_OAEP,
  parameter: oaepParameters,
});
const cbc = (): pkcs11js.Mechanism => ({
  mechanism: pkcs11js.CKM_AES_CBC_PAD,
  parameter: Buffer.alloc(16, 3),
});
const keyWrap = (): pkcs11js.Mechanism => ({ mechanism: pkcs11js.CKM_AES_KEY_WRAP });

/** A session with an AES and an RSA key of its own. */
function open(token: SoftToken) {
  const lib = new pkcs11js.PKCS11();
  lib.load(token.module);
  const parameters = token.libraryParameters;
  lib.C_Initialize({
    flags: pkcs11js.CKF_OS_LOCKING_OK,
    ...(parameters === undefined ? {} : { libraryParameters: parameters }),
  });
  const slot = lib.C_GetSlotList(true).find((slot) => lib.C_GetTokenInfo(slot).label.trim() === token.label);
  if (slot === undefined) throw new Error('The token is not there');
  const session = lib.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
  lib.C_Login(session, pkcs11js.CKU_USER, token.pin);
  const uses = [pkcs11js.CKA_ENCRYPT, pkcs11js.CKA_DECRYPT, pkcs11js.CKA_WRAP, pkcs11js.CKA_UNWRAP];
  const aes = (): Buffer =>
    lib.C_GenerateKey(session, { mechanism: pkcs11js.CKM_AES_KEY_GEN }, [
      ...uses.map((type) => ({ type, value: true })),
      { type: pkcs11js.CKA_EXTRACTABLE, value: true },
      { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
    ]);
  const rsa = lib.C_GenerateKeyPair(
    session,
    { mechanism: pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN },
    [
      { type: pkcs11js.CKA_ENCRYPT, value: true },
      { type: pkcs11js.CKA_WRAP, value: true },
      { type: pkcs11js.CKA_MODULUS_BITS, value: 2048 },
      { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: Buffer.from([1, 0, 1]) },
    ],
    [
      { type: pkcs11js.CKA_DECRYPT, value: true },
      { type: pkcs11js.CKA_UNWRAP, value: true },
    ],
  );
  return { lib, session, key: aes(), inner: aes(), rsa };
}

/** What can be wrong with a ciphertext. */
const damages: Readonly<Record<string, (right: Buffer) => Buffer>> = {
  'its first bit': (right) => Buffer.from(right.map((octet, at) => (at === 0 ? octet ^ 1 : octet))),
  'its last bit': (right) =>
    Buffer.from(right.map((octet, at) => (at === right.length - 1 ? octet ^ 1 : octet))),
  'its length, cut by one': (right) => right.subarray(0, -1),
  'its length, cut to eight': (right) => right.subarray(0, 8),
  'one octet more': (right) => Buffer.concat([right, Buffer.alloc(1)]),
  'all of it': (right) => Buffer.alloc(right.length, 0xff),
};

describe.each([
  ['SoftHSM2', softHsmToken],
  ['NSS', nssToken],
] as const)('%s says of a ciphertext only that it is damaged', async (_, make) => {
  const token = await make();
  const { lib, session, key, inner, rsa } = open(token);

  const unwrapped = [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
    { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_AES },
    { type: pkcs11js.CKA_TOKEN, value: false },
  ];
  const ways = {
    'AES-GCM': [gcm, key, key, 'decrypt'],
    'AES-CBC with padding': [cbc, key, key, 'decrypt'],
    'RSA-OAEP': [oaep, rsa.publicKey, rsa.privateKey, 'decrypt'],
    'RSAES-PKCS1-v1_5': [
      () => ({ mechanism: pkcs11js.CKM_RSA_PKCS }),
      rsa.publicKey,
      rsa.privateKey,
      'decrypt',
    ],
    'AES-KW': [keyWrap, key, key, 'unwrapKey'],
    'a key under RSA-OAEP': [oaep, rsa.publicKey, rsa.privateKey, 'unwrapKey'],
  } as const;

  for (const [way, [mechanism, there, back, operation]] of Object.entries(ways)) {
    const seal = (): Buffer => {
      if (operation === 'unwrapKey')
        return lib.C_WrapKey(session, mechanism(), there, inner, Buffer.alloc(512));
      lib.C_EncryptInit(session, mechanism(), there);
      return lib.C_Encrypt(session, Buffer.from('plaintext'), Buffer.alloc(512));
    };
    const unseal = (sealed: Buffer): unknown => {
      if (operation === 'unwrapKey') return lib.C_UnwrapKey(session, mechanism(), back, sealed, unwrapped);
      lib.C_DecryptInit(session, mechanism(), back);
      return lib.C_Decrypt(session, sealed, Buffer.alloc(512));
    };

    it.each(Object.keys(damages))(`${way}: %s`, (damage) => {
      const right = seal();
      expect(() => unseal(right)).not.toThrow();
      let error: unknown;
      try {
        unseal(damages[damage]?.(right) ?? right);
      } catch (thrown) {
        error = thrown;
      }
      // Padding of a block is no protection: what is damaged may still be taken, as something else.
      if (error === undefined) expect(way).toMatch(/CBC|PKCS1/);
      else {
        expect(returnValueOf(error)).toBeDefined();
        expect(classify(error, { operation })).toEqual({
          code: 'ERR_INTEGRITY',
          retry: 'never',
          outcome: 'none',
        });
      }
    });
  }
});
