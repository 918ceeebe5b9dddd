import type { KeyMetadata, KeyState } from '@aws-sdk/client-kms';
import { familyOf, KeyManagerError } from '@keyway/core/driver';
import type { Call, EpochSeconds, KeyOperation, KeyType, VaultRecord } from '@keyway/core/driver';
import { shapeOf, usageOf } from './algorithms.ts';
import { readDescription } from './description.ts';
import { isNotFound } from './run-steps.ts';
import type { VersionStrategy } from './options.ts';
import { strategyOf } from './vault.ts';
import type { KmsVault } from './vault.ts';

/** A KMS key as `DescribeKey` tells it, with what its description says of it. */
export interface KmsKey {
  readonly id: string;
  readonly arn: string;
  readonly keySpec: string | undefined;
  readonly keyUsage: string | undefined;
  readonly state: KeyState;
  readonly createdOn: EpochSeconds;
  /** When KMS destroys it, where that is scheduled. */
  readonly deletionDate: EpochSeconds | undefined;
  readonly origin: string | undefined;
  /** AWS's own, for its services. */
  readonly managedByAws: boolean;
  readonly description: string;
  /** The record of the version that it is, if it is one of ours and the record fits the key. */
  readonly record: OwnRecord | undefined;
  /** The description begins like one of ours, but its record is none or does not fit the key. */
  readonly damaged: boolean;
  /** The id of the material that encrypts now; KMS names it for symmetric encryption keys. */
  readonly currentMaterial?: string | undefined;
  /** The key is one of this vault as it is when opened with this option: read and used here, never changed. */
  readonly otherStrategy?: VersionStrategy | undefined;
}

/** The record of a version: these members are always there. */
export interface OwnRecord extends VaultRecord {
  readonly name: string;
  /** 0 in the record of a key whose versions are its materials: they have no numbers. */
  readonly sequence: number;
  readonly keyType: KeyType;
  readonly keyOperations: readonly KeyOperation[];
}

function isWhole(record: VaultRecord): record is OwnRecord {
  const { name, sequence, keyType, keyOperations } = record;
  return [name, sequence, keyType, keyOperations].every((member) => member !== undefined);
}

/** Whether a record can be that of this KMS key. Whoever may change descriptions could write anything. */
function fits(record: OwnRecord, { KeySpec, KeyUsage }: KeyMetadata, strategy: VersionStrategy): boolean {
  const shape = shapeOf(KeySpec);
  if (shape === undefined || familyOf(record.keyType) !== shape.family) return false;
  if (record.size !== shape.size || record.curve !== shape.curve) return false;
  if (record.sequence > 0 !== (strategy === 'keys')) return false;
  if (shape.parameterSet !== undefined && record.algorithms?.[0] !== shape.parameterSet) return false;
  const { keyOperations, keyType } = record;
  return keyOperations.length === 0 || usageOf(keyOperations, keyType) === KeyUsage;
}

const secondsOf = (date: Date): EpochSeconds => Math.floor(date.getTime() / 1000);

/** The account in an ARN: `arn:<partition>:kms:<region>:<account>:key/<id>`. */
const accountOf = (arn: string | undefined): string | undefined => arn?.split(':')[4];

/**
 * Reads what KMS says of a key.
 *
 * @throws ERR_OPERATION_NOT_PERMITTED for a key of another account.
 */
export function readKmsKey(vault: KmsVault, metadata: KeyMetadata | undefined): KmsKey {
  const { KeyId: id, Arn: arn, CreationDate, DeletionDate, Description = '' } = metadata ?? {};
  if (metadata === undefined || id === undefined || arn === undefined || CreationDate === undefined) {
    throw new KeyManagerError('ERR_UNKNOWN', 'KMS answered with something that is not a key');
  }
  if (accountOf(arn) !== vault.account) {
    throw new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', 'The key belongs to another account');
  }
  const read = readDescription(vault.prefix, Description);
  const strategy = read.kind === 'record' ? read.strategy : undefined;
  const whole = read.kind === 'record' && isWhole(read.record) ? read.record : undefined;
  const fitting =
    whole !== undefined && strategy !== undefined && fits(whole, metadata, strategy) ? whole : undefined;
  const foreign = fitting !== undefined && strategy !== strategyOf(vault);
  const record = foreign ? undefined : fitting;
  return {
    id,
    arn,
    keySpec: metadata.KeySpec,
    keyUsage: metadata.KeyUsage,
    state: metadata.KeyState ?? (metadata.Enabled === true ? 'Enabled' : 'Disabled'),
    createdOn: secondsOf(CreationDate),
    deletionDate: DeletionDate === undefined ? undefined : secondsOf(DeletionDate),
    origin: metadata.Origin,
    managedByAws: metadata.KeyManager === 'AWS',
    description: Description,
    record,
    damaged: read.kind !== 'foreign' && fitting === undefined,
    currentMaterial: metadata.CurrentKeyMaterialId,
    otherStrategy: foreign ? strategy : undefined,
  };
}

/** Asks for a key by its id, ARN or alias; gives nothing where there is none. */
export async function describeKey(vault: KmsVault, keyId: string, call: Call): Promise<KmsKey | undefined> {
  try {
    const answer = await vault.client.describeKey({ KeyId: keyId }, { abortSignal: call.signal });
    return readKmsKey(vault, answer.KeyMetadata);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** KMS destroys it in time, and lets nobody use or change it until then. */
export function isPending({ state }: Pick<KmsKey, 'state'>): boolean {
  return state === 'PendingDeletion' || state === 'PendingReplicaDeletion';
}

/** Whether a key, by the version that is current, is deleted: by its record, or by somebody outside of Keyway. */
export function isDeleted(current: KmsKey): boolean {
  return current.record?.deletedOn !== undefined || isPending(current);
}
