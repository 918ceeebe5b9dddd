import { curves } from './key-types.ts';
import type { KeyCurveName, KeyFamily, KeyOperation } from './key-types.ts';

/** Hash functions by their node:crypto name. */
export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** Octets of each hash's output. */
export const hashLength: Readonly<Record<HashName, number>> = {
  sha1: 20,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** Signature algorithms that take a digest (`sign`) as well as data (`signData`). */
export type DigestSignatureAlgorithm =
  | `RS${256 | 384 | 512}`
  | `PS${256 | 384 | 512}`
  | `ES${256 | 384 | 512}`
  | 'ES256K';

/** Signature algorithms that take data only. `EdDSA` is the older name of `Ed25519` and accepted on input. */
export type DataSignatureAlgorithm = 'Ed25519' | 'EdDSA' | `ML-DSA-${44 | 65 | 87}` | `HS${256 | 384 | 512}`;

/** Every signature and MAC algorithm. */
export type SignatureAlgorithm = DigestSignatureAlgorithm | DataSignatureAlgorithm;

/** Key encryption by RSA: the same names for `encrypt` and `wrapKey`. */
export type RsaEncryptionAlgorithm = 'RSA1_5' | 'RSA-OAEP' | 'RSA-OAEP-256';

/** Algorithms of `encrypt` and `decrypt`. `provider` is the vault's own authenticated encryption. */
export type EncryptionAlgorithm =
  | RsaEncryptionAlgorithm
  | `A${128 | 192 | 256}${'GCM' | 'CBC' | 'CBCPAD'}`
  | 'provider';

/** Algorithms of `wrapKey` and `unwrapKey`. */
export type KeyWrapAlgorithm = RsaEncryptionAlgorithm | `A${128 | 192 | 256}KW` | 'provider';

/** Every algorithm name of the contract, without the alias `EdDSA`. */
export type AlgorithmName = Exclude<SignatureAlgorithm, 'EdDSA'> | EncryptionAlgorithm | KeyWrapAlgorithm;

/** What is fixed about a signature or MAC algorithm. */
export interface SignatureAlgorithmRow {
  readonly kind: 'signature';
  readonly name: Exclude<SignatureAlgorithm, 'EdDSA'>;
  readonly family: KeyFamily;
  /** EC and OKP: the only curve it fits. */
  readonly curve?: KeyCurveName;
  /** Absent where the algorithm hashes inside (Ed25519, ML-DSA). */
  readonly hash?: HashName;
  readonly padding?: 'pkcs1' | 'pss';
  /** `digest`: takes a digest or data; `data`: takes data only. */
  readonly input: 'digest' | 'data';
  /** HMAC: the smallest key in bits (RFC 7518 section 3.2). */
  readonly minSize?: number;
  /** Octets of the P1363 (or raw) signature; `modulus` is the octets of the RSA modulus. */
  readonly signatureLength: number | 'modulus';
  /** Whether a public key verifies it in this process. */
  readonly local: boolean;
}

/** What is fixed about an encryption or key wrap algorithm. */
export interface EncryptionAlgorithmRow {
  readonly kind: 'encryption';
  readonly name: EncryptionAlgorithm | KeyWrapAlgorithm;
  readonly family: KeyFamily;
  readonly mode: 'pkcs1' | 'oaep' | 'gcm' | 'cbc' | 'cbcpad' | 'kw' | 'provider';
  /** AES: the only key size in bits it fits. */
  readonly size?: number;
  /** OAEP: hash of the label and of MGF1. */
  readonly hash?: HashName;
  /** The key operations it serves. */
  readonly operations: readonly KeyOperation[];
  /** Octets of the initialisation vector. */
  readonly ivLength?: number;
  /** Octets of the authentication tag. */
  readonly tagLength?: number;
  /** Whether a public key encrypts with it in this process. */
  readonly local: boolean;
}

/** One row of the algorithm table. */
export type AlgorithmRow = SignatureAlgorithmRow | EncryptionAlgorithmRow;

const signature = (row: Omit<SignatureAlgorithmRow, 'kind'>): SignatureAlgorithmRow => ({
  kind: 'signature',
  ...row,
});
const encryption = (row: Omit<EncryptionAlgorithmRow, 'kind'>): EncryptionAlgorithmRow => ({
  kind: 'encryption',
  ...row,
});

const hashSizes = [256, 384, 512] as const;
const aesSizes = [128, 192, 256] as const;
const crypt: readonly KeyOperation[] = ['encrypt', 'decrypt'];
const wrap: readonly KeyOperation[] = ['wrapKey', 'unwrapKey'];

function ecdsa(
  name: 'ES256' | 'ES384' | 'ES512' | 'ES256K',
  curve: KeyCurveName,
  hash: HashName,
): AlgorithmRow {
  const signatureLength = 2 * curves[curve].coordinateLength;
  return signature({ name, family: 'EC', curve, hash, input: 'digest', signatureLength, local: true });
}

/** The signature length in octets of each ML-DSA parameter set (FIPS 204, table 2). */
const mlDsaSignatureLength = { 44: 2420, 65: 3309, 87: 4627 } as const;

/**
 * The table. Adding an algorithm is adding a row; nothing below this file enumerates names.
 *
 * Sources: RFC 7518 (RS, PS, ES, HS, RSA-OAEP, AxxxKW), RFC 8812 (ES256K), RFC 9864 (Ed25519), FIPS 204 (ML-DSA).
 */
export const algorithmRows: readonly AlgorithmRow[] = [
  ...hashSizes.flatMap((bits): AlgorithmRow[] => [
    signature({
      name: `RS${bits}`,
      family: 'RSA',
      hash: `sha${bits}`,
      padding: 'pkcs1',
      input: 'digest',
      signatureLength: 'modulus',
      local: true,
    }),
    signature({
      name: `PS${bits}`,
      family: 'RSA',
      hash: `sha${bits}`,
      padding: 'pss',
      input: 'digest',
      signatureLength: 'modulus',
      local: true,
    }),
  ]),
  ecdsa('ES256', 'P-256', 'sha256'),
  ecdsa('ES384', 'P-384', 'sha384'),
  ecdsa('ES512', 'P-521', 'sha512'),
  ecdsa('ES256K', 'P-256K', 'sha256'),
  signature({
    name: 'Ed25519',
    family: 'OKP',
    curve: 'Ed25519',
    input: 'data',
    signatureLength: 64,
    local: true,
  }),
  ...([44, 65, 87] as const).map((level) =>
    signature({
      name: `ML-DSA-${level}`,
      family: 'AKP',
      input: 'data',
      signatureLength: mlDsaSignatureLength[level],
      local: true,
    }),
  ),
  ...hashSizes.map((bits) =>
    signature({
      name: `HS${bits}`,
      family: 'oct',
      hash: `sha${bits}`,
      input: 'data',
      minSize: bits,
      signatureLength: bits / 8,
      local: false,
    }),
  ),
  encryption({ name: 'RSA1_5', family: 'RSA', mode: 'pkcs1', operations: [...crypt, ...wrap], local: true }),
  encryption({
    name: 'RSA-OAEP',
    family: 'RSA',
    mode: 'oaep',
    hash: 'sha1',
    operations: [...crypt, ...wrap],
    local: true,
  }),
  encryption({
    name: 'RSA-OAEP-256',
    family: 'RSA',
    mode: 'oaep',
    hash: 'sha256',
    operations: [...crypt, ...wrap],
    local: true,
  }),
  ...aesSizes.flatMap((size): AlgorithmRow[] => {
    const row = { family: 'oct', size, local: false } as const;
    return [
      encryption({
        name: `A${size}GCM`,
        ...row,
        mode: 'gcm',
        operations: crypt,
        ivLength: 12,
        tagLength: 16,
      }),
      encryption({ name: `A${size}CBC`, ...row, mode: 'cbc', operations: crypt, ivLength: 16 }),
      encryption({ name: `A${size}CBCPAD`, ...row, mode: 'cbcpad', operations: crypt, ivLength: 16 }),
      encryption({ name: `A${size}KW`, ...row, mode: 'kw', operations: wrap }),
    ];
  }),
  encryption({
    name: 'provider',
    family: 'oct',
    mode: 'provider',
    operations: [...crypt, ...wrap],
    local: false,
  }),
];

const byName = new Map<string, AlgorithmRow>(algorithmRows.map((row) => [row.name, row]));

/** The row of an algorithm, `EdDSA` resolved to `Ed25519`; undefined for a name that is not in the table. */
export function findAlgorithm(name: string): AlgorithmRow | undefined {
  return byName.get(name === 'EdDSA' ? 'Ed25519' : name);
}

/** What decides whether an algorithm fits a key. */
export interface KeyShape {
  readonly family: KeyFamily;
  readonly curve?: KeyCurveName | undefined;
  /** Bits: the RSA modulus, or a symmetric key. */
  readonly size?: number | undefined;
  /** AKP: the algorithm that the key is of. */
  readonly parameterSet?: string | undefined;
}

/** Tells why an algorithm does not fit a key, or undefined where it does. */
export function algorithmMisfit(row: AlgorithmRow, key: KeyShape): string | undefined {
  if (row.family !== key.family) return `${row.name} needs a key of type ${row.family}, not ${key.family}`;
  if (row.family === 'AKP' && key.parameterSet !== row.name) return `${row.name} needs a key made for it`;
  if (row.kind === 'signature') {
    if (row.curve !== undefined && row.curve !== key.curve)
      return `${row.name} needs a key on curve ${row.curve}`;
    if (row.minSize !== undefined && (key.size ?? row.minSize) < row.minSize) {
      return `${row.name} needs a key of at least ${row.minSize} bits`;
    }
    return undefined;
  }
  if (row.size !== undefined && key.size !== undefined && key.size !== row.size) {
    return `${row.name} needs a key of ${row.size} bits`;
  }
  if (row.mode === 'provider' && (key.size ?? 256) > 256) return 'provider encryption needs an AES key';
  return undefined;
}

/** The key operations that an algorithm serves, in the pairs (make, check) of the contract. */
export function operationsOf(row: AlgorithmRow): readonly KeyOperation[] {
  return row.kind === 'signature' ? ['sign', 'verify'] : row.operations;
}
