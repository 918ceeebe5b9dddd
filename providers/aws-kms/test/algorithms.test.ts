import { keySpecRows, operationsOfUsage, shapeOf, specFor, usageOf } from '../src/algorithms.ts';
import type { KeyType } from '@keyway/core';
import type { NewVersionRequest } from '@keyway/core/driver';
import { describe, expect, it } from 'vitest';

type Wanted = Pick<NewVersionRequest, 'keyType' | 'curve' | 'size' | 'keyOperations' | 'algorithm'>;

const sign = ['sign', 'verify'] as const;
const crypt = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] as const;

/** What KMS calls each key, as AWS documents it. */
const specs: readonly (readonly [Wanted, string, string])[] = [
  [{ keyType: 'RSA', size: 2048, keyOperations: sign }, 'RSA_2048', 'SIGN_VERIFY'],
  [{ keyType: 'RSA', size: 3072, keyOperations: crypt }, 'RSA_3072', 'ENCRYPT_DECRYPT'],
  [{ keyType: 'RSA-HSM', size: 4096, keyOperations: ['decrypt'] }, 'RSA_4096', 'ENCRYPT_DECRYPT'],
  [
    { keyType: 'EC', curve: 'P-256', keyOperations: sign, algorithm: 'ES256' },
    'ECC_NIST_P256',
    'SIGN_VERIFY',
  ],
  [{ keyType: 'EC-HSM', curve: 'P-384', keyOperations: sign }, 'ECC_NIST_P384', 'SIGN_VERIFY'],
  [{ keyType: 'EC', curve: 'P-521', keyOperations: sign }, 'ECC_NIST_P521', 'SIGN_VERIFY'],
  [
    { keyType: 'EC', curve: 'P-256K', keyOperations: sign, algorithm: 'ES256K' },
    'ECC_SECG_P256K1',
    'SIGN_VERIFY',
  ],
  [{ keyType: 'OKP', curve: 'Ed25519', keyOperations: ['sign'] }, 'ECC_NIST_EDWARDS25519', 'SIGN_VERIFY'],
  [{ keyType: 'AKP', algorithm: 'ML-DSA-44', keyOperations: sign }, 'ML_DSA_44', 'SIGN_VERIFY'],
  [{ keyType: 'AKP', algorithm: 'ML-DSA-65', keyOperations: sign }, 'ML_DSA_65', 'SIGN_VERIFY'],
  [{ keyType: 'AKP-HSM', algorithm: 'ML-DSA-87', keyOperations: sign }, 'ML_DSA_87', 'SIGN_VERIFY'],
  [{ keyType: 'oct', size: 256, keyOperations: sign }, 'HMAC_256', 'GENERATE_VERIFY_MAC'],
  [{ keyType: 'oct', size: 384, keyOperations: sign }, 'HMAC_384', 'GENERATE_VERIFY_MAC'],
  [{ keyType: 'oct', size: 512, keyOperations: sign, algorithm: 'HS512' }, 'HMAC_512', 'GENERATE_VERIFY_MAC'],
  [
    { keyType: 'oct-HSM', size: 256, keyOperations: crypt, algorithm: 'provider' },
    'SYMMETRIC_DEFAULT',
    'ENCRYPT_DECRYPT',
  ],
];

const refused: readonly Wanted[] = [
  { keyType: 'RSA', size: 2048, keyOperations: ['sign', 'decrypt'] },
  { keyType: 'RSA', size: 2048, keyOperations: ['import'] },
  { keyType: 'RSA', size: 2048, keyOperations: ['sign', 'export'] },
  { keyType: 'RSA', size: 2048, keyOperations: [] },
  { keyType: 'RSA', size: 2048, keyOperations: crypt, algorithm: 'RSA1_5' },
  { keyType: 'RSA', size: 2048, keyOperations: sign, algorithm: 'RSA-OAEP' },
  { keyType: 'EC', curve: 'P-256', keyOperations: crypt },
  { keyType: 'oct', size: 128, keyOperations: crypt },
  { keyType: 'oct', size: 192, keyOperations: sign },
  { keyType: 'oct', size: 384, keyOperations: crypt },
  { keyType: 'oct', size: 256, keyOperations: crypt, algorithm: 'A256GCM' },
  { keyType: 'oct', size: 512, keyOperations: sign, algorithm: 'HS256' },
];

describe('what KMS calls a key', () => {
  it.each(specs)('%j is %s for %s', (wanted, keySpec, keyUsage) => {
    expect(specFor(wanted)).toEqual({ keySpec, keyUsage });
    const shape = shapeOf(keySpec);
    expect(shape).toMatchObject({ family: wanted.keyType.replace('-HSM', ''), keySpec });
    expect([shape?.curve, shape?.size]).toEqual([wanted.curve, wanted.size]);
  });

  it('is said for every spec in the table', () => {
    expect(new Set(specs.map(([, keySpec]) => keySpec))).toEqual(
      new Set(keySpecRows.map(({ keySpec }) => keySpec)),
    );
  });

  it.each(refused)('is nothing for %j', (wanted) => {
    expect(() => specFor(wanted)).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }) as Error);
  });

  it('has no shape here for what the contract does not know', () => {
    expect(['SM2', 'ML_KEM_768', 'HMAC_224', 'toString', undefined].map((spec) => shapeOf(spec))).toEqual(
      Array.from({ length: 5 }).fill(undefined),
    );
  });

  it('allows the operations of its usage, and no others', () => {
    for (const keyType of ['RSA', 'oct'] as readonly KeyType[]) {
      for (const operations of [sign, crypt]) {
        expect(operationsOfUsage(usageOf(operations, keyType))).toEqual(operations);
      }
    }
    expect([operationsOfUsage('KEY_AGREEMENT'), operationsOfUsage(undefined)]).toEqual([[], []]);
  });
});
