import type { CreateKeyOptions, KeyOperation, KeyType } from '@keyway/core';
import { algorithmRows } from '@keyway/core/driver';
import type { AlgorithmRow, EncryptionAlgorithmRow, SignatureAlgorithmRow } from '@keyway/core/driver';

/** A kind of key, as each program asks for it. */
export interface KindRow {
  readonly keyType: KeyType;
  readonly options: CreateKeyOptions;
  /** `--key-type` of pkcs11-tool. */
  readonly toolType: string;
  /** `--usage-…` of pkcs11-tool, where its default will not do. */
  readonly toolUsage: readonly string[];
  /** Arguments of `openssl genpkey`; absent for a secret key, which is random octets. */
  readonly genpkey?: readonly string[];
}

const signing: readonly KeyOperation[] = ['sign', 'verify'];
const encrypting: readonly KeyOperation[] = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];

const rsa = (keyOperations: readonly KeyOperation[], usage: string): KindRow => ({
  keyType: 'RSA',
  options: { size: 2048, keyOperations },
  toolType: 'rsa:2048',
  toolUsage: [usage],
  genpkey: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
});
const ec = (curve: NonNullable<CreateKeyOptions['curve']>, name: string): KindRow => ({
  keyType: 'EC',
  options: { curve, keyOperations: signing },
  toolType: `EC:${name}`,
  toolUsage: ['--usage-sign'],
  genpkey: ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${name}`],
});
const aes = (size: number): KindRow => ({
  keyType: 'oct',
  options: { size, keyOperations: encrypting },
  toolType: `AES:${size / 8}`,
  toolUsage: [],
});
const hmac = (size: number): KindRow => ({
  keyType: 'oct',
  options: { size, keyOperations: signing },
  toolType: `GENERIC:${size / 8}`,
  toolUsage: ['--usage-sign'],
});

const kinds = {
  'rsa-sign': rsa(signing, '--usage-sign'),
  'rsa-encrypt': rsa(encrypting, '--usage-decrypt'),
  'P-256': ec('P-256', 'prime256v1'),
  'P-384': ec('P-384', 'secp384r1'),
  'P-521': ec('P-521', 'secp521r1'),
  'P-256K': ec('P-256K', 'secp256k1'),
  Ed25519: {
    keyType: 'OKP',
    options: { curve: 'Ed25519', keyOperations: signing },
    toolType: 'EC:edwards25519',
    toolUsage: ['--usage-sign'],
    genpkey: ['-algorithm', 'ED25519'],
  },
  'hmac-256': hmac(256),
  'hmac-384': hmac(384),
  'hmac-512': hmac(512),
  'aes-128': aes(128),
  'aes-192': aes(192),
  'aes-256': aes(256),
} as const satisfies Readonly<Record<string, KindRow>>;

/** The name of a kind of key. */
export type Kind = keyof typeof kinds;

/** The row of a kind. */
export const kindRow = (kind: Kind): KindRow => kinds[kind];

/** An algorithm, and the kind of key that it is tried with. */
export type InterplayMethod =
  | { readonly kind: 'sign' | 'mac'; readonly row: SignatureAlgorithmRow; readonly key: Kind }
  | { readonly kind: 'encrypt' | 'wrap'; readonly row: EncryptionAlgorithmRow; readonly key: Kind };

function methodOf(row: AlgorithmRow): InterplayMethod {
  if (row.kind === 'signature') {
    if (row.family === 'RSA') return { kind: 'sign', row, key: 'rsa-sign' };
    if (row.family === 'oct') return { kind: 'mac', row, key: `hmac-${row.minSize}` as Kind };
    return { kind: 'sign', row, key: row.curve as Kind };
  }
  if (row.family === 'RSA') return { kind: 'encrypt', row, key: 'rsa-encrypt' };
  return { kind: row.mode === 'kw' ? 'wrap' : 'encrypt', row, key: `aes-${row.size}` as Kind };
}

/** Nobody else has the format of `provider`; PKCS #11 has ML-DSA from version 3.2 on, which no token here has. */
const isShared = (row: AlgorithmRow): boolean => row.name !== 'provider' && row.family !== 'AKP';

/**
 * Every algorithm that tokens share with other programs. Ed25519 comes last: libp11 finds no key at all on a token with
 * one.
 */
export const interplayMethods: readonly InterplayMethod[] = algorithmRows
  .filter(isShared)
  .map(methodOf)
  .toSorted((one, other) => Number(one.key === 'Ed25519') - Number(other.key === 'Ed25519'));
