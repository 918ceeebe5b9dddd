/**
 * `@keyway/aws-kms`: a vault in AWS KMS.
 *
 * @packageDocumentation
 */
export { awsKmsProvider, openAwsKms } from './open-aws-kms.ts';
export type { AwsKmsExtras, AwsKmsVault, OpenAwsKmsOptions } from './open-aws-kms.ts';
export { formatAwsKmsUri, parseAwsKmsUri } from './options.ts';
export type { AwsKmsLocation, AwsKmsOptions, VersionStrategy } from './options.ts';
export type { KmsCall, KmsCallOptions, KmsClient } from './client.ts';
export type { DeleteImportedKeyMaterial, DeleteImportedKeyMaterialOptions } from './shred-imported.ts';
export type { KmsFeature, KmsKeySpec } from './algorithms.ts';
export type { Diagnose, DiagnoseOptions } from './doctor.ts';
export type { Finding } from './finding.ts';
