import type { Capabilities } from './capabilities.ts';
import type { CryptographyClient, Execution } from './cryptography-client.ts';
import type { KeyExportEncryptionAlgorithm, KeyOperation, KeyType } from './key-types.ts';
import type {
  DeletedKey,
  DueRotation,
  JsonWebKey,
  KeyProperties,
  KeyReleasePolicy,
  KeyRotationPolicy,
  KeyRotationPolicyInput,
  KeyShapeOptions,
  ManagedKey,
  NewVersionOptions,
  RecoveredKey,
  ReleaseKeyResult,
} from './models.ts';
import type { PagedAsyncIterableIterator } from './paging.ts';
import type { Poller } from './poller.ts';

/** What every method takes. A member that is `undefined` is as if absent; an unknown member is a `TypeError`. */
export interface OperationOptions {
  /** Aborting rejects with `ERR_ABORTED`; a change that was already sent may still happen. */
  readonly signal?: AbortSignal | undefined;
}

/** What every method that makes a version takes. */
export interface RequestIdOptions extends OperationOptions {
  /**
   * The caller's own id of this request, 1 to 64 characters of `[A-Za-z0-9_.-]`. Repeated with the same id on the same name,
   * by any process, the call returns the first result; where the vault cannot promise that, it is `ERR_UNSUPPORTED`.
   */
  readonly requestId?: string | undefined;
}

/** Options of `createKey`. */
export interface CreateKeyOptions extends RequestIdOptions, NewVersionOptions, KeyShapeOptions {}
/** Options of `createRsaKey`. */
export interface CreateRsaKeyOptions
  extends RequestIdOptions, NewVersionOptions, Pick<KeyShapeOptions, 'size'> {}
/** Options of `createEcKey`. */
export interface CreateEcKeyOptions
  extends RequestIdOptions, NewVersionOptions, Pick<KeyShapeOptions, 'curve'> {}
/** Options of `createOctKey`. */
export interface CreateOctKeyOptions
  extends RequestIdOptions, NewVersionOptions, Pick<KeyShapeOptions, 'size'> {}
/** Options of `importKey`. */
export interface ImportKeyOptions extends RequestIdOptions, NewVersionOptions {}

/** Options of `getKey` and `releaseKey`'s addressing. */
export interface VersionOptions extends OperationOptions {
  /** Default: the current version. */
  readonly version?: string | undefined;
}

/** Options of the lists. */
export interface ListOptions extends OperationOptions {
  /** A hint for `for await`; `byPage` takes its own. */
  readonly maxPageSize?: number | undefined;
}

/** Options of `updateKeyProperties`: what is absent stays. */
export interface UpdateKeyPropertiesOptions extends VersionOptions {
  readonly keyOperations?: readonly KeyOperation[] | undefined;
  readonly enabled?: boolean | undefined;
  /** `null` takes the date away. */
  readonly expiresOn?: Date | null | undefined;
  /** `null` takes the date away. */
  readonly notBefore?: Date | null | undefined;
  /** Replaces all tags. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Only where the present policy is not immutable. */
  readonly releasePolicy?: KeyReleasePolicy | undefined;
}

/** Options of the methods that start a long-running operation. */
export interface BeginOptions extends OperationOptions {
  /** The text of a former poller of the same method and vault: goes on with it instead of starting. */
  readonly resumeFrom?: string | undefined;
}

/** Options of `beginRecoverDeletedKey`. */
export interface RecoverOptions extends BeginOptions {
  /** Recover what is left where some versions are gone. Default false: `ERR_CONFLICT`. */
  readonly allowPartial?: boolean | undefined;
}

/** Options of `releaseKey`. */
export interface ReleaseKeyOptions extends VersionOptions {
  /** Default `CKM_RSA_AES_KEY_WRAP`. */
  readonly algorithm?: KeyExportEncryptionAlgorithm | undefined;
}

/** Options of `getCryptographyClient`. */
export interface CryptographyClientOptions extends VersionOptions {
  /**
   * `auto` (default): in this process where the public key is at hand and that is right, else at the vault. `local`: never
   * at the vault. `remote`: always at the vault.
   */
  readonly execution?: 'auto' | Execution | undefined;
}

/**
 * One key store, whichever vendor keeps the keys.
 *
 * Errors are {@link KeyManagerError} with a code, or `TypeError` where a type checker would have refused the call. Beside
 * the codes named at a method each can throw `ERR_INVALID_ARGUMENT`, `ERR_UNSUPPORTED`, `ERR_PERMISSION_DENIED`,
 * `ERR_UNAUTHENTICATED`, `ERR_THROTTLED`, `ERR_UNAVAILABLE`, `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_CLOSED` and
 * `ERR_UNKNOWN`.
 */
export interface KeyManager {
  /** Short name of the provider. */
  readonly provider: string;
  /** Stable identity of the vault: the prefix of every key id. */
  readonly vaultUri: string;
  /** What this vault can do: frozen data. */
  readonly capabilities: Capabilities;

