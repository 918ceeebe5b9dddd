import { familyOf, KeyManagerError, policyExpiry } from '@keyway/core/driver';
import type { Call, EpochSeconds, NewVersionRequest, PolicyRecord } from '@keyway/core/driver';
import { shapeOf, specFor, usageOf } from './algorithms.ts';
import type { ImportableMaterial } from './import-material.ts';
import { versionId } from './key-record.ts';
import type { KmsKey, OwnRecord } from './kms-key.ts';
import { notFound } from './locate.ts';
import type { VersionPlan } from './make-version-flow.ts';
import type { OwnVersion, Standing } from './standing.ts';
import type { KmsVault } from './vault.ts';

/** What the next version is to be, decided when it is known what there is. */
export type Decide = (standing: Standing | undefined) => Decided;

interface Decided extends Pick<VersionPlan, 'spec' | 'enabled'> {
  readonly record: Omit<OwnRecord, 'sequence'>;
}

/** A version that is asked for. */
export interface Making {
  readonly name: string;
  readonly decide: Decide;
  readonly material?: ImportableMaterial | undefined;
  /** A race that is lost ends the call. */
  readonly once: boolean;
}

/** A live name takes versions of its own key type and usage only: the alias of KMS could not move to another. */
function requireSameKind(current: OwnVersion, request: NewVersionRequest): void {
  const { keyType, keyOperations } = current.record;
  if (familyOf(keyType) !== familyOf(request.keyType)) {
    throw new KeyManagerError('ERR_CONFLICT', `The name belongs to a key of type ${keyType}`);
  }
  const usage = current.key.keyUsage ?? usageOf(keyOperations, keyType);
  if (usage !== usageOf(request.keyOperations, request.keyType)) {
    throw new KeyManagerError('ERR_CONFLICT', 'The name belongs to a key with another usage');
  }
}

/** The key spec of a request, where this region or endpoint has it. */
function availableSpec(
  { without }: KmsVault,
  request: Parameters<typeof specFor>[0],
): ReturnType<typeof specFor> {
  const spec = specFor(request);
  if (!without.includes(spec.keySpec)) return spec;
  throw new KeyManagerError(
    'ERR_UNSUPPORTED',
    `This region or endpoint is said to have no key spec ${spec.keySpec}`,
  );
}

/** What a request for a new version comes to. */
export function planFor(vault: KmsVault, request: NewVersionRequest, call: Call): Decide {
  const spec = specFor(request);
  const shape = shapeOf(spec.keySpec);
  const { name, keyType, keyOperations, notBefore, expiresOn, tags, algorithm, enabled } = request;
  return (standing) => {
    if (standing !== undefined) requireSameKind(standing.current, request);
    return {
      spec: availableSpec(vault, request),
      enabled,
      record: {
        v: 1,
        name,
        keyType,
        size: shape?.size,
        curve: shape?.curve,
        algorithms: algorithm === undefined ? undefined : [algorithm],
        keyOperations,
        notBefore,
        expiresOn,
        createdOn: call.now,
        tags,
        requestId: call.requestId,
      },
    };
  };
}

/** The rotated version takes over what the current one is and may do; its state and dates are its own. */
export function planForRotation(
  vault: KmsVault,
  name: string,
  expected: string | undefined,
  call: Call,
): Decide {
  return (standing) => {
    if (standing === undefined) throw notFound();
    const { key, record } = standing.current;
    if (expected !== undefined && expected !== versionId(standing.current))
      throw noLongerCurrent(standing.current);
    const { keyType, size, curve, algorithms, keyOperations, tags } = record;
    const spec = availableSpec(vault, {
      keyType,
      size,
      curve,
      keyOperations: operationsFor(key, record),
      algorithm: algorithms?.[0],
    });
    return {
      spec,
      enabled: true,
      record: {
        v: 1,
        name,
        keyType,
        size,
        curve,
        algorithms,
        keyOperations,
        createdOn: call.now,
        tags,
        requestId: call.requestId,
      },
    };
  };
}

/** A key may have been left without any operation; its usage at KMS stays. */
function operationsFor(
  { keyUsage }: KmsKey,
  { keyOperations }: OwnVersion['record'],
): NewVersionRequest['keyOperations'] {
  if (keyOperations.length > 0) return keyOperations;
  return keyUsage === 'ENCRYPT_DECRYPT' ? ['encrypt'] : ['sign'];
}

function noLongerCurrent(current: OwnVersion): KeyManagerError {
  return new KeyManagerError('ERR_CONFLICT', 'Another version has become current meanwhile', {
    versions: [versionId(current)],
  });
}

/** The date on which the policy of the key lets a new version expire that has none of its own. */
export function expiry(
  own: EpochSeconds | undefined,
  policy: PolicyRecord | undefined,
  { now }: Call,
): EpochSeconds | undefined {
  return own ?? policyExpiry(policy, now);
}
