import { KeyManagerError } from '@keyway/core/driver';
import type { Call, KeyOwnership, KeyRecord, KeySummary, KeyType } from '@keyway/core/driver';
import { operationsOfUsage, shapeOf } from './algorithms.ts';
import { classify } from './classify.ts';
import type { KmsKey, OwnRecord } from './kms-key.ts';
import { isPending } from './kms-key.ts';
import { asMaterialVersion } from './materials/current-material.ts';
import type { Material } from './materials/settled-record.ts';
import { publicKeyOf } from './public-keys.ts';
import type { KmsVault } from './vault.ts';

/** The AWS tags that say whose a KMS key is, for the day when its description is damaged. */
export const reservedTags = {
  vault: 'keyway:vault',
  name: 'keyway:name',
  description: 'keyway:description',
} as const;

/** One version of a key: a KMS key, and whose it is. */
export interface Version {
  readonly name: string;
  readonly key: KmsKey;
  readonly ownership: KeyOwnership;
  /** Absent on keys of others, and where it is damaged or of another name. */
  readonly record: OwnRecord | undefined;
  /** Where the versions are key materials: the one that this version is. Absent on keys of others. */
  readonly material?: Material | undefined;
}

/** The id of a version: that of its material where it is one, else that of its KMS key. */
export function versionId({ key, material }: Version): string {
  return material?.id ?? key.id;
}

/** Whose a KMS key is that an alias of this name points to. */
export async function asVersion(vault: KmsVault, name: string, key: KmsKey, call: Call): Promise<Version> {
  const version = await whose(vault, name, key, call);
  const isMaterial = vault.materials !== undefined && version.ownership === 'own';
  return isMaterial ? asMaterialVersion(vault, version, call) : version;
}

async function whose(vault: KmsVault, name: string, key: KmsKey, call: Call): Promise<Version> {
  if (key.otherStrategy !== undefined) return { name, key, ownership: 'external', record: undefined };
  if (key.record?.name === name) return { name, key, ownership: 'own', record: key.record };
  // Of this vault, under another name: somebody has moved an alias. It must not pass for the key that was asked for.
  if (key.record !== undefined) return { name, key, ownership: 'own', record: undefined };
  const ownership = (await hasOurTags(vault, name, key, call)) ? 'own' : 'external';
  return { name, key, ownership, record: undefined };
}

/** Whether the tags on a KMS key say that it is ours; where they may not be read, it counts as another's. */
async function hasOurTags(vault: KmsVault, name: string, key: KmsKey, call: Call): Promise<boolean> {
  const tags = await tagsOf(vault, key.id, call);
  return tags.get(reservedTags.vault) === vault.prefix && tags.get(reservedTags.name) === name;
}

/** The AWS tags on a KMS key; none where they may not be read. */
export async function tagsOf(
  vault: KmsVault,
  keyId: string,
  call: Call,
): Promise<ReadonlyMap<string, string>> {
  const tags = new Map<string, string>();
  let Marker: string | undefined;
  try {
    do {
      const page = await vault.client.listResourceTags(
        { KeyId: keyId, ...(Marker === undefined ? {} : { Marker }) },
        { abortSignal: call.signal },
      );
      for (const { TagKey = '', TagValue = '' } of page.Tags ?? []) tags.set(TagKey, TagValue);
      Marker = page.Truncated === true ? page.NextMarker : undefined;
    } while (Marker !== undefined);
  } catch (error) {
    if (classify(error).code !== 'ERR_PERMISSION_DENIED') throw error;
  }
  return tags;
}

/** What the contract tells of a KMS key without a record that could be believed: what KMS itself knows. */
function bareRecord(
  key: KmsKey,
): Pick<KeyRecord, 'curve' | 'size' | 'keyOperations' | 'tags' | 'algorithms'> {
  const shape = shapeOf(key.keySpec);
  return {
    curve: shape?.curve,
    size: shape?.size,
    keyOperations: operationsOfUsage(key.keyUsage),
    tags: {},
    algorithms: shape?.parameterSet === undefined ? undefined : [shape.parameterSet],
  };
}

/** A KMS key is in an HSM of AWS's or of the customer's; of a key store outside AWS nobody here can tell. */
const isHardware = (key: KmsKey): boolean | undefined =>
  key.origin === 'EXTERNAL_KEY_STORE' ? undefined : true;

function enabledOf(version: Version): boolean {
  const { key, record } = version;
  return isPending(key) ? (record?.stateBeforeDeletion?.enabled ?? false) : key.state !== 'Disabled';
}

function recordOf(version: Version, keyType: KeyType): KeyRecord {
  const { name, key, record, ownership, material } = version;
  const { createdOn = key.createdOn, requestId } = material ?? record ?? {};
  const { curve, size, keyOperations, algorithms, tags = {} } = record ?? bareRecord(key);
  return {
    name,
    version: versionId(version),
    sourceId: key.arn,
    keyType,
    curve,
    size,
    keyOperations,
    algorithms,
    tags,
    createdOn,
    updatedOn: record?.updatedOn,
    notBefore: record?.notBefore,
    expiresOn: record?.expiresOn,
    requestId,
    enabled: enabledOf(version),
    // It comes from KMS over the connection that the SDK authenticates.
    publicKeyAuthentic: true,
    backup: false,
    hardwareProtected: isHardware(key),
    recoveryLevel: 'CustomizedRecoverable',
    status: key.state === 'Creating' || key.state === 'PendingImport' ? 'pending' : 'ready',
    ownership,
    externalBecause: otherStrategy(key),
    intact: ownership === 'external' || record !== undefined,
  };
}

/** Why a key of this very vault is not its own as it was opened. */
export function otherStrategy({ otherStrategy: option }: KmsKey): KeyRecord['externalBecause'] {
  if (option === undefined) return undefined;
  const are = option === 'materials' ? 'the materials of one KMS key' : 'KMS keys of their own';
  return {
    reason: `The versions of this key are ${are}: it can be changed where the vault is opened with versions: '${option}'`,
    alternative: `the option versions: '${option}'`,
  };
}

const keyTypeOf = ({ record, key }: Version): KeyType | undefined =>
  record?.keyType ?? shapeOf(key.keySpec)?.family;

/** A version as a list tells it. */
export function toSummary(version: Version): KeySummary {
  const keyType = keyTypeOf(version);
  const { name, key, ownership } = version;
  if (keyType !== undefined) return recordOf(version, keyType);
  return { name, version: key.id, sourceId: key.arn, createdOn: key.createdOn, ownership };
}

/**
 * A version with its public key.
 *
 * @throws ERR_UNSUPPORTED for a KMS key of a kind that the contract has no shape for.
 */
export async function toRecord(vault: KmsVault, version: Version, call: Call): Promise<KeyRecord> {
  const keyType = keyTypeOf(version);
  if (keyType === undefined) {
    throw new KeyManagerError('ERR_UNSUPPORTED', 'The contract has no key of the kind that this KMS key is');
  }
  return { ...recordOf(version, keyType), publicKey: await publicKeyOf(vault, version.key, call) };
}
