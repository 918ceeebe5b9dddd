import type { EncryptionAlgorithmSpec, MacAlgorithmSpec, SigningAlgorithmSpec } from '@aws-sdk/client-kms';
import { familyOf, findAlgorithm, KeyManagerError } from '@keyway/core/driver';
import type {
  AlgorithmName,
  KeyCurveName,
  KeyFamily,
  KeyOperation,
  KeyType,
  NewVersionRequest,
} from '@keyway/core/driver';

/** What one KMS key can be used for: exactly one of these, for ever. */
export type KmsUsage = 'SIGN_VERIFY' | 'ENCRYPT_DECRYPT' | 'GENERATE_VERIFY_MAC';

/** One key spec of KMS that the contract has a shape for. */
export interface KeySpecRow {
  readonly keySpec: KmsKeySpec;
  readonly family: KeyFamily;
  readonly curve?: KeyCurveName;
  /** Bits of the RSA modulus or of the symmetric key. */
  readonly size?: number;
  /** AKP: the algorithm that says it all. */
  readonly parameterSet?: AlgorithmName;
  readonly usages: readonly KmsUsage[];
  /** Whether KMS documents a form in which key material of this spec is imported. */
  readonly importable: boolean;
}

/** The key specs in use; KMS has others (SM2, ML-KEM, HMAC_224) that the contract has no shape for. */
export type KmsKeySpec =
  | `RSA_${2048 | 3072 | 4096}`
  | `ECC_NIST_${'P256' | 'P384' | 'P521' | 'EDWARDS25519'}`
  | 'ECC_SECG_P256K1'
  | `ML_DSA_${44 | 65 | 87}`
  | `HMAC_${256 | 384 | 512}`
  | 'SYMMETRIC_DEFAULT';

const signs: readonly KmsUsage[] = ['SIGN_VERIFY'];

/** What a region or endpoint may lack: a key spec, or the import of key material. */
export type KmsFeature = KmsKeySpec | 'ImportKeyMaterial';

/** The table of key specs. */
export const keySpecRows: readonly KeySpecRow[] = [
  ...([2048, 3072, 4096] as const).map((size): KeySpecRow => ({
    keySpec: `RSA_${size}`,
    family: 'RSA',
    size,
    usages: ['SIGN_VERIFY', 'ENCRYPT_DECRYPT'],
    importable: true,
  })),
  { keySpec: 'ECC_NIST_P256', family: 'EC', curve: 'P-256', usages: signs, importable: true },
  { keySpec: 'ECC_NIST_P384', family: 'EC', curve: 'P-384', usages: signs, importable: true },
  { keySpec: 'ECC_NIST_P521', family: 'EC', curve: 'P-521', usages: signs, importable: true },
  { keySpec: 'ECC_SECG_P256K1', family: 'EC', curve: 'P-256K', usages: signs, importable: true },
  { keySpec: 'ECC_NIST_EDWARDS25519', family: 'OKP', curve: 'Ed25519', usages: signs, importable: false },
  ...([44, 65, 87] as const).map((level): KeySpecRow => ({
    keySpec: `ML_DSA_${level}`,
    family: 'AKP',
    parameterSet: `ML-DSA-${level}`,
    usages: signs,
    importable: false,
  })),
  ...([256, 384, 512] as const).map((size): KeySpecRow => ({
    keySpec: `HMAC_${size}`,
    family: 'oct',
    size,
    usages: ['GENERATE_VERIFY_MAC'],
    importable: true,
  })),
  {
    keySpec: 'SYMMETRIC_DEFAULT',
    family: 'oct',
    size: 256,
    usages: ['ENCRYPT_DECRYPT'],
    importable: true,
  },
];

/** How KMS signs with an algorithm of the contract. */
export interface SigningRow {
  readonly spec: SigningAlgorithmSpec;
  /** `DIGEST`: takes the digest as it is. KMS's own default, `RAW`, would hash it once more. */
  readonly messageType: 'DIGEST' | 'RAW';
}

const digest = (spec: SigningAlgorithmSpec): SigningRow => ({ spec, messageType: 'DIGEST' });
const raw = (spec: SigningAlgorithmSpec): SigningRow => ({ spec, messageType: 'RAW' });

type SigningTable = Readonly<Partial<Record<AlgorithmName, SigningRow>>>;

/** Signature algorithms. `ED25519_PH_SHA_512` is another algorithm than Ed25519 and has no name in the contract. */
export const signingAlgorithms: SigningTable = {
  RS256: digest('RSASSA_PKCS1_V1_5_SHA_256'),
  RS384: digest('RSASSA_PKCS1_V1_5_SHA_384'),
  RS512: digest('RSASSA_PKCS1_V1_5_SHA_512'),
  PS256: digest('RSASSA_PSS_SHA_256'),
  PS384: digest('RSASSA_PSS_SHA_384'),
  PS512: digest('RSASSA_PSS_SHA_512'),
  ES256: digest('ECDSA_SHA_256'),
  ES384: digest('ECDSA_SHA_384'),
  ES512: digest('ECDSA_SHA_512'),
  ES256K: digest('ECDSA_SHA_256'),
  Ed25519: raw('ED25519_SHA_512'),
  'ML-DSA-44': raw('ML_DSA_SHAKE_256'),
  'ML-DSA-65': raw('ML_DSA_SHAKE_256'),
  'ML-DSA-87': raw('ML_DSA_SHAKE_256'),
};

