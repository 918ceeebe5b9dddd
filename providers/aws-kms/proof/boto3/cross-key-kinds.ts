import type { CreateKeyOptions, KeyOperation, KeyType } from '@keyway/core';

/** A kind of key, as each side asks for it. */
interface KindRow {
  readonly spec: string;
  readonly usage: 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC' | 'ENCRYPT_DECRYPT';
  readonly keyType: KeyType;
  readonly options: CreateKeyOptions;
  /** Octets of one half of an ECDSA signature. */
  readonly half?: number;
}

const signing: readonly KeyOperation[] = ['sign', 'verify'];
const encrypting: readonly KeyOperation[] = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];

const ec = (spec: string, half: number, curve: CreateKeyOptions['curve']): KindRow => ({
  spec,
  usage: 'SIGN_VERIFY',
  keyType: 'EC',
  options: { curve, keyOperations: signing },
  half,
});
const hmac = (size: number): KindRow => ({
  spec: `HMAC_${size}`,
  usage: 'GENERATE_VERIFY_MAC',
  keyType: 'oct',
  options: { size, keyOperations: signing },
});
const mlDsa = (level: 44 | 65 | 87): KindRow => ({
  spec: `ML_DSA_${level}`,
  usage: 'SIGN_VERIFY',
  keyType: 'AKP',
  options: { algorithm: `ML-DSA-${level}`, keyOperations: signing },
});
const rsa = (usage: KindRow['usage'], keyOperations: readonly KeyOperation[]): KindRow => ({
  spec: 'RSA_2048',
  usage,
  keyType: 'RSA',
  options: { size: 2048, keyOperations },
});

/** The kinds of keys that the pairs need. */
export const crossKeyKinds = {
  'rsa-sign': rsa('SIGN_VERIFY', signing),
  'rsa-encrypt': rsa('ENCRYPT_DECRYPT', encrypting),
  'p-256': ec('ECC_NIST_P256', 32, 'P-256'),
  'p-384': ec('ECC_NIST_P384', 48, 'P-384'),
  'p-521': ec('ECC_NIST_P521', 66, 'P-521'),
  'p-256k': ec('ECC_SECG_P256K1', 32, 'P-256K'),
  ed25519: {
    spec: 'ECC_NIST_EDWARDS25519',
    usage: 'SIGN_VERIFY',
    keyType: 'OKP',
    options: { curve: 'Ed25519', keyOperations: signing },
  },
  'ml-dsa-44': mlDsa(44),
  'ml-dsa-65': mlDsa(65),
  'ml-dsa-87': mlDsa(87),
  'hmac-256': hmac(256),
  'hmac-384': hmac(384),
  'hmac-512': hmac(512),
  symmetric: {
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    keyType: 'oct',
    options: { size: 256, keyOperations: encrypting },
  },
} as const satisfies Readonly<Record<string, KindRow>>;

/** The name of a kind. */
export type CrossKeyKind = keyof typeof crossKeyKinds;

/** The row of a kind. */
export function crossKeyKind(kind: CrossKeyKind): KindRow {
  return crossKeyKinds[kind];
}
