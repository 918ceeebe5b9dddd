import type { AlgorithmName, SignatureAlgorithm } from './algorithms.ts';
import type { KeyCurveName, KeyOperation, KeyType } from './key-types.ts';

/**
 * A JSON Web Key (RFC 7517). Values are base64url text without padding, as the RFC says.
 *
 * What a vault returns has public members only and is taken by node:crypto and jose as it is: `kty` without `-HSM`,
 * `crv` `secp256k1` for P-256K. On input `P-256K` and `*-HSM` are accepted too, and unknown members are refused.
 */
export interface JsonWebKey {
  readonly kty: string;
  readonly kid?: string | undefined;
  readonly key_ops?: readonly string[] | undefined;
  readonly alg?: string | undefined;
  readonly use?: string | undefined;
  /** RSA modulus. */
  readonly n?: string | undefined;
  /** RSA public exponent. */
  readonly e?: string | undefined;
  /** RSA private exponent, or EC and OKP private key. Input only. */
  readonly d?: string | undefined;
  readonly p?: string | undefined;
  readonly q?: string | undefined;
  readonly dp?: string | undefined;
  readonly dq?: string | undefined;
  readonly qi?: string | undefined;
  readonly crv?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  /** Symmetric key. Input only. */
  readonly k?: string | undefined;
  /** AKP public key. */
  readonly pub?: string | undefined;
  /** AKP private key, the seed (RFC 9964). Input only. */
  readonly priv?: string | undefined;
}

/**
 * The public half of a key, as vaults return it. Declared in a form that the types of node:crypto and jose accept, which
 * {@link JsonWebKey} with its `undefined` members is not. For symmetric keys there is nothing but `kty` and `kid`.
 */
export type PublicJsonWebKey = Readonly<{
  kty: string;
  kid: string;
  key_ops?: string[];
  alg?: string;
  n?: string;
  e?: string;
  crv?: string;
  x?: string;
  y?: string;
  pub?: string;
}>;

/** Who made a key: Keyway (`own`), or other software (`external`: read, listed and used, but not changed). */
export type KeyOwnership = 'own' | 'external';

/** Conditions under which a key may be released. */
export interface KeyReleasePolicy {
  /** The policy document, UTF-8 JSON of release policy grammar 1.0.0, byte for byte as given. */
  readonly encodedPolicy: Uint8Array;
  /** Default `application/json; charset=utf-8`. */
  readonly contentType?: string | undefined;
  /** Once true, the policy can never be changed. Default false. */
  readonly immutable?: boolean | undefined;
}

/** Everything about one version of a key but its material. Dates are whole seconds. */
export interface KeyProperties {
  /** Portable URI of the version: `<vault identity>/keys/<name>/<version>`. Of the key, where a list names no version. */
  readonly id: string;
  /** The vendor's own name of the version. */
  readonly sourceId: string | undefined;
  readonly name: string;
  readonly version: string | undefined;
  readonly vaultUri: string;
  readonly enabled: boolean | undefined;
  readonly notBefore: Date | undefined;
  readonly expiresOn: Date | undefined;
  readonly createdOn: Date | undefined;
  readonly updatedOn: Date | undefined;
  readonly recoveryLevel: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly keyOperations: readonly KeyOperation[] | undefined;
  /** The algorithms the key is restricted to; absent where it is not. */
  readonly algorithms: readonly AlgorithmName[] | undefined;
  /** Whether it can be released under `releasePolicy`. */
  readonly exportable: boolean | undefined;
  readonly releasePolicy: KeyReleasePolicy | undefined;
  /** True, false, or undefined where the vault does not say. */
  readonly hardwareProtected: boolean | undefined;
  readonly ownership: KeyOwnership;
}

/** One version of a key: public material, and properties. */
export interface ManagedKey {
  readonly id: string;
  readonly name: string;
  readonly keyType: KeyType;
  /** Public half as a JWK: always `kty` and `kid`; for symmetric keys nothing else. */
  readonly key: PublicJsonWebKey;
  readonly properties: KeyProperties;
}

