import type { hashLength } from '@keyway/core/driver';

/** Hash functions by their node:crypto name. */
export type HashName = keyof typeof hashLength;

/** Mechanism numbers (PKCS #11 v3.1, section 6; the two Edwards ones also stand in v3.0's header). */
export const ckm = {
  rsaKeyPairGen: 0x00_00,
  rsaPkcs: 0x00_01,
  rsaOaep: 0x00_09,
  rsaPss: 0x00_0d,
  sha1: 0x02_20,
  sha256: 0x02_50,
  sha384: 0x02_60,
  sha512: 0x02_70,
  sha256Hmac: 0x02_51,
  sha384Hmac: 0x02_61,
  sha512Hmac: 0x02_71,
  sha256RsaPkcs: 0x00_40,
  sha384RsaPkcs: 0x00_41,
  sha512RsaPkcs: 0x00_42,
  sha256RsaPss: 0x00_43,
  sha384RsaPss: 0x00_44,
  sha512RsaPss: 0x00_45,
  genericSecretKeyGen: 0x03_50,
  ecKeyPairGen: 0x10_40,
  ecdsa: 0x10_41,
  ecdsaSha256: 0x10_44,
  ecdsaSha384: 0x10_45,
  ecdsaSha512: 0x10_46,
  ecEdwardsKeyPairGen: 0x10_55,
  eddsa: 0x10_57,
  aesKeyGen: 0x10_80,
  aesCbc: 0x10_82,
  aesCbcPad: 0x10_85,
  aesGcm: 0x10_87,
  aesKeyWrap: 0x21_09,
  /** Two formats under one number: RFC 5649 (SoftHSM), or PKCS#7 padding and RFC 3394 (NSS). Only a probe tells. */
  aesKeyWrapPad: 0x21_0a,
  /** RFC 5649, always. */
  aesKeyWrapKwp: 0x21_0b,
} as const;

/** Object classes. */
export const cko = { data: 0, certificate: 1, publicKey: 2, privateKey: 3, secretKey: 4 } as const;

/** Key types. */
export const ckk = {
  rsa: 0x00,
  ec: 0x03,
  genericSecret: 0x10,
  aes: 0x1f,
  sha256Hmac: 0x2b,
  sha384Hmac: 0x2c,
  sha512Hmac: 0x2d,
  ecEdwards: 0x40,
} as const;

/** A hash as OAEP and PSS parameters name it: the hash itself, and the mask generation function over it. */
export const hashParameters: Readonly<Record<HashName, { readonly hash: number; readonly mgf: number }>> = {
  sha1: { hash: ckm.sha1, mgf: 1 },
  sha256: { hash: ckm.sha256, mgf: 2 },
  sha384: { hash: ckm.sha384, mgf: 3 },
  sha512: { hash: ckm.sha512, mgf: 4 },
};

/** Where the standard's name is not the one here in capitals. */
const standardNames: Readonly<Record<string, string>> = {
  rsaKeyPairGen: 'RSA_PKCS_KEY_PAIR_GEN',
  rsaOaep: 'RSA_PKCS_OAEP',
  rsaPss: 'RSA_PKCS_PSS',
  sha1: 'SHA_1',
  sha256RsaPss: 'SHA256_RSA_PKCS_PSS',
  sha384RsaPss: 'SHA384_RSA_PKCS_PSS',
  sha512RsaPss: 'SHA512_RSA_PKCS_PSS',
};

/** A mechanism as the standard calls it, or its number where it is not used here. */
export function mechanismName(type: number): string {
  const name = Object.entries(ckm).find(([, number]) => number === type)?.[0];
  if (name === undefined) return `0x${type.toString(16)}`;
  return `CKM_${standardNames[name] ?? name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
}
