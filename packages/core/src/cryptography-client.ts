import type {
  AlgorithmName,
  DataSignatureAlgorithm,
  DigestSignatureAlgorithm,
  EncryptionAlgorithm,
  KeyWrapAlgorithm,
  SignatureAlgorithm,
} from './algorithms.ts';
import type { CryptographicOperation } from './operations.ts';
import type { OperationOptions } from './key-manager.ts';

/** Where an operation ran: in this process with the public key, or at the vault. */
export type Execution = 'local' | 'remote';

/** Data for `signData` and `verifyData`; chunks wherever the algorithm hashes first. */
export type DataInput = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** What every cryptographic result names. */
export interface CryptographyResult {
  readonly algorithm: AlgorithmName;
  /** Portable id of the version that was used. */
  readonly id: string;
  readonly execution: Execution;
}

/** Binds a ciphertext to its surroundings: it decrypts only with the same. Never secret. */
export interface EncryptionContextOptions extends OperationOptions {
  /** Non-empty texts; `{}` equals absent. With AxxxGCM and `provider`. */
  readonly context?: Readonly<Record<string, string>> | undefined;
  /** Raw octets in place of `context`. With AxxxGCM only. */
  readonly additionalAuthenticatedData?: Uint8Array | undefined;
}

/** Options of `encrypt`. */
export interface EncryptOptions extends EncryptionContextOptions {
  /** With AxxxCBC and AxxxCBCPAD only: 16 octets; made freshly where absent. GCM never takes one. */
  readonly iv?: Uint8Array | undefined;
}

/** Options of `decrypt`. */
export interface DecryptOptions extends EncryptionContextOptions {
  /** GCM and CBC: as `encrypt` gave it. */
  readonly iv?: Uint8Array | undefined;
  /** GCM: 16 octets, as `encrypt` gave it. */
  readonly authenticationTag?: Uint8Array | undefined;
}

/** Result of `encrypt`. */
export interface EncryptResult extends CryptographyResult {
  readonly ciphertext: Uint8Array;
  readonly iv: Uint8Array | undefined;
  readonly authenticationTag: Uint8Array | undefined;
}

/** Result of `decrypt`. */
export interface DecryptResult extends CryptographyResult {
  readonly plaintext: Uint8Array;
}

/** Result of `wrapKey`. */
export interface WrapResult extends CryptographyResult {
  readonly encryptedKey: Uint8Array;
}

/** Result of `unwrapKey`. */
export interface UnwrapResult extends CryptographyResult {
  readonly key: Uint8Array;
}

/** Result of `sign` and `signData`. */
export interface SignResult extends CryptographyResult {
  /** ECDSA: IEEE P1363, `r ‖ s`. RSA: octets of the modulus. */
  readonly signature: Uint8Array;
}

/** Result of `verify` and `verifyData`. */
export interface VerifyResult extends CryptographyResult {
  /** False for whatever does not verify, malformed signatures included. */
  readonly result: boolean;
}

/**
 * Uses one version of one key. The version is pinned when the client is made and does not follow rotation; every result
 * names it.
 *
 * Every method throws `ERR_KEY_DISABLED`, `ERR_KEY_EXPIRED`, `ERR_KEY_NOT_YET_VALID` by the key-state table,
 * `ERR_OPERATION_NOT_PERMITTED` where the key's operations or algorithms do not include it, `ERR_INVALID_ARGUMENT` where
 * the algorithm does not fit the key, `ERR_UNSUPPORTED` where the vault lacks it.
 */
export interface CryptographyClient {
  /** Portable id of the pinned version. */
  readonly keyId: string;
  readonly name: string;
  readonly version: string;
  /**
   * Encrypts up to what the algorithm and vault take. RSA runs in this process where the public key is at hand.
   *
   * @throws ERR_INVALID_ARGUMENT for data that is too long, or an IV where none may be given.
   */
  encrypt(
    algorithm: EncryptionAlgorithm,
    plaintext: Uint8Array,
    options?: EncryptOptions,
  ): Promise<EncryptResult>;
  /**
   * Decrypts. With RSA1_5 a damaged ciphertext may give other octets in place of an error (implicit rejection, which takes
   * the padding oracle away): use RSA-OAEP where a change must be noticed.
   *
   * @throws ERR_INTEGRITY for whatever does not decrypt, without detail.
   */
  decrypt(
    algorithm: EncryptionAlgorithm,
    ciphertext: Uint8Array,
    options?: DecryptOptions,
  ): Promise<DecryptResult>;
  /** Wraps a symmetric key (AxxxKW: a multiple of 8 octets, at least 16; RFC 3394). */
  wrapKey(
    algorithm: KeyWrapAlgorithm,
    key: Uint8Array,
    options?: EncryptionContextOptions,
  ): Promise<WrapResult>;
  /** @throws ERR_INTEGRITY for whatever does not unwrap, without detail. */
  unwrapKey(
    algorithm: KeyWrapAlgorithm,
    encryptedKey: Uint8Array,
    options?: EncryptionContextOptions,
  ): Promise<UnwrapResult>;
  /** Signs a digest of exactly the algorithm's hash length. Algorithms that take data only do not compile here. */
  sign(
    algorithm: DigestSignatureAlgorithm,
    digest: Uint8Array,
    options?: OperationOptions,
  ): Promise<SignResult>;
  /** Verifies a signature over a digest, in this process where the public key is at hand. */
  verify(
    algorithm: DigestSignatureAlgorithm,
    digest: Uint8Array,
    signature: Uint8Array,
    options?: OperationOptions,
  ): Promise<VerifyResult>;
  /** Signs data; algorithms that hash take it in chunks too. */
  signData(
    algorithm: DigestSignatureAlgorithm,
    data: DataInput,
    options?: OperationOptions,
  ): Promise<SignResult>;
  signData(
    algorithm: DataSignatureAlgorithm,
    data: Uint8Array,
    options?: OperationOptions,
  ): Promise<SignResult>;
  signData(algorithm: SignatureAlgorithm, data: Uint8Array, options?: OperationOptions): Promise<SignResult>;
  /** Verifies a signature over data, in this process where the public key is at hand. */
  verifyData(
    algorithm: DigestSignatureAlgorithm,
    data: DataInput,
    signature: Uint8Array,
    options?: OperationOptions,
  ): Promise<VerifyResult>;
  verifyData(
    algorithm: DataSignatureAlgorithm,
    data: Uint8Array,
    signature: Uint8Array,
    options?: OperationOptions,
  ): Promise<VerifyResult>;
  verifyData(
    algorithm: SignatureAlgorithm,
    data: Uint8Array,
    signature: Uint8Array,
    options?: OperationOptions,
  ): Promise<VerifyResult>;
  /** The algorithms that this version can serve for an operation: capabilities ∩ key type ∩ operations ∩ restriction. */
  algorithms(operation: CryptographicOperation): readonly AlgorithmName[];
}
