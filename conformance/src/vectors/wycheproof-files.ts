import type { AlgorithmName } from '@keyway/core';

/** How the vectors of a file are put to the test. */
export type VectorKind =
  | 'ecdsa-p1363'
  | 'ecdsa-der'
  | 'verify'
  | 'rsa-sign'
  | 'ml-dsa-verify'
  | 'ml-dsa-sign'
  | 'rsa-decrypt'
  | 'gcm'
  | 'cbc'
  | 'key-wrap'
  | 'padded-key-wrap'
  | 'mac';

/** One file of Wycheproof, and what it says something about. */
export interface VectorFile {
  /** Name without `_test.json`. */
  readonly file: string;
  readonly kind: VectorKind;
  /** Every algorithm that the file's groups ask for. */
  readonly algorithms: readonly AlgorithmName[];
}

const row = (kind: VectorKind, file: string, ...algorithms: AlgorithmName[]): VectorFile => ({
  file,
  kind,
  algorithms,
});

const curves = [
  { curve: 'secp256r1', hash: 'sha256', algorithm: 'ES256' },
  { curve: 'secp384r1', hash: 'sha384', algorithm: 'ES384' },
  { curve: 'secp521r1', hash: 'sha512', algorithm: 'ES512' },
  { curve: 'secp256k1', hash: 'sha256', algorithm: 'ES256K' },
] as const;

const sizes = [2048, 3072, 4096] as const;
const hashes = [256, 384, 512] as const;

/**
 * The files whose parameters the contract has. Left out as a whole: other hashes over a curve, ML-DSA without a seed,
 * OAEP and PSS with other hashes or salts, RSA with three primes or 8192 bits, keys in the form id-RSASSA-PSS.
 */
export const wycheproofFiles: readonly VectorFile[] = [
  ...curves.flatMap(({ curve, hash, algorithm }) => [
    row('ecdsa-p1363', `ecdsa_${curve}_${hash}_p1363`, algorithm),
    row('ecdsa-der', `ecdsa_${curve}_${hash}`, algorithm),
  ]),
  row('verify', 'ed25519', 'Ed25519'),
  ...sizes.flatMap((size) =>
    hashes.map((bits) => row('verify', `rsa_signature_${size}_sha${bits}`, `RS${bits}`)),
  ),
  ...sizes.map((size) => row('rsa-sign', `rsa_pkcs1_${size}_sig_gen`, 'RS256', 'RS384', 'RS512')),
  row('verify', 'rsa_pss_2048_sha256_mgf1_32', 'PS256'),
  row('verify', 'rsa_pss_3072_sha256_mgf1_32', 'PS256'),
  row('verify', 'rsa_pss_4096_sha256_mgf1_32', 'PS256'),
  row('verify', 'rsa_pss_2048_sha384_mgf1_48', 'PS384'),
  row('verify', 'rsa_pss_4096_sha384_mgf1_48', 'PS384'),
  row('verify', 'rsa_pss_4096_sha512_mgf1_64', 'PS512'),
  row('rsa-decrypt', 'rsa_oaep_2048_sha1_mgf1sha1', 'RSA-OAEP'),
  ...sizes.map((size) => row('rsa-decrypt', `rsa_oaep_${size}_sha256_mgf1sha256`, 'RSA-OAEP-256')),
  ...sizes.map((size) => row('rsa-decrypt', `rsa_pkcs1_${size}`, 'RSA1_5')),
  row('gcm', 'aes_gcm', 'A128GCM', 'A192GCM', 'A256GCM'),
  row('cbc', 'aes_cbc_pkcs5', 'A128CBCPAD', 'A192CBCPAD', 'A256CBCPAD'),
  row('key-wrap', 'aes_wrap', 'A128KW', 'A192KW', 'A256KW'),
  row('padded-key-wrap', 'aes_kwp'),
  ...hashes.map((bits) => row('mac', `hmac_sha${bits}`, `HS${bits}`)),
  ...([44, 65, 87] as const).flatMap((level) => [
    row('ml-dsa-verify', `mldsa_${level}_verify`, `ML-DSA-${level}`),
    row('ml-dsa-sign', `mldsa_${level}_sign_seed`, `ML-DSA-${level}`),
  ]),
];
