import type { AlgorithmName } from './algorithms.ts';
import type { Capabilities } from './capabilities.ts';
import type { KeyManagerErrorCode } from './errors.ts';
import type { KeyCurveName, KeyExportEncryptionAlgorithm, KeyOperation, KeyType } from './key-types.ts';
import type { JsonWebKey, KeyOwnership, KeyReleasePolicy, KeyRotationLifetimeAction } from './models.ts';
import type { Operation } from './operations.ts';

/** Whole seconds since 1970-01-01T00:00:00Z. */
export type EpochSeconds = number;

/** Tells one listener that nobody waits for an answer any more. */
export interface Cancellation {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** Is called at most once. Whoever makes the one request of a call sets it; a second request would take it away from the first. */
  onabort: (() => void) | null;
}

/** What accompanies every request to a driver. Pass it on as it is: `signal` is made on first use, and a spread copy lacks it. */
export interface Call {
  /** Fires when the caller aborts, the deadline passes or the vault is closed. Made on first use; pass it to the SDK. */
  readonly signal: AbortSignal;
  /**
   * What `signal` tells, for a driver that makes exactly one request and whose SDK takes an object like this (the AWS SDK does):
   * an `AbortSignal` with its listeners costs more than all else that core adds to a call. Absent in calls that others make.
   */
  readonly cancellation?: Cancellation;
  /** Milliseconds since 1970: after it nobody waits for the answer any more. */
  readonly deadline: number;
  /** Set for operations that make a version: must be stored with it where the capabilities say so. */
  readonly requestId: string | undefined;
  /** The current second by the clock that core uses. A vault without a clock of its own must use it. */
  readonly now: EpochSeconds;
}

/** A method of a driver. Receives validated, complete, readonly arguments and may throw its SDK's error untouched. */
export type DriverMethod<Request, Result> = (request: Readonly<Request>, call: Call) => Promise<Result>;

/** As {@link DriverMethod}; a vault in this process may give an answer that it has at once as it is, without a promise. */
export type CryptographyMethod<Request, Result> = (
  request: Readonly<Request>,
  call: Call,
) => Promise<Result> | Result;

/** One version of a key as a driver tells it. */
export interface KeyRecord {
  readonly name: string;
  readonly version: string;
  /** The vendor's own name of the version. */
  readonly sourceId: string;
  /** As it was asked for at creation, even if hardware serves a software request. */
  readonly keyType: KeyType;
  readonly curve?: KeyCurveName | undefined;
  /** Bits of the RSA modulus or of the symmetric key. */
  readonly size?: number | undefined;
  /** Public members only, in RFC 7517 form, without `kid` and `key_ops`; absent for symmetric keys and where the vault hides it now. */
  readonly publicKey?: JsonWebKey | undefined;
  /**
   * True where the public key came over the vault's authenticated channel or its digest stands in an authenticated record.
   * Core verifies and encrypts in this process only then.
   */
  readonly publicKeyAuthentic: boolean;
  readonly createdOn: EpochSeconds;
  readonly updatedOn?: EpochSeconds | undefined;
  readonly enabled: boolean;
  readonly notBefore?: EpochSeconds | undefined;
  readonly expiresOn?: EpochSeconds | undefined;
  readonly keyOperations: readonly KeyOperation[];
  /** The algorithms the key is restricted to; absent where it is not. */
  readonly algorithms?: readonly AlgorithmName[] | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly exportable?: boolean | undefined;
  readonly releasePolicy?: KeyReleasePolicy | undefined;
  /** False where `backupKey` cannot serve this key. Absent: as the capabilities say. */
  readonly backup?: boolean | undefined;
  /** True, false, or absent for unknown. Must never be a guess. */
  readonly hardwareProtected?: boolean | undefined;
  readonly ownership: KeyOwnership;
  /** Of an external key: why it is not the vault's own, and what can be done, where that is not `adoptKey`. */
  readonly externalBecause?: { readonly reason: string; readonly alternative: string } | undefined;
  readonly recoveryLevel?: string | undefined;
  /** `pending` and `failed` versions are never current. */
  readonly status: 'ready' | 'pending' | 'failed';
  /** The request id with which it was made, where the vault keeps it. */
  readonly requestId?: string | undefined;
  /** False where the record on an own key is missing or damaged: core then refuses sign, encrypt, wrapKey and update. */
  readonly intact: boolean;
}

/** A key as a list tells it: vendors leave out much. */
export interface KeySummary extends Partial<Omit<KeyRecord, 'name'>> {
  readonly name: string;
}

/** A deleted key: its version that was current, and the deletion. */
export interface DeletedRecord {
  readonly key: KeyRecord;
  readonly deletedOn?: EpochSeconds | undefined;
  readonly scheduledPurgeDate?: EpochSeconds | undefined;
}

/** A deleted key as a list tells it. */
export interface DeletedSummary {
  readonly key: KeySummary;
  readonly deletedOn?: EpochSeconds | undefined;
  readonly scheduledPurgeDate?: EpochSeconds | undefined;
}