/** MAC algorithms; each runs on a key of exactly `size` bits, since a KMS HMAC key has one algorithm. */
export const macAlgorithms: Readonly<
  Partial<Record<AlgorithmName, { readonly spec: MacAlgorithmSpec; readonly size: number }>>
> = {
  HS256: { spec: 'HMAC_SHA_256', size: 256 },
  HS384: { spec: 'HMAC_SHA_384', size: 384 },
  HS512: { spec: 'HMAC_SHA_512', size: 512 },
};

/** Encryption algorithms. */
export const encryptionAlgorithms: Readonly<Partial<Record<AlgorithmName, EncryptionAlgorithmSpec>>> = {
  'RSA-OAEP': 'RSAES_OAEP_SHA_1',
  'RSA-OAEP-256': 'RSAES_OAEP_SHA_256',
  provider: 'SYMMETRIC_DEFAULT',
};

/** What KMS calls a key that does not exist yet. */
export interface KmsSpec {
  readonly keySpec: KmsKeySpec;
  readonly keyUsage: KmsUsage;
}

/** The shape of a KMS key as the contract has it; undefined for a spec that the contract has no shape for. */
export function shapeOf(keySpec: string | undefined): KeySpecRow | undefined {
  return keySpecRows.find((row) => row.keySpec === keySpec);
}

/** What KMS calls the usage behind a set of key operations; undefined where one KMS key cannot hold them. */
export function usageOf(keyOperations: readonly KeyOperation[], keyType: KeyType): KmsUsage | undefined {
  const kinds = new Set(keyOperations.map((operation) => usageByOperation[operation]));
  const [kind, ...more] = kinds;
  if (kind === undefined || more.length > 0) return undefined;
  if (familyOf(keyType) === 'oct') return kind === 'SIGN_VERIFY' ? 'GENERATE_VERIFY_MAC' : kind;
  return kind;
}

const usageByOperation: Readonly<Record<KeyOperation, KmsUsage | undefined>> = {
  sign: 'SIGN_VERIFY',
  verify: 'SIGN_VERIFY',
  encrypt: 'ENCRYPT_DECRYPT',
  decrypt: 'ENCRYPT_DECRYPT',
  wrapKey: 'ENCRYPT_DECRYPT',
  unwrapKey: 'ENCRYPT_DECRYPT',
  import: undefined,
  export: undefined,
};

/** The key operations that a KMS usage allows, for a key that has no record of ours. */
export function operationsOfUsage(usage: string | undefined): readonly KeyOperation[] {
  if (usage === 'SIGN_VERIFY' || usage === 'GENERATE_VERIFY_MAC') return ['sign', 'verify'];
  return usage === 'ENCRYPT_DECRYPT' ? ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] : [];
}

function unsupported(reason: string, alternative?: string): KeyManagerError {
  return new KeyManagerError('ERR_UNSUPPORTED', reason, { alternative });
}

/** Whether KMS runs an algorithm on a key of this spec and usage. */
function runsOn(algorithm: AlgorithmName, row: KeySpecRow, usage: KmsUsage): boolean {
  const known = findAlgorithm(algorithm);
  if (known === undefined || known.family !== row.family) return false;
  if (usage === 'GENERATE_VERIFY_MAC') return macAlgorithms[algorithm]?.size === row.size;
  if (usage === 'ENCRYPT_DECRYPT') return algorithm in encryptionAlgorithms;
  if (!(algorithm in signingAlgorithms)) return false;
  if (row.parameterSet !== undefined) return row.parameterSet === algorithm;
  return known.kind === 'signature' && known.curve === row.curve;
}

/**
 * What KMS calls the key that is asked for.
 *
 * @throws ERR_UNSUPPORTED with the reason, where KMS has no such key.
 */
export function specFor(
  request: Pick<NewVersionRequest, 'keyType' | 'curve' | 'size' | 'keyOperations' | 'algorithm'>,
): KmsSpec {
  const { keyType, curve, size, algorithm } = request;
  const family = familyOf(keyType);
  const usage = usageOf(request.keyOperations, keyType);
  if (usage === undefined) {
    throw unsupported(
      'A KMS key either signs, or encrypts and wraps; it has no operations import and export',
      'two keys, one for each usage',
    );
  }
  const row = keySpecRows.find(
    (each) =>
      each.family === family &&
      each.curve === curve &&
      (size === undefined || each.size === size) &&
      (family !== 'AKP' || each.parameterSet === algorithm) &&
      each.usages.includes(usage),
  );
  if (row === undefined) {
    throw family === 'oct' && size !== undefined
      ? unsupported('KMS has symmetric keys of 256 bits, and HMAC keys of 256, 384 and 512 bits', 'size 256')
      : unsupported('KMS has no key of this kind for these operations');
  }
  if (algorithm !== undefined && !runsOn(algorithm, row, usage)) {
    throw unsupported(`KMS does not run ${algorithm} on a key of this kind`);
  }
  return { keySpec: row.keySpec, keyUsage: usage };
}
