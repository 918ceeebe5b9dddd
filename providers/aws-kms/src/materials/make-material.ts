import { randomUUID } from 'node:crypto';
import { beforeAnyChange, KeyManagerError } from '@keyway/core/driver';
import type { Call, KeyRecord } from '@keyway/core/driver';
import { expiry } from '../decide-version.ts';
import type { Making } from '../decide-version.ts';
import { asVersion, toRecord } from '../key-record.ts';
import type { Version } from '../key-record.ts';
import type { KmsKey } from '../kms-key.ts';
import { certainSteps, isLostClaim, made } from '../make-version-flow.ts';
import type { VersionPlan } from '../make-version-flow.ts';
import { maxRaces, pauseAfter, runSteps } from '../run-steps.ts';
import { readStanding } from '../standing.ts';
import type { OwnVersion } from '../standing.ts';
import type { KmsVault } from '../vault.ts';
import { firstMaterialFlow } from './first-material-flow.ts';
import { finishRotation } from './finish-rotation.ts';
import { toMaterial } from './current-material.ts';
import { listMaterials } from './list-materials.ts';
import { nextMaterialFlow } from './next-material-flow.ts';
import { shortId } from './settled-record.ts';

type Decided = ReturnType<Making['decide']>;

function requireSymmetric({ spec }: Decided): void {
  if (spec.keySpec === 'SYMMETRIC_DEFAULT') return;
  throw new KeyManagerError(
    'ERR_UNSUPPORTED',
    'The versions of this vault are key materials, which only symmetric encryption keys of KMS have',
    { alternative: "a vault opened with versions: 'keys'" },
  );
}

/** Whether a key can have a next version of this kind. */
function requireRotatable({ key }: OwnVersion, imports: boolean): void {
  if (key.state === 'Disabled') {
    throw new KeyManagerError('ERR_KEY_DISABLED', 'KMS rotates enabled keys only: enable the key first');
  }
  if ((key.origin === 'EXTERNAL') === imports) return;
  throw new KeyManagerError(
    'ERR_CONFLICT',
    imports
      ? 'KMS makes the material of this key itself, and takes none for it: import under another name'
      : 'The material of this key is imported, and KMS makes none for it: importKey makes its next version',
  );
}

/** The version that a request has made before. */
async function findMade(vault: KmsVault, current: OwnVersion, call: Call): Promise<Version | undefined> {
  const made = current.record.versions?.find(
    ({ requestId }) => requestId !== undefined && requestId === call.requestId,
  );
  if (made === undefined || current.material === undefined) return undefined;
  if (made.version === shortId(current.material.id)) return current;
  const all = await listMaterials(vault, current.key.id, call);
  const found = all.find(({ id }) => shortId(id) === made.version);
  return found && { ...current, material: toMaterial(current.key, current.record, found) };
}

async function makeFirst(
  vault: KmsVault,
  { name, material }: Making,
  decided: Decided,
  call: Call,
): Promise<KmsKey> {
  const record = { ...decided.record, sequence: 0 };
  const plan: VersionPlan = { ...decided, record, name, sequence: 0, material };
  const flow = firstMaterialFlow(vault, plan, record);
  return made(await runSteps(vault, flow, { key: undefined }, call, certainSteps));
}

async function makeNext(
  vault: KmsVault,
  { material }: Making,
  decided: Decided,
  current: OwnVersion,
  call: Call,
): Promise<KmsKey> {
  requireRotatable(current, material !== undefined);
  const { versions, rotationPolicy, sourceId, createdOn, current: dated } = current.record;
  const { id } = current.material ?? { id: '' };
  const requestId = call.requestId ?? randomUUID();
  const { requestId: _, ...asked } = decided.record;
  const record = {
    ...asked,
    sequence: 0,
    expiresOn: expiry(asked.expiresOn, rotationPolicy, call),
    versions,
    rotationPolicy,
    sourceId,
    createdOn,
    current: dated ?? shortId(id),
    // Read by whoever finishes this: KMS rotates enabled keys only.
    enabled: decided.enabled ? undefined : false,
    making: { after: shortId(id), startedOn: call.now, requestId },
  };
  const flow = nextMaterialFlow(vault, { current, record, material });
  return made(await runSteps(vault, flow, { key: undefined }, call));
}

/** What is known before a version is made. */
interface Before {
  readonly current: OwnVersion | undefined;
  /** The version that the same request has made. */
  readonly before: Version | undefined;
}

/** Reads where the name stands, having finished what others left half way: that is none of this call's work. */
async function readBefore(vault: KmsVault, name: string, call: Call): Promise<Before> {
  const standing = await readStanding(vault, name, call);
  const current = standing && (await finishRotation(vault, standing.current, call));
  return { current, before: current && (await findMade(vault, current, call)) };
}

/** One try: gives the version, or nothing where somebody else rotated the key meanwhile. */
async function tryMake(vault: KmsVault, making: Making, call: Call): Promise<KeyRecord | undefined> {
  const { current, before } = await beforeAnyChange(call, () => readBefore(vault, making.name, call));
  if (before !== undefined) return toRecord(vault, before, call);
  const decided = making.decide(current && { current, sequence: 0 });
  requireSymmetric(decided);
  try {
    const key =
      current === undefined
        ? await makeFirst(vault, making, decided, call)
        : await makeNext(vault, making, decided, current, call);
    return await toRecord(vault, await asVersion(vault, making.name, key, call), call);
  } catch (error) {
    if (!isLostClaim(error) || making.once) throw error;
    return undefined;
  }
}

/** Makes a key whose versions are its materials, or its next version by a rotation of KMS. */
export async function makeMaterial(vault: KmsVault, making: Making, call: Call): Promise<KeyRecord> {
  for (let race = 1; race <= maxRaces; race++) {
    const made = await tryMake(vault, making, call);
    if (made !== undefined) return made;
    await pauseAfter(vault, race, call);
  }
  throw new KeyManagerError('ERR_CONFLICT', 'Others keep rotating this key', { retryable: true });
}