  /**
   * Makes a key or, where the name lives already, the next version of it, which becomes current.
   *
   * Without `keyOperations` RSA, EC, OKP and AKP keys sign and verify; oct keys encrypt, decrypt, wrap and unwrap.
   *
   * @throws ERR_CONFLICT where the name lives with another key type or usage.
   * @throws ERR_KEY_DELETED where the name belongs to a deleted key.
   * @throws ERR_OPERATION_NOT_PERMITTED on an external key.
   * @throws ERR_OUTCOME_UNKNOWN where an answer was lost and reading cannot tell.
   */
  createKey(name: string, keyType: KeyType, options?: CreateKeyOptions): Promise<ManagedKey>;
  /** `createKey` with key type RSA (`RSA-HSM` with `hardwareProtected`). Default 2048 bits. */
  createRsaKey(name: string, options?: CreateRsaKeyOptions): Promise<ManagedKey>;
  /** `createKey` with key type EC (`EC-HSM` with `hardwareProtected`). Default curve P-256. */
  createEcKey(name: string, options?: CreateEcKeyOptions): Promise<ManagedKey>;
  /** `createKey` with key type oct (`oct-HSM` with `hardwareProtected`). Default 256 bits. */
  createOctKey(name: string, options?: CreateOctKeyOptions): Promise<ManagedKey>;
  /**
   * Makes a key, or the next version of one, from a private or symmetric JWK. Its private part must match its public part.
   *
   * @throws ERR_INVALID_ARGUMENT for a JWK that is malformed, inconsistent, too small or has an unknown member.
   */
  importKey(name: string, key: JsonWebKey, options?: ImportKeyOptions): Promise<ManagedKey>;

  /** Reads a version, disabled or expired ones too. @throws ERR_KEY_NOT_FOUND also for a deleted key. */
  getKey(name: string, options?: VersionOptions): Promise<ManagedKey>;
  /** Lists the live keys, each by its current version; deleted ones never appear. */
  listPropertiesOfKeys(options?: ListOptions): PagedAsyncIterableIterator<KeyProperties>;
  /** Lists all versions of a key. */
  listPropertiesOfKeyVersions(name: string, options?: ListOptions): PagedAsyncIterableIterator<KeyProperties>;

  /**
   * Changes the properties given, and no others. Without a conditional write at the vault the last writer wins.
   *
   * @throws ERR_INTEGRITY where the key's record is missing or damaged.
   */
  updateKeyProperties(name: string, options: UpdateKeyPropertiesOptions): Promise<ManagedKey>;

  /** Starts deleting all versions of a key. It counts as deleted from the moment this resolves. */
  beginDeleteKey(name: string, options?: BeginOptions): Promise<Poller<DeletedKey>>;
  /** Reads a deleted key. @throws ERR_KEY_NOT_FOUND where no deleted key has this name. */
  getDeletedKey(name: string, options?: OperationOptions): Promise<DeletedKey>;
  /** Lists deleted keys. */
  listDeletedKeys(options?: ListOptions): PagedAsyncIterableIterator<DeletedKey>;
  /**
   * Starts recovering a deleted key with all its versions, states, tags and its current version.
   *
   * @throws ERR_CONFLICT where a version is gone and `allowPartial` is not set.
   */
  beginRecoverDeletedKey(name: string, options?: RecoverOptions): Promise<Poller<RecoveredKey>>;
  /** Destroys a deleted key for ever. @throws ERR_UNSUPPORTED with `earliest` where that must wait. */
  purgeDeletedKey(name: string, options?: OperationOptions): Promise<void>;

  /**
   * Backs up all versions of a key, sealed by the vault.
   *
   * @throws ERR_OPERATION_NOT_PERMITTED where the key was not created with `backup: true` and the vault asks for it.
   */
  backupKey(name: string, options?: OperationOptions): Promise<Uint8Array>;
  /**
   * Restores a backup under its own name, with all versions, ids, properties, tags and the current version.
   *
   * @throws ERR_KEY_EXISTS where the name lives, ERR_KEY_DELETED where it is deleted, ERR_INTEGRITY where the backup is
   * damaged or of another vault.
   */
  restoreKeyBackup(backup: Uint8Array, options?: RequestIdOptions): Promise<ManagedKey>;

  /** Makes the next version with the operations, algorithms and tags of the current one. */
  rotateKey(name: string, options?: RequestIdOptions): Promise<ManagedKey>;
  /** Reads the rotation policy; an empty one where none was set. */
  getKeyRotationPolicy(name: string, options?: OperationOptions): Promise<KeyRotationPolicy>;
  /** Sets the rotation policy. It changes no existing version. */
  updateKeyRotationPolicy(
    name: string,
    policy: KeyRotationPolicyInput,
    options?: OperationOptions,
  ): Promise<KeyRotationPolicy>;
  /** Rotates every key whose policy says that it is due, where the vault does not do that itself, and reports. */
  rotateDueKeys(options?: OperationOptions): Promise<readonly DueRotation[]>;

  /** Random octets made by the vault. @param count 1 to 128. */
  getRandomBytes(count: number, options?: OperationOptions): Promise<Uint8Array>;
  /**
   * Releases an exportable key to the environment that the attestation token describes.
   *
   * @throws ERR_PERMISSION_DENIED where the token does not fulfil the key's release policy.
   * @throws ERR_OPERATION_NOT_PERMITTED where the key is not exportable.
   */
  releaseKey(
    name: string,
    targetAttestationToken: string,
    options?: ReleaseKeyOptions,
  ): Promise<ReleaseKeyResult>;
  /** Pins a version, the current one where none is named, for cryptographic use. */
  getCryptographyClient(name: string, options?: CryptographyClientOptions): Promise<CryptographyClient>;
  /** Makes a key that other software put there one of ours, without changing its material. */
  adoptKey(name: string, sourceId: string, options?: OperationOptions): Promise<ManagedKey>;

  /** Waits for running calls, then releases everything. Later calls are `ERR_CLOSED`. Closing twice is fine. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
