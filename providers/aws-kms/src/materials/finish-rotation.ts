import type { Call, Flow } from '@keyway/core/driver';
import { halfDone } from '../half-done.ts';
import { asVersion } from '../key-record.ts';
import type { KmsKey, OwnRecord } from '../kms-key.ts';
import { made } from '../make-version-flow.ts';
import type { MakingState } from '../make-version-flow.ts';
import { pauseAfter, runSteps } from '../run-steps.ts';
import { requireOwnVersion } from '../standing.ts';
import type { OwnVersion } from '../standing.ts';
import type { KmsVault } from '../vault.ts';
import { afterRotationSteps } from './after-rotation.ts';
import { currentMaterialId } from './current-material.ts';
import { listMaterials } from './list-materials.ts';
import { rotationError } from './rotation-error.ts';
import { entryOf, isMade } from './settled-record.ts';
import { lookAtRotation, waitForRotation } from './wait-for-rotation.ts';

/**
 * How often it is looked whether KMS is at it, in some five seconds: what was asked of it just now may not be seen yet, and
 * asking once more would make a second version.
 */
const looks = 6;

/** Has material rotated in that somebody imported for it and left. Gives whether there was any. */
async function rotateImported(vault: KmsVault, key: KmsKey, call: Call): Promise<boolean> {
  if (key.origin !== 'EXTERNAL' || key.state !== 'Enabled') return false;
  if (!(await listMaterials(vault, key.id, call)).some(({ waiting }) => waiting)) return false;
  try {
    await vault.client.rotateKeyOnDemand({ KeyId: key.id }, { abortSignal: call.signal });
  } catch (error) {
    throw rotationError(error);
  }
  return true;
}

/** The key once KMS has rotated it; nothing where nothing came of it. */
async function rotated(
  vault: KmsVault,
  { key, record }: OwnVersion,
  call: Call,
): Promise<KmsKey | undefined> {
  const id = currentMaterialId(key);
  // Without an entry it is a version that KMS has made by itself.
  if (isMade(record, id) && entryOf(record, id) !== undefined) return key;
  for (let look = 1; look <= looks; look++) {
    const seen = await lookAtRotation(vault, key.id, id, call);
    if (typeof seen === 'object') return seen;
    if (seen === 'running' || (await rotateImported(vault, key, call)))
      return waitForRotation(vault, key.id, id, call);
    await pauseAfter(vault, look, call);
  }
  return undefined;
}

/** What is left to do of a version that was announced, once KMS has rotated the key for it, as data. */
export function finishFlow(vault: KmsVault, announced: OwnRecord): Flow<MakingState> {
  return { name: 'finish-material', steps: afterRotationSteps(vault, announced) };
}

/**
 * Finishes what somebody began and did not end: a version that was announced in the record. Where KMS is rotating, that is
 * waited for; where nothing came of it, the next version takes its place.
 */
export async function finishRotation(vault: KmsVault, current: OwnVersion, call: Call): Promise<OwnVersion> {
  const { record, name } = current;
  if (record.making === undefined) return current;
  try {
    const key = await rotated(vault, current, call);
    if (key === undefined) return current;
    const finished = made(await runSteps(vault, finishFlow(vault, record), { key }, call));
    return requireOwnVersion(await asVersion(vault, name, finished, call));
  } catch (error) {
    // It was half done before this call, whatever came of this one.
    throw halfDone('finish-material', error);
  }
}
