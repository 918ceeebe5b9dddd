/**
 * `@keyway/core`: the contract that an application sees, and the one implementation of it.
 *
 * @packageDocumentation
 */
export { createKeyManager } from './create-key-manager.ts';
export type { KeyManagerSettings, RetrySettings } from './settings.ts';
export type {
  BeginOptions,
  CreateEcKeyOptions,
  CreateKeyOptions,
  CreateOctKeyOptions,
  CreateRsaKeyOptions,
  CryptographyClientOptions,
  ImportKeyOptions,
  KeyManager,
  ListOptions,
  OperationOptions,
  RecoverOptions,
  ReleaseKeyOptions,
  RequestIdOptions,
  UpdateKeyPropertiesOptions,
  VersionOptions,
} from './key-manager.ts';
export type {
  CryptographyClient,
  CryptographyResult,
  DataInput,
  DecryptOptions,
  DecryptResult,
  EncryptionContextOptions,
  EncryptOptions,
  EncryptResult,
  Execution,
  SignResult,
  UnwrapResult,
  VerifyResult,
  WrapResult,
} from './cryptography-client.ts';
export type {
  DeletedKey,
  DueRotation,
  JsonWebKey,
  KeyOwnership,
  KeyProperties,
  KeyReleasePolicy,
  KeyRotationLifetimeAction,
  KeyRotationPolicy,
  KeyRotationPolicyInput,
  KeyShapeOptions,
  ManagedKey,
  NewVersionOptions,
  PublicJsonWebKey,
  RecoveredKey,
  ReleaseKeyResult,
} from './models.ts';
export { keyExportEncryptionAlgorithms, keyOperations, keyTypes } from './key-types.ts';
export type {
  KeyCurveName,
  KeyExportEncryptionAlgorithm,
  KeyFamily,
  KeyOperation,
  KeyType,
} from './key-types.ts';
export { algorithmRows, findAlgorithm } from './algorithms.ts';
export type {
  AlgorithmName,
  AlgorithmRow,
  DataSignatureAlgorithm,
  DigestSignatureAlgorithm,
  EncryptionAlgorithm,
  EncryptionAlgorithmRow,
  HashName,
  KeyWrapAlgorithm,
  RsaEncryptionAlgorithm,
  SignatureAlgorithm,
  SignatureAlgorithmRow,
} from './algorithms.ts';
export { operations } from './operations.ts';
export type { CryptographicOperation, Operation } from './operations.ts';
export type {
  Capabilities,
  CapabilityAnswer,
  CapabilityData,
  CapabilityQuery,
  CapabilityRow,
  EnforcedProperty,
  StateEnforcement,
  Support,
} from './capabilities.ts';
export { isKeyManagerError, KeyManagerError, keyManagerErrorCodes } from './errors.ts';
export type { KeyManagerErrorCode, KeyManagerErrorDetails } from './errors.ts';
export type { ListPage, PagedAsyncIterableIterator, PageSettings } from './paging.ts';
export type { Poller, PollOperationState, PollOptions } from './poller.ts';
export { formatKeyId, parseKeyId } from './key-identifier.ts';
export type { KeyIdentifier } from './key-identifier.ts';
export { compareDurations, parseDuration } from './duration.ts';
export type { Duration } from './duration.ts';
export type { OperationEvent } from './observe.ts';
export type { KeyDriver } from './key-driver.ts';
