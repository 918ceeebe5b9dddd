import type {
  CancelKeyDeletionCommandInput,
  CancelKeyDeletionCommandOutput,
  CreateAliasCommandInput,
  CreateAliasCommandOutput,
  CreateKeyCommandInput,
  CreateKeyCommandOutput,
  DecryptCommandInput,
  DecryptCommandOutput,
  DeleteAliasCommandInput,
  DeleteAliasCommandOutput,
  DeleteImportedKeyMaterialCommandInput,
  DeleteImportedKeyMaterialCommandOutput,
  DescribeKeyCommandInput,
  DescribeKeyCommandOutput,
  DisableKeyCommandInput,
  DisableKeyCommandOutput,
  DisableKeyRotationCommandInput,
  DisableKeyRotationCommandOutput,
  EnableKeyCommandInput,
  EnableKeyCommandOutput,
  EnableKeyRotationCommandInput,
  EnableKeyRotationCommandOutput,
  EncryptCommandInput,
  EncryptCommandOutput,
  GenerateMacCommandInput,
  GenerateMacCommandOutput,
  GenerateRandomCommandInput,
  GenerateRandomCommandOutput,
  GetKeyPolicyCommandInput,
  GetKeyPolicyCommandOutput,
  GetKeyRotationStatusCommandInput,
  GetKeyRotationStatusCommandOutput,
  GetParametersForImportCommandInput,
  GetParametersForImportCommandOutput,
  GetPublicKeyCommandInput,
  GetPublicKeyCommandOutput,
  ImportKeyMaterialCommandInput,
  ImportKeyMaterialCommandOutput,
  ListAliasesCommandInput,
  ListAliasesCommandOutput,
  ListKeyRotationsCommandInput,
  ListKeyRotationsCommandOutput,
  ListKeysCommandInput,
  ListKeysCommandOutput,
  ListResourceTagsCommandInput,
  ListResourceTagsCommandOutput,
  RotateKeyOnDemandCommandInput,
  RotateKeyOnDemandCommandOutput,
  ScheduleKeyDeletionCommandInput,
  ScheduleKeyDeletionCommandOutput,
  SignCommandInput,
  SignCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateAliasCommandInput,
  UpdateAliasCommandOutput,
  UpdateKeyDescriptionCommandInput,
  UpdateKeyDescriptionCommandOutput,
  VerifyCommandInput,
  VerifyCommandOutput,
  VerifyMacCommandInput,
  VerifyMacCommandOutput,
} from '@aws-sdk/client-kms';
import type { Cancellation } from '@keyway/core/driver';

/** What goes with every request. */
export interface KmsCallOptions {
  readonly abortSignal?: AbortSignal | Cancellation;
}

/** One operation of the SDK's client. */
export type KmsCall<Input, Output> = (input: Input, options?: KmsCallOptions) => Promise<Output>;

/** What is used of the SDK's aggregated client `KMS`, and nothing else. */
export interface KmsClient {
  cancelKeyDeletion: KmsCall<CancelKeyDeletionCommandInput, CancelKeyDeletionCommandOutput>;
  createAlias: KmsCall<CreateAliasCommandInput, CreateAliasCommandOutput>;
  createKey: KmsCall<CreateKeyCommandInput, CreateKeyCommandOutput>;
  decrypt: KmsCall<DecryptCommandInput, DecryptCommandOutput>;
  deleteAlias: KmsCall<DeleteAliasCommandInput, DeleteAliasCommandOutput>;
  deleteImportedKeyMaterial: KmsCall<
    DeleteImportedKeyMaterialCommandInput,
    DeleteImportedKeyMaterialCommandOutput
  >;
  describeKey: KmsCall<DescribeKeyCommandInput, DescribeKeyCommandOutput>;
  disableKey: KmsCall<DisableKeyCommandInput, DisableKeyCommandOutput>;
  disableKeyRotation: KmsCall<DisableKeyRotationCommandInput, DisableKeyRotationCommandOutput>;
  enableKey: KmsCall<EnableKeyCommandInput, EnableKeyCommandOutput>;
  enableKeyRotation: KmsCall<EnableKeyRotationCommandInput, EnableKeyRotationCommandOutput>;
  encrypt: KmsCall<EncryptCommandInput, EncryptCommandOutput>;
  generateMac: KmsCall<GenerateMacCommandInput, GenerateMacCommandOutput>;
  generateRandom: KmsCall<GenerateRandomCommandInput, GenerateRandomCommandOutput>;
  getKeyPolicy: KmsCall<GetKeyPolicyCommandInput, GetKeyPolicyCommandOutput>;
  getKeyRotationStatus: KmsCall<GetKeyRotationStatusCommandInput, GetKeyRotationStatusCommandOutput>;
  getParametersForImport: KmsCall<GetParametersForImportCommandInput, GetParametersForImportCommandOutput>;
  getPublicKey: KmsCall<GetPublicKeyCommandInput, GetPublicKeyCommandOutput>;
  importKeyMaterial: KmsCall<ImportKeyMaterialCommandInput, ImportKeyMaterialCommandOutput>;
  listAliases: KmsCall<ListAliasesCommandInput, ListAliasesCommandOutput>;
  listKeyRotations: KmsCall<ListKeyRotationsCommandInput, ListKeyRotationsCommandOutput>;
  listKeys: KmsCall<ListKeysCommandInput, ListKeysCommandOutput>;
  listResourceTags: KmsCall<ListResourceTagsCommandInput, ListResourceTagsCommandOutput>;
  rotateKeyOnDemand: KmsCall<RotateKeyOnDemandCommandInput, RotateKeyOnDemandCommandOutput>;
  scheduleKeyDeletion: KmsCall<ScheduleKeyDeletionCommandInput, ScheduleKeyDeletionCommandOutput>;
  sign: KmsCall<SignCommandInput, SignCommandOutput>;
  tagResource: KmsCall<TagResourceCommandInput, TagResourceCommandOutput>;
  untagResource: KmsCall<UntagResourceCommandInput, UntagResourceCommandOutput>;
  updateAlias: KmsCall<UpdateAliasCommandInput, UpdateAliasCommandOutput>;
  updateKeyDescription: KmsCall<UpdateKeyDescriptionCommandInput, UpdateKeyDescriptionCommandOutput>;
  verify: KmsCall<VerifyCommandInput, VerifyCommandOutput>;
  verifyMac: KmsCall<VerifyMacCommandInput, VerifyMacCommandOutput>;
  /** Closes the client's connections. */
  destroy?(): void;
}