/** What a recovery gives: the key, and the versions that could not be brought back (with `allowPartial`). */
export interface RecoveredKey extends ManagedKey {
  readonly lostVersions: readonly string[];
}

/** A deleted key. */
export interface DeletedKey extends ManagedKey {
  readonly deletedOn: Date | undefined;
  /** Portable URI of the deleted key: `<vault identity>/deletedkeys/<name>`. */
  readonly recoveryId: string;
  /** The first moment at which any version is lost; absent where the vault sets none. */
  readonly scheduledPurgeDate: Date | undefined;
}

/** What a rotation policy does, and when. Exactly one of the two times is given. */
export interface KeyRotationLifetimeAction {
  readonly action: 'rotate' | 'notify';
  /** ISO 8601 duration from the current version's creation. */
  readonly timeAfterCreate?: string | undefined;
  /** ISO 8601 duration before the current version's `expiresOn`. */
  readonly timeBeforeExpiry?: string | undefined;
}

/** A rotation policy as it is given. Durations are kept as written. */
export interface KeyRotationPolicyInput {
  readonly lifetimeActions?: readonly KeyRotationLifetimeAction[] | undefined;
  /** ISO 8601 duration: a later version without its own `expiresOn` expires so long after its creation. */
  readonly expiresIn?: string | undefined;
}

/** A rotation policy as it is kept. */
export interface KeyRotationPolicy {
  /** Portable URI: `<vault identity>/keys/<name>/rotationpolicy`. */
  readonly id: string;
  readonly lifetimeActions: readonly KeyRotationLifetimeAction[];
  readonly expiresIn: string | undefined;
  readonly createdOn: Date | undefined;
  readonly updatedOn: Date | undefined;
  /** Who rotates this key when it is due; where it is absent, `rotationRunBy` of the capabilities says so for all keys. */
  readonly runBy?: 'vault' | 'caller' | undefined;
}

/** A released key: a compact JWS whose payload carries the wrapped key. */
export interface ReleaseKeyResult {
  readonly value: string;
}

/** What `rotateDueKeys` did with one key. */
export interface DueRotation {
  readonly name: string;
  /**
   * `rotated`: by this call. `raced`: another process rotated it first. `notify`: due for a notice only. `failed`: see
   * `error`, the other keys were still done.
   */
  readonly outcome: 'rotated' | 'raced' | 'notify' | 'failed';
  /** The version that was current before. */
  readonly previousVersion: string;
  /** The version that is current now, where it changed. */
  readonly version: string | undefined;
  /** When the action became due. */
  readonly dueOn: Date;
  readonly error: unknown;
}

/** What both ways of making a version accept. */
export interface NewVersionOptions {
  readonly keyOperations?: readonly KeyOperation[] | undefined;
  /** Restricts the key to one algorithm; required for AKP. */
  readonly algorithm?: AlgorithmName | SignatureAlgorithm | undefined;
  /** Default true. */
  readonly enabled?: boolean | undefined;
  readonly notBefore?: Date | undefined;
  readonly expiresOn?: Date | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Asks for a key that can be released; needs `releasePolicy`. */
  readonly exportable?: boolean | undefined;
  readonly releasePolicy?: KeyReleasePolicy | undefined;
  /** Asks for a key that `backupKey` can serve. */
  readonly backup?: boolean | undefined;
  /** Asks for hardware: the same as a key type with `-HSM`. */
  readonly hardwareProtected?: boolean | undefined;
}

/** Shape of a key to create. */
export interface KeyShapeOptions {
  /** Bits: RSA 2048 (default), 3072, 4096; oct 128, 192, 256 (default), and 384, 512 for HMAC; EC 256, 384, 521 in place of `curve`. */
  readonly size?: number | undefined;
  /** EC: P-256 (default), P-384, P-521, P-256K. OKP: Ed25519. */
  readonly curve?: KeyCurveName | undefined;
}
