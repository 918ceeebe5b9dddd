import type { AlgorithmName, Operation, Support } from '@keyway/core';

/*
 * What KMS was found to do before this provider was written, operation by operation and algorithm by algorithm. Written
 * from the study of the vendors' services, not from the provider's own tables, and compared with them by a test.
 */

type Uses = Readonly<Partial<Record<Operation, Support>>>;

const digests: Uses = { sign: 'native', verify: 'native', signData: 'native', verifyData: 'native' };
const overData: Uses = { signData: 'native', verifyData: 'native' };
const encrypts: Uses = { encrypt: 'native', decrypt: 'native', wrapKey: 'native', unwrapKey: 'native' };
const noEncryption: Uses = { encrypt: 'unsupported', decrypt: 'unsupported' };
const noWrap: Uses = { wrapKey: 'unsupported', unwrapKey: 'unsupported' };

/** Each algorithm with each operation that it has in the contract. */
export const expectedAlgorithms: Readonly<Record<AlgorithmName, Uses>> = {
  RS256: digests,
  RS384: digests,
  RS512: digests,
  PS256: digests,
  PS384: digests,
  PS512: digests,
  ES256: digests,
  ES384: digests,
  ES512: digests,
  ES256K: digests,
  Ed25519: overData,
  'ML-DSA-44': overData,
  'ML-DSA-65': overData,
  'ML-DSA-87': overData,
  HS256: overData,
  HS384: overData,
  HS512: overData,
  RSA1_5: { ...noEncryption, ...noWrap },
  'RSA-OAEP': encrypts,
  'RSA-OAEP-256': encrypts,
  A128GCM: noEncryption,
  A192GCM: noEncryption,
  A256GCM: noEncryption,
  A128CBC: noEncryption,
  A192CBC: noEncryption,
  A256CBC: noEncryption,
  A128CBCPAD: noEncryption,
  A192CBCPAD: noEncryption,
  A256CBCPAD: noEncryption,
  A128KW: noWrap,
  A192KW: noWrap,
  A256KW: noWrap,
  provider: encrypts,
};

/** Operations that use no key material. */
export const expectedOperations: Readonly<Partial<Record<Operation, Support>>> = {
  createKey: 'emulated',
  importKey: 'emulated',
  getKey: 'emulated',
  listPropertiesOfKeys: 'emulated',
  listPropertiesOfKeyVersions: 'emulated',
  updateKeyProperties: 'native',
  beginDeleteKey: 'emulated',
  getDeletedKey: 'emulated',
  listDeletedKeys: 'emulated',
  beginRecoverDeletedKey: 'emulated',
  purgeDeletedKey: 'unsupported',
  backupKey: 'unsupported',
  restoreKeyBackup: 'unsupported',
  rotateKey: 'emulated',
  rotateDueKeys: 'emulated',
  getKeyRotationPolicy: 'emulated',
  updateKeyRotationPolicy: 'emulated',
  getRandomBytes: 'native',
  releaseKey: 'unsupported',
};

/** Where the provider says something else than what was expected, and why. */
export const deviations: readonly { readonly of: string; readonly says: Support; readonly why: string }[] = [
  ...(['RS', 'PS', 'ES'] as const).flatMap((family) =>
    ['256', '384', '512', ...(family === 'ES' ? ['256K'] : [])].flatMap((hash) =>
      (['signData', 'verifyData'] as const).map((operation) => ({
        of: `${operation} ${family}${hash}`,
        says: 'emulated' as const,
        why: 'KMS hashes at most 4,096 octets; core hashes data of any length and sends the digest',
      })),
    ),
  ),
  {
    of: 'updateKeyProperties',
    says: 'emulated',
    why: 'only enabled is a property of KMS; operations, dates and tags live in the description',
  },
  {
    of: 'adoptKey',
    says: 'native',
    why: 'not studied before: an alias and a description are all that it takes',
  },
];

/** Kinds of keys by operation: those that KMS makes and those that it takes. */
export const expectedKinds: Readonly<
  Record<'createKey' | 'importKey', { readonly yes: readonly string[]; readonly no: readonly string[] }>
> = {
  createKey: {
    yes: [
      'RSA 2048',
      'RSA 3072',
      'RSA 4096',
      'EC P-256',
      'EC P-384',
      'EC P-521',
      'EC P-256K',
      'OKP Ed25519',
      'AKP ML-DSA-44',
      'AKP ML-DSA-65',
      'AKP ML-DSA-87',
      'oct 256',
      'oct 384',
      'oct 512',
    ],
    no: ['oct 128', 'oct 192'],
  },
  importKey: {
    yes: [
      'RSA 2048',
      'RSA 3072',
      'RSA 4096',
      'EC P-256',
      'EC P-384',
      'EC P-521',
      'EC P-256K',
      'oct 256',
      'oct 384',
      'oct 512',
    ],
    no: ['OKP Ed25519', 'AKP ML-DSA-44', 'AKP ML-DSA-65', 'AKP ML-DSA-87', 'oct 128', 'oct 192'],
  },
};