/** A rotation policy as a driver keeps it: texts exactly as given. */
export interface PolicyRecord {
  readonly lifetimeActions: readonly KeyRotationLifetimeAction[];
  readonly expiresIn?: string | undefined;
  readonly createdOn?: EpochSeconds | undefined;
  readonly updatedOn?: EpochSeconds | undefined;
  /** Who rotates this key when it is due, where that differs from `rotationRunBy` of the capabilities. Told, never kept. */
  readonly runBy?: 'vault' | 'caller' | undefined;
}

/** One page of a list. `next` is the driver's own token; core makes it opaque and binds it to vault and list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string | undefined;
}

/** Asks for a page. `maxPageSize` is within the capabilities' limit; a page may be shorter, even empty. */
export interface PageRequest {
  readonly maxPageSize: number;
  readonly next?: string | undefined;
}

/** What a new version is to be. Members that a driver does not name in its capabilities are never set. */
export interface NewVersionRequest {
  readonly name: string;
  readonly keyType: KeyType;
  readonly curve?: KeyCurveName | undefined;
  readonly size?: number | undefined;
  readonly keyOperations: readonly KeyOperation[];
  readonly algorithm?: AlgorithmName | undefined;
  readonly enabled: boolean;
  readonly notBefore?: EpochSeconds | undefined;
  readonly expiresOn?: EpochSeconds | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly exportable?: boolean | undefined;
  readonly releasePolicy?: KeyReleasePolicy | undefined;
  readonly backup?: boolean | undefined;
}

/** What a new version is made of: a private JWK, checked for consistency, `kty` without `-HSM`, `crv` per RFC. */
export interface ImportRequest extends NewVersionRequest {
  readonly material: JsonWebKey;
}

/** Changes to one version: a member that is absent stays; `null` takes a date away; `tags` replaces all. */
export interface PropertyChanges {
  readonly enabled?: boolean | undefined;
  readonly notBefore?: EpochSeconds | null | undefined;
  readonly expiresOn?: EpochSeconds | null | undefined;
  readonly keyOperations?: readonly KeyOperation[] | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly releasePolicy?: KeyReleasePolicy | undefined;
}

/** Making, reading and changing keys. */
export interface KeyMethods {
  /**
   * Makes a key or, on a live name of the same type and usage, its next version, which becomes current. Must refuse
   * another type or usage (`ERR_CONFLICT`) and a deleted name (`ERR_KEY_DELETED`), and must give a version without
   * `expiresOn` the one its rotation policy asks for (`policyExpiry`). Where the request id is kept and has been seen on
   * this name, must give the version that it made.
   */
  readonly create?: DriverMethod<NewVersionRequest, KeyRecord>;
  /** As `create`, from given material. */
  readonly import?: DriverMethod<ImportRequest, KeyRecord>;
  /** Reads a version, or the current one where none is named. A deleted key is not found. */
  readonly read?: DriverMethod<{ name: string; version?: string | undefined }, KeyRecord>;
  /** Lists live keys, each once, ordered by name where the vault can. */
  readonly list?: DriverMethod<PageRequest, Page<KeySummary>>;
  /** Lists versions, oldest first where the vault can. */
  readonly versions?: DriverMethod<PageRequest & { name: string }, Page<KeySummary>>;
  /** Changes exactly the members given, all or none. */
  readonly update?: DriverMethod<{ name: string; version: string; changes: PropertyChanges }, KeyRecord>;
  /** Makes a key that other software put there one of ours, without changing its material. */
  readonly adopt?: DriverMethod<{ name: string; sourceId: string }, KeyRecord>;
}

/** What a signature is made over. */
export type SignatureInput =
  | { readonly input: 'digest'; readonly digest: Uint8Array }
  | { readonly input: 'data'; readonly data: Uint8Array };

/** Addresses a version; `key` is the record that core has checked. */
export interface KeyUse {
  readonly name: string;
  readonly version: string;
  readonly key: KeyRecord;
  readonly algorithm: AlgorithmName;
}

/** Context bound to a ciphertext: bytes, or the map where the capabilities ask for it. */
export interface BoundContext {
  readonly additionalAuthenticatedData?: Uint8Array | undefined;
  readonly context?: Readonly<Record<string, string>> | undefined;
}

/** A ciphertext in its parts. */
export interface CiphertextParts {
  readonly ciphertext: Uint8Array;
  readonly iv?: Uint8Array | undefined;
  readonly authenticationTag?: Uint8Array | undefined;
}

