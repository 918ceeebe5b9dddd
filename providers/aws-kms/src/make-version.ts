import { beforeAnyChange, KeyManagerError } from '@keyway/core/driver';
import type { Call, ImportRequest, KeyRecord, NewVersionRequest, PolicyRecord } from '@keyway/core/driver';
import { shapeOf, specFor } from './algorithms.ts';
import { expiry, planFor, planForRotation } from './decide-version.ts';
import type { Making } from './decide-version.ts';
import { importableMaterial } from './import-material.ts';
import { toRecord } from './key-record.ts';
import type { Version } from './key-record.ts';
import type { KmsKey } from './kms-key.ts';
import { notFound } from './locate.ts';
import { certainSteps, isLostClaim, makeVersionFlow } from './make-version-flow.ts';
import type { VersionPlan } from './make-version-flow.ts';
import { makeMaterial } from './materials/make-material.ts';
import { findPolicy } from './policy-record.ts';
import { publicKeyOf } from './public-keys.ts';
import { findRequest } from './request-ids.ts';
import { eventually, maxRaces, pauseAfter, runSteps } from './run-steps.ts';
import { readStanding } from './standing.ts';
import type { Standing } from './standing.ts';
import type { KmsVault } from './vault.ts';

/** What is known before a version is made. */
interface Before {
  readonly standing: Standing | undefined;
  /** The version that the same request has made. */
  readonly before: Version | undefined;
  readonly policy: PolicyRecord | undefined;
}

/** Reads where the name stands, having finished what others left half way: that is none of this call's work. */
async function readBefore(vault: KmsVault, name: string, call: Call): Promise<Before> {
  const standing = await readStanding(vault, name, call);
  if (standing === undefined) return { standing, before: undefined, policy: undefined };
  const before = await findRequest(vault, standing, call);
  if (before !== undefined) return { standing, before, policy: undefined };
  const { policy } = await findPolicy(vault, standing.current, call);
  return { standing, before, policy };
}

/** One try: gives the version, or nothing where somebody else made the next one meanwhile. */
async function tryMake(vault: KmsVault, making: Making, call: Call): Promise<KeyRecord | undefined> {
  const { name, material } = making;
  const { standing, before, policy } = await beforeAnyChange(call, () => readBefore(vault, name, call));
  if (before !== undefined) return toRecord(vault, before, call);
  const decided = making.decide(standing);
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
  if (vault.materials !== undefined) return makeMaterial(vault, making, call);
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
