import { fromEpochSeconds } from '../dates.ts';
import { formatDeletedKeyId, formatKeyId, formatRotationPolicyId } from '../key-identifier.ts';
import { familyOf } from '../key-types.ts';
import type { KeyOperation } from '../key-types.ts';
import type { DeletedRecord, DeletedSummary, KeyRecord, KeySummary, PolicyRecord } from '../key-driver.ts';
import type {
  DeletedKey,
  KeyProperties,
  KeyRotationPolicy,
  ManagedKey,
  PublicJsonWebKey,
} from '../models.ts';

const publicOperations: ReadonlySet<KeyOperation> = new Set(['verify', 'encrypt', 'wrapKey']);

function date(seconds: number | undefined): Date | undefined {
  return seconds === undefined ? undefined : fromEpochSeconds(seconds);
}

/** The public JWK as an application sees it: `kty` and `kid` always, `key_ops` of the public half where there is one. */
function toJwk(record: KeyRecord, kid: string): PublicJsonWebKey {
  const kty = familyOf(record.keyType);
  if (record.publicKey === undefined || kty === 'oct') return Object.freeze({ kty, kid });
  const key_ops: string[] = record.keyOperations.filter((operation) => publicOperations.has(operation));
  Object.freeze(key_ops);
  const members = record.publicKey as PublicJsonWebKey;
  return Object.freeze({ ...members, kid, ...(key_ops.length > 0 ? { key_ops } : {}) });
}

/** Properties out of what a list tells of a key. */
export function toProperties(vaultUri: string, summary: KeySummary): KeyProperties {
  return Object.freeze({
    id: formatKeyId(vaultUri, summary.name, summary.version),
    sourceId: summary.sourceId,
    name: summary.name,
    version: summary.version,
    vaultUri,
    enabled: summary.enabled,
    notBefore: date(summary.notBefore),
    expiresOn: date(summary.expiresOn),
    createdOn: date(summary.createdOn),
    updatedOn: date(summary.updatedOn ?? summary.createdOn),
    recoveryLevel: summary.recoveryLevel,
    tags: Object.freeze({ ...summary.tags }),
    keyOperations:
      summary.keyOperations === undefined ? undefined : Object.freeze([...summary.keyOperations]),
    algorithms: summary.algorithms === undefined ? undefined : Object.freeze([...summary.algorithms]),
    exportable: summary.exportable,
    releasePolicy: summary.releasePolicy,
    hardwareProtected: summary.hardwareProtected,
    ownership: summary.ownership ?? 'own',
  });
}

/** A key as an application sees it. */
export function toManagedKey(vaultUri: string, record: KeyRecord): ManagedKey {
  const properties = toProperties(vaultUri, record);
  return Object.freeze({
    id: properties.id,
    name: record.name,
    keyType: record.keyType,
    key: toJwk(record, properties.id),
    properties,
  });
}

/** A deleted key as an application sees it; a list may not tell its version and key. */
export function toDeletedKey(vaultUri: string, deleted: DeletedRecord | DeletedSummary): DeletedKey {
  const { key } = deleted;
  const properties = toProperties(vaultUri, key);
  const whole = isWhole(key);
  const kty = key.keyType === undefined ? 'oct' : familyOf(key.keyType);
  return Object.freeze({
    id: properties.id,
    name: key.name,
    keyType: key.keyType ?? kty,
    key: whole ? toJwk(key, properties.id) : Object.freeze({ kty, kid: properties.id }),
    properties,
    deletedOn: date(deleted.deletedOn),
    recoveryId: formatDeletedKeyId(vaultUri, key.name),
    scheduledPurgeDate: date(deleted.scheduledPurgeDate),
  });
}

function isWhole(key: KeySummary): key is KeyRecord {
  return key.version !== undefined && key.keyType !== undefined && key.keyOperations !== undefined;
}

/** A rotation policy as an application sees it. */
export function toPolicy(
  vaultUri: string,
  name: string,
  policy: PolicyRecord | undefined,
): KeyRotationPolicy {
  return Object.freeze({
    id: formatRotationPolicyId(vaultUri, name),
    lifetimeActions: Object.freeze(
      (policy?.lifetimeActions ?? []).map((action) => Object.freeze({ ...action })),
    ),
    expiresIn: policy?.expiresIn,
    createdOn: date(policy?.createdOn),
    updatedOn: date(policy?.updatedOn),
    ...(policy?.runBy === undefined ? {} : { runBy: policy.runBy }),
  });
}
