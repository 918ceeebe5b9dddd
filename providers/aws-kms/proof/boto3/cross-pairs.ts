import type { AlgorithmName } from '@keyway/core';
import type { CrossKeyKind } from './cross-key-kinds.ts';

/** One way to use a key: an algorithm, and the form in which it takes its input. */
export interface CrossMethod {
  readonly kind: 'sign' | 'mac' | 'encrypt';
  /** Keyway's name. */
  readonly algorithm: AlgorithmName;
  /** KMS's name. */
  readonly kmsAlgorithm: string;
  readonly key: CrossKeyKind;
  /**
   * Signatures over a `digest` (`DIGEST` in KMS) or `data` (`RAW`). Encryption by `encrypt` or `wrap`, which are one thing
   * in KMS, also with a context.
   */
  readonly form: 'digest' | 'data' | 'encrypt' | 'wrap' | 'encrypt with context' | 'wrap with context';
}

/** Who makes the signature, MAC or ciphertext; the other one checks or opens it. */
type CrossDirection = 'Keyway makes' | 'boto3 makes';

/** How Keyway comes to the key: it made it, it adopted one that boto3 made, or it uses one of boto3's as it is. */
export type CrossOwner = 'own' | 'adopted' | 'external';

/** A method, who makes, and whose key. */
export interface CrossPair extends CrossMethod {
  readonly direction: CrossDirection;
  readonly owner: CrossOwner;
}

const rsa = [256, 384, 512].flatMap((bits): Omit<CrossMethod, 'form'>[] => [
  {
    kind: 'sign',
    algorithm: `RS${bits}` as 'RS256',
    kmsAlgorithm: `RSASSA_PKCS1_V1_5_SHA_${bits}`,
    key: 'rsa-sign',
  },
  {
    kind: 'sign',
    algorithm: `PS${bits}` as 'PS256',
    kmsAlgorithm: `RSASSA_PSS_SHA_${bits}`,
    key: 'rsa-sign',
  },
]);

const ec: readonly Omit<CrossMethod, 'form'>[] = [
  { kind: 'sign', algorithm: 'ES256', kmsAlgorithm: 'ECDSA_SHA_256', key: 'p-256' },
  { kind: 'sign', algorithm: 'ES384', kmsAlgorithm: 'ECDSA_SHA_384', key: 'p-384' },
  { kind: 'sign', algorithm: 'ES512', kmsAlgorithm: 'ECDSA_SHA_512', key: 'p-521' },
  { kind: 'sign', algorithm: 'ES256K', kmsAlgorithm: 'ECDSA_SHA_256', key: 'p-256k' },
];

const ofData: readonly Omit<CrossMethod, 'form'>[] = [
  { kind: 'sign', algorithm: 'Ed25519', kmsAlgorithm: 'ED25519_SHA_512', key: 'ed25519' },
  ...([44, 65, 87] as const).map((level) => {
    const key = `ml-dsa-${level}` as const;
    return { kind: 'sign', algorithm: `ML-DSA-${level}`, kmsAlgorithm: 'ML_DSA_SHAKE_256', key } as const;
  }),
  ...([256, 384, 512] as const).map((bits) => {
    const key = `hmac-${bits}` as const;
    return { kind: 'mac', algorithm: `HS${bits}`, kmsAlgorithm: `HMAC_SHA_${bits}`, key } as const;
  }),
];

const encryption: readonly Omit<CrossMethod, 'form'>[] = [
  { kind: 'encrypt', algorithm: 'RSA-OAEP', kmsAlgorithm: 'RSAES_OAEP_SHA_1', key: 'rsa-encrypt' },
  { kind: 'encrypt', algorithm: 'RSA-OAEP-256', kmsAlgorithm: 'RSAES_OAEP_SHA_256', key: 'rsa-encrypt' },
  { kind: 'encrypt', algorithm: 'provider', kmsAlgorithm: 'SYMMETRIC_DEFAULT', key: 'symmetric' },
];

/** Every method. */
export const crossMethods: readonly CrossMethod[] = [
  ...[...rsa, ...ec].flatMap((row) => [
    { ...row, form: 'digest' } as const,
    { ...row, form: 'data' } as const,
  ]),
  ...ofData.map((row) => ({ ...row, form: 'data' }) as const),
  ...encryption.flatMap((row) => [{ ...row, form: 'encrypt' } as const, { ...row, form: 'wrap' } as const]),
  ...encryption
    .filter(({ algorithm }) => algorithm === 'provider')
    .flatMap((row) => [
      { ...row, form: 'encrypt with context' } as const,
      { ...row, form: 'wrap with context' } as const,
    ]),
];

/** Every pair: each method in both directions, with each kind of ownership. */
export const crossPairs: readonly CrossPair[] = crossMethods.flatMap((method) =>
  (['own', 'adopted', 'external'] as const).flatMap((owner) =>
    (['Keyway makes', 'boto3 makes'] as const).map((direction) => ({ ...method, owner, direction })),
  ),
);

/** A pair in words. */
export function describePair({ algorithm, form, direction, owner }: CrossPair): string {
  return `${algorithm} ${form}, ${direction}, ${owner} key`;
}
