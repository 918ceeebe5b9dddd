/**
 * `@keyway/core/driver`: what a provider author builds on. The interfaces of the SPI, and what providers would otherwise
 * each write again.
 *
 * @packageDocumentation
 */
export type * from './key-driver.ts';
export type { ProviderModule } from './provider-module.ts';
export { createKeyManager } from './create-key-manager.ts';
export { settingNames } from './settings.ts';
export type { KeyManagerSettings } from './settings.ts';
export { defineCapabilities } from './capabilities.ts';
export type {
  Capabilities,
  CapabilityData,
  CapabilityRow,
  EnforcedProperty,
  StateEnforcement,
} from './capabilities.ts';
export { integrityError, invalidArgument, isKeyManagerError, KeyManagerError } from './errors.ts';
export type { KeyManagerErrorCode, KeyManagerErrorDetails } from './errors.ts';
export { algorithmMisfit, algorithmRows, findAlgorithm, hashLength, operationsOf } from './algorithms.ts';
export type {
  AlgorithmName,
  AlgorithmRow,
  EncryptionAlgorithmRow,
  KeyShape,
  SignatureAlgorithmRow,
} from './algorithms.ts';
export { operationRows, operations } from './operations.ts';
export type { CryptographicOperation, Operation, OperationRow } from './operations.ts';
export {
  curves,
  familyOf,
  isHardwareKeyType,
  keyOperations,
  keyTypes,
  octKeySizes,
  rsaKeySizes,
} from './key-types.ts';
export type {
  CurveRow,
  KeyCurveName,
  KeyExportEncryptionAlgorithm,
  KeyFamily,
  KeyOperation,
  KeyType,
} from './key-types.ts';
export type { JsonWebKey, KeyOwnership, KeyReleasePolicy, KeyRotationLifetimeAction } from './models.ts';
export { checkOptions } from './arguments.ts';
export {
  checkDateOrder,
  fromEpochSeconds,
  isEpochSeconds,
  maxEpochSeconds,
  toEpochSeconds,
} from './dates.ts';
export { checkName, checkRequestId, checkTags, checkVersion } from './names-and-tags.ts';
export {
  checkVaultUri,
  formatDeletedKeyId,
  formatKeyId,
  parseKeyId,
  parseKeyIdOf,
} from './key-identifier.ts';
export { compareDurations, parseDuration } from './duration.ts';
export { checkRotationPolicy, dueActions, policyExpiry } from './rotation-policy.ts';
export { keyStateRefusal, updateRefusal } from './key-state.ts';
export { decodeVaultRecord, encodeVaultRecord } from './vault-record.ts';
export type { RecordedVersion, VaultRecord, VersionInMaking } from './vault-record.ts';
export { decodeKeyDocument, encodeKeyDocument } from './key-document.ts';
export type { KeyDocument, VersionRecord } from './key-document.ts';
export type * from './metadata-store.ts';
export type * from './flow.ts';
export { beforeAnyChange, isUndone } from './before-any-change.ts';
export { resumeFlow, runFlow } from './run-flow.ts';
export { formatPageToken, parsePageToken } from './page-token.ts';
export { decodeBase64Url, encodeBase64Url } from './base64url.ts';
export { freshOctets } from './fresh-octets.ts';
export { rsaAesKeyWrap } from './rsa-aes-key-wrap.ts';
export { mayHaveHappened } from './retry.ts';
export { derToP1363, p1363InRange, p1363ToDer } from './signature-format.ts';
export { parsePrivateJwk } from './jwk.ts';
export type { ParsedPrivateJwk } from './jwk.ts';
export {
  jwkFromSpki,
  keyShapeOfPublicJwk,
  publicKeyFromJwk,
  publicKeyFromSpki,
  spkiDigest,
  toPublicJwk,
} from './public-key.ts';
export { signDataWith, supportsMlDsa, verifyDataWith } from './data-signature.ts';
export { signDigest, verifyDigest } from './digest-signature.ts';
export { encryptWithPublicKey, maxRsaPlaintext } from './local-cryptography.ts';
export { checkEncryptionContext, encodeEncryptionContext } from './encryption-context.ts';
