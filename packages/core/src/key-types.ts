/** The five families of keys, by their RFC 7517 `kty` (AKP: RFC 9864's algorithm key pair). */
export type KeyFamily = 'RSA' | 'EC' | 'oct' | 'OKP' | 'AKP';

/** A key type; `-HSM` asks for, or tells of, a key that hardware keeps. */
export type KeyType = KeyFamily | `${KeyFamily}-HSM`;

/** Elliptic curves. `P-256K` is secp256k1; Ed25519 belongs to key type OKP. */
export type KeyCurveName = 'P-256' | 'P-384' | 'P-521' | 'P-256K' | 'Ed25519';

/** What a key may be used for. `import` marks a key that wraps keys to be imported; `export` one that can be released. */
export type KeyOperation =
  | 'encrypt'
  | 'decrypt'
  | 'sign'
  | 'verify'
  | 'wrapKey'
  | 'unwrapKey'
  | 'import'
  | 'export';

/** How a released key is wrapped for its receiver. */
export type KeyExportEncryptionAlgorithm =
  | 'CKM_RSA_AES_KEY_WRAP'
  | 'RSA_AES_KEY_WRAP_256'
  | 'RSA_AES_KEY_WRAP_384';

/** All key types, software first. */
export const keyTypes: readonly KeyType[] = [
  'RSA',
  'EC',
  'oct',
  'OKP',
  'AKP',
  'RSA-HSM',
  'EC-HSM',
  'oct-HSM',
  'OKP-HSM',
  'AKP-HSM',
];

/** All key operations, in the order in which they are reported. */
export const keyOperations: readonly KeyOperation[] = [
  'encrypt',
  'decrypt',
  'sign',
  'verify',
  'wrapKey',
  'unwrapKey',
  'import',
  'export',
];

/** All export algorithms. */
export const keyExportEncryptionAlgorithms: readonly KeyExportEncryptionAlgorithm[] = [
  'CKM_RSA_AES_KEY_WRAP',
  'RSA_AES_KEY_WRAP_256',
  'RSA_AES_KEY_WRAP_384',
];

/** What is fixed about a curve: its JWK name, node:crypto's name, the octets of a coordinate, and the key family. */
export interface CurveRow {
  readonly name: KeyCurveName;
  readonly family: 'EC' | 'OKP';
  /** `crv` in a JWK: RFC 8812 calls P-256K `secp256k1`. */
  readonly crv: 'P-256' | 'P-384' | 'P-521' | 'secp256k1' | 'Ed25519';
  readonly nodeName: string;
  readonly bits: number;
  /** Octets of one coordinate, and of one half of a P1363 signature. */
  readonly coordinateLength: number;
}

/** All curves as rows. */
export const curves: Readonly<Record<KeyCurveName, CurveRow>> = {
  'P-256': {
    name: 'P-256',
    family: 'EC',
    crv: 'P-256',
    nodeName: 'prime256v1',
    bits: 256,
    coordinateLength: 32,
  },
  'P-384': {
    name: 'P-384',
    family: 'EC',
    crv: 'P-384',
    nodeName: 'secp384r1',
    bits: 384,
    coordinateLength: 48,
  },
  'P-521': {
    name: 'P-521',
    family: 'EC',
    crv: 'P-521',
    nodeName: 'secp521r1',
    bits: 521,
    coordinateLength: 66,
  },
  'P-256K': {
    name: 'P-256K',
    family: 'EC',
    crv: 'secp256k1',
    nodeName: 'secp256k1',
    bits: 256,
    coordinateLength: 32,
  },
  Ed25519: {
    name: 'Ed25519',
    family: 'OKP',
    crv: 'Ed25519',
    nodeName: 'ed25519',
    bits: 256,
    coordinateLength: 32,
  },
};

/** RSA modulus sizes in bits. */
export const rsaKeySizes: readonly number[] = [2048, 3072, 4096];

/** Symmetric key sizes in bits: the first three serve AES and HMAC, the last two HMAC only. */
export const octKeySizes: readonly number[] = [128, 192, 256, 384, 512];

/** The family of a key type: `RSA-HSM` is of family `RSA`. */
export function familyOf(keyType: KeyType): KeyFamily {
  return (keyType.endsWith('-HSM') ? keyType.slice(0, -4) : keyType) as KeyFamily;
}

/** Tells whether a key type asks for hardware. */
export function isHardwareKeyType(keyType: KeyType): boolean {
  return keyType.endsWith('-HSM');
}

/** The curve whose JWK `crv` this is; `P-256K`, the documented name, is accepted for `secp256k1`. */
export function curveByJwkName(crv: string): CurveRow | undefined {
  return Object.values(curves).find((row) => row.crv === crv || row.name === crv);
}