/** Using keys. Each result may name the version that the vault says it used; core compares. */
export interface CryptographyMethods {
  /** Must make the IV itself for GCM; uses `iv` for CBC, which core always gives. */
  readonly encrypt?: CryptographyMethod<
    KeyUse & BoundContext & { plaintext: Uint8Array; iv?: Uint8Array | undefined },
    CiphertextParts & { version?: string | undefined }
  >;
  /** Must fail in one way only, whatever is wrong with the ciphertext. */
  readonly decrypt?: CryptographyMethod<
    KeyUse & BoundContext & CiphertextParts,
    { plaintext: Uint8Array; version?: string | undefined }
  >;
  readonly wrapKey?: CryptographyMethod<
    KeyUse & BoundContext & { keyToWrap: Uint8Array },
    { wrappedKey: Uint8Array; version?: string | undefined }
  >;
  readonly unwrapKey?: CryptographyMethod<
    KeyUse & BoundContext & { wrappedKey: Uint8Array },
    { unwrappedKey: Uint8Array; version?: string | undefined }
  >;
  /** Gives ECDSA signatures in the capabilities' `signatureEncoding`. */
  readonly sign?: CryptographyMethod<
    KeyUse & SignatureInput,
    { signature: Uint8Array; version?: string | undefined }
  >;
  /** A signature that does not verify is `valid: false`, never an error. */
  readonly verify?: CryptographyMethod<
    KeyUse & SignatureInput & { signature: Uint8Array },
    { valid: boolean; version?: string | undefined }
  >;
}

/** Deleting, and what follows. */
export interface DeletionMethods {
  /** Deletes all versions at once. Gives nothing while the vault is still at it; core then polls `readDeleted`. */
  readonly delete?: DriverMethod<{ name: string }, DeletedRecord | undefined>;
  readonly readDeleted?: DriverMethod<{ name: string }, DeletedRecord>;
  readonly listDeleted?: DriverMethod<PageRequest, Page<DeletedSummary>>;
  /** Brings back all versions, their states, tags and the current one; gives nothing while the vault is still at it. */
  readonly recover?: DriverMethod<
    { name: string; allowPartial: boolean },
    { key: KeyRecord; lostVersions: readonly string[] } | undefined
  >;
  /** Destroys for ever, or fails where that is not possible yet. */
  readonly purge?: DriverMethod<{ name: string }, void>;
}

/** New versions in time. */
export interface RotationMethods {
  /**
   * Makes the next version with the operations, algorithms and tags of the current one. Where `expectedCurrent` is given
   * and no longer current, must fail with `ERR_CONFLICT` (`exclusive: 'atomic'`), or may ignore it (`'none'`).
   */
  readonly rotate?: DriverMethod<{ name: string; expectedCurrent?: string | undefined }, KeyRecord>;
  /** Gives nothing where no policy was ever set. */
  readonly readPolicy?: DriverMethod<{ name: string }, PolicyRecord | undefined>;
  readonly writePolicy?: DriverMethod<{ name: string; policy: PolicyRecord }, PolicyRecord>;
}

/** The rest of the vault. */
export interface OtherMethods {
  readonly backup?: DriverMethod<{ name: string }, Uint8Array>;
  readonly restore?: DriverMethod<{ backup: Uint8Array }, KeyRecord>;
  readonly random?: DriverMethod<{ count: number }, Uint8Array>;
  readonly release?: DriverMethod<
    {
      name: string;
      version: string;
      key: KeyRecord;
      targetAttestationToken: string;
      algorithm: KeyExportEncryptionAlgorithm;
    },
    { value: string }
  >;
}

/** Where an error came up. */
export interface ErrorPlace {
  readonly operation: Operation;
  /** The driver method, or the step of a flow. */
  readonly step: string;
  readonly keyId: string | undefined;
}

/** What an error of the vendor's SDK means. */
export interface Classification {
  readonly code: KeyManagerErrorCode;
  /** `safe`: passing trouble, a repetition can succeed. `afterReopen`: only with new sessions or credentials. */
  readonly retry: 'never' | 'safe' | 'afterReopen';
  /**
   * `none`: the vault certainly did nothing. `unknown`: it may have. Default: `unknown` for `ERR_UNAVAILABLE`,
   * `ERR_TIMEOUT`, `ERR_ABORTED` and `ERR_UNKNOWN`, `none` for the others.
   */
  readonly outcome?: 'none' | 'unknown' | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The error does not say which state of the key is to blame: core reads the version and lets its state table decide. */
  readonly readState?: boolean | undefined;
  /** With a purge that must wait: the earliest moment. */
  readonly earliest?: EpochSeconds | undefined;
}

/**
 * What a provider author writes. A method exists exactly where some capability row says `by: 'driver'` for its
 * operation. A method does one thing at the vault: paging, polling, retrying, digesting, encoding, state checks,
 * capability checks and tracing are core's. Errors may be the SDK's own (then `classify` explains them) or a
 * `KeyManagerError`, which core takes as it is.
 */
export interface KeyDriver {
  readonly spi: 1;
  /** Short name of the provider, for example `'local'`. */
  readonly provider: string;
  /** Stable identity of the vault as a URI prefix; never an endpoint, path or secret. */
  readonly identity: string;
  readonly capabilities: Capabilities;
  readonly keys: KeyMethods;
  readonly cryptography: CryptographyMethods;
  readonly deletion: DeletionMethods;
  readonly rotation: RotationMethods;
  readonly other: OtherMethods;
  /** Pure. Must not throw. */
  classify(error: unknown, at: ErrorPlace): Classification;
  /**
   * Optional, for vaults that can tell cheaply and without a request whether anything in them may have changed: a value
   * that differs after every change by anybody. Core then keeps what it read for as long as the value stays.
   */
  stamp?(): number | string;
  /** Called once, after the last running call has ended. */
  close(): Promise<void>;
}
