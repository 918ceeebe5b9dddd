import { familyOf, KeyManagerError, policyExpiry } from '@keyway/core/driver';
import type {
  Call,
  EpochSeconds,
  ImportRequest,
  KeyRecord,
  NewVersionRequest,
  PolicyRecord,
} from '@keyway/core/driver';
import { shapeOf, specFor, usageOf } from './algorithms.ts';
import { importableMaterial } from './import-material.ts';
import type { ImportableMaterial } from './import-material.ts';
import { toRecord } from './key-record.ts';
import type { KmsKey } from './kms-key.ts';
import { notFound } from './locate.ts';
import { certainSteps, isLostClaim, makeVersionFlow } from './make-version-flow.ts';
import type { VersionPlan } from './make-version-flow.ts';
import { findPolicy } from './policy-record.ts';
import { publicKeyOf } from './public-keys.ts';
import { findRequest } from './request-ids.ts';
import { eventually, maxRaces, pauseAfter, runSteps } from './run-steps.ts';
import { readStanding } from './standing.ts';
import type { OwnVersion, Standing } from './standing.ts';
import type { KmsVault } from './vault.ts';

/** What the next version is to be, decided when it is known what there is. */
type Decide = (standing: Standing | undefined) => Omit<VersionPlan, 'name' | 'sequence' | 'material'>;

interface Making {
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

function planFor(vault: KmsVault, request: NewVersionRequest, call: Call): Decide {
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
function planForRotation(vault: KmsVault, name: string, expected: string | undefined, call: Call): Decide {
  return (standing) => {
    if (standing === undefined) throw notFound();
    const { key, record } = standing.current;
    if (expected !== undefined && expected !== key.id) throw noLongerCurrent(key);
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

function noLongerCurrent(current: KmsKey): KeyManagerError {
  return new KeyManagerError('ERR_CONFLICT', 'Another version has become current meanwhile', {
    versions: [current.id],
  });
}

/** The date on which the policy of the key lets a new version expire that has none of its own. */
function expiry(
  own: EpochSeconds | undefined,
  policy: PolicyRecord | undefined,
  { now }: Call,
): EpochSeconds | undefined {
  return own ?? policyExpiry(policy, now);
}

/** One try: gives the version, or nothing where somebody else made the next one meanwhile. */
async function tryMake(vault: KmsVault, making: Making, call: Call): Promise<KeyRecord | undefined> {
  const { name, material } = making;
  const standing = await readStanding(vault, name, call);
  const before = standing && (await findRequest(vault, standing, call));
  if (before !== undefined) return toRecord(vault, before, call);
  const decided = making.decide(standing);
  const policy = standing && (await findPolicy(vault, standing.current, call)).policy;
  const record = { ...decided.record, expiresOn: expiry(decided.record.expiresOn, policy, call) };
  const sequence = (standing?.sequence ?? 0) + 1;
  const plan: VersionPlan = { ...decided, record, name, sequence, material };
  try {
    const { key } = await runSteps(
      vault,
      makeVersionFlow(vault, plan),
      { key: undefined },
      call,
      certainSteps,
    );
    return key && (await newRecord(vault, plan, key, call));
  } catch (error) {
    if (!isLostClaim(error) || making.once) throw error;
    return undefined;
  }
}

/** The record of a version that was just made: its description need not be read again. */
async function newRecord(
  vault: KmsVault,
  { name, record, sequence }: VersionPlan,
  key: KmsKey,
  call: Call,
): Promise<KeyRecord> {
  await eventually(vault, call, () => publicKeyOf(vault, key, call));
  const { keyType, keyOperations } = record;
  if (keyType === undefined || keyOperations === undefined) throw notFound();
  const written = { ...record, name, sequence, keyType, keyOperations };
  return toRecord(vault, { name, key, ownership: 'own', record: written }, call);
}

async function make(vault: KmsVault, making: Making, call: Call): Promise<KeyRecord> {
  for (let race = 1; race <= maxRaces; race++) {
    const made = await tryMake(vault, making, call);
    if (made !== undefined) return made;
    await pauseAfter(vault, race, call);
  }
  throw new KeyManagerError('ERR_CONFLICT', 'Others keep making versions of this key', { retryable: true });
}

/** Makes a key or its next version, or gives the one that the same request has made before. */
export async function createVersion(
  vault: KmsVault,
  request: NewVersionRequest,
  call: Call,
): Promise<KeyRecord> {
  const decide = planFor(vault, request, call);
  return make(vault, { name: request.name, decide, once: false }, call);
}

/** As {@link createVersion}, from given material. */
export async function importVersion(vault: KmsVault, request: ImportRequest, call: Call): Promise<KeyRecord> {
  const decide = planFor(vault, request, call);
  requireImportable(vault, request);
  const material = importableMaterial(request.material);
  try {
    return await make(vault, { name: request.name, decide, material, once: false }, call);
  } finally {
    material.octets.fill(0);
  }
}

function requireImportable({ without }: KmsVault, request: ImportRequest): void {
  if (without.includes('ImportKeyMaterial')) {
    throw new KeyManagerError('ERR_UNSUPPORTED', 'This region or endpoint is said to import no key material');
  }
  if (shapeOf(specFor(request).keySpec)?.importable === true) return;
  throw new KeyManagerError('ERR_UNSUPPORTED', 'KMS documents no form in which such a key is imported', {
    alternative: 'createKey',
  });
}

/** Makes the next version of a key with fresh material. */
export async function rotateVersion(
  vault: KmsVault,
  name: string,
  expectedCurrent: string | undefined,
  call: Call,
): Promise<KeyRecord> {
  const decide = planForRotation(vault, name, expectedCurrent, call);
  try {
    return await make(vault, { name, decide, once: expectedCurrent !== undefined }, call);
  } catch (error) {
    // A deleted key is not there for those who want to use it.
    if (error instanceof KeyManagerError && error.code === 'ERR_KEY_DELETED') throw notFound('key', true);
    throw error;
  }
}
