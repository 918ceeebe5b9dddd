import { isKeyManagerError, KeyManagerError } from '@keyway/core/driver';
import type {
  Call,
  DeletedRecord,
  DeletedSummary,
  DeletionMethods,
  Page,
  PageRequest,
} from '@keyway/core/driver';
import { deletionFlow, recoveredMeanwhile, recoveryFlow } from './deletion-flow.ts';
import type { DeletionPlan } from './deletion-flow.ts';
import { toRecord, toSummary } from './key-record.ts';
import type { Version } from './key-record.ts';
import { describeKey, isDeleted, isPending } from './kms-key.ts';
import { currentVersions } from './listing.ts';
import { findCurrent, notFound } from './locate.ts';
import { numbered, readOlder, requireOurs } from './numbered-versions.ts';
import { pipelined } from './pipelined.ts';
import { recoverKey } from './recovery.ts';
import { isTaken, isWrongState, maxRaces, pauseAfter, runSteps } from './run-steps.ts';
import { readStanding } from './standing.ts';
import type { KmsVault } from './vault.ts';

async function toDeleted(vault: KmsVault, version: Version, call: Call): Promise<DeletedRecord> {
  const { record, key } = version;
  return {
    key: await toRecord(vault, version, call),
    deletedOn: record?.deletedOn,
    scheduledPurgeDate: key.deletionDate,
  };
}

/** The newest version of a live name. */
async function liveVersion(vault: KmsVault, name: string, call: Call): Promise<Version | undefined> {
  try {
    return (await readStanding(vault, name, call, true))?.current;
  } catch (error) {
    // Somebody deleted it just now, or KMS is destroying the last versions.
    if (isKeyManagerError(error) && error.code === 'ERR_KEY_DELETED') throw notFound('key', true);
    throw error;
  }
}

/** What is to be deleted, having finished what others left half way. Nothing is to be done for a key that is deleted whole. */
async function planDeletion(
  vault: KmsVault,
  name: string,
  call: Call,
): Promise<{ readonly plan: DeletionPlan; readonly marked: boolean }> {
  const found = await findCurrent(vault, name, call);
  if (found !== undefined) requireOurs(found);
  const deleted = found !== undefined && isDeleted(found.key);
  const damaged = found !== undefined && found.record === undefined;
  // A version whose claim was all that came of it is finished, then deleted.
  const target = deleted || damaged ? found : await liveVersion(vault, name, call);
  if (target === undefined) throw notFound();
  const current = await numbered(vault, target, call);
  const { older } = await readOlder(vault, current, call);
  const whole = deleted && isPending(current.key) && older.every(({ key }) => isPending(key));
  if (whole) throw notFound('key', true);
  const deletedOn = current.record?.deletedOn ?? call.now;
  return { plan: { name, current, older, deletedOn }, marked: deleted };
}

/**
 * Takes back what a deletion did to the versions of a key that somebody recovered at the same time: the recovery goes
 * before it.
 */
async function takeBack(vault: KmsVault, plan: DeletionPlan, call: Call): Promise<void> {
  const again = await pipelined([plan.current, ...plan.older], async (version) => {
    const key = await describeKey(vault, version.key.id, call);
    return key === undefined ? [] : [{ ...version, key, record: key.record ?? version.record }];
  });
  const [current, ...older] = again.flat().map((version) => {
    const { record } = version;
    const enabled = record?.stateBeforeDeletion?.enabled ?? plannedState(plan, version.key.id);
    return { ...version, record: record && { ...record, stateBeforeDeletion: { enabled } } };
  });
  if (current === undefined || current.record?.deletedOn !== undefined) return;
  const claimed = current.record?.sequence ?? current.sequence;
  const flow = recoveryFlow(vault, { name: plan.name, current, older, claimed });
  await runSteps(vault, flow, undefined, call);
}

/** Whether a version was enabled when the deletion was decided upon. */
function plannedState({ current, older }: DeletionPlan, id: string): boolean {
  const planned = [current, ...older].find(({ key }) => key.id === id);
  return planned?.record?.stateBeforeDeletion?.enabled ?? planned?.key.state !== 'Disabled';
}

async function tryDelete(vault: KmsVault, name: string, call: Call): Promise<DeletedRecord | undefined> {
  const { plan, marked } = await planDeletion(vault, name, call);
  try {
    await runSteps(vault, deletionFlow(vault, plan, marked), undefined, call);
  } catch (error) {
    // Others made a version, or deleted or recovered the key, at the same time: what is to be done now?
    if (isTaken(error) || isWrongState(error)) return undefined;
    throw error;
  }
  const current = await findCurrent(vault, name, call);
  const same = current?.key.id === plan.current.key.id;
  if (
    current !== undefined &&
    same &&
    (current.record?.deletedOn !== undefined || plan.current.record === undefined)
  ) {
    return toDeleted(vault, current, call);
  }
  await takeBack(vault, plan, call);
  throw recoveredMeanwhile();
}

async function deleteKey(vault: KmsVault, name: string, call: Call): Promise<DeletedRecord> {
  for (let race = 1; race <= maxRaces; race++) {
    const deleted = await tryDelete(vault, name, call);
    if (deleted !== undefined) return deleted;
    await pauseAfter(vault, race, call);
  }
  throw new KeyManagerError('ERR_CONFLICT', 'Others keep making versions of this key', { retryable: true });
}

async function readDeleted(vault: KmsVault, name: string, call: Call): Promise<DeletedRecord> {
  const current = await findCurrent(vault, name, call);
  if (current === undefined || !isDeleted(current.key)) throw notFound('deleted key');
  return toDeleted(vault, current, call);
}

async function listDeleted(vault: KmsVault, request: PageRequest, call: Call): Promise<Page<DeletedSummary>> {
  const { items, next } = await currentVersions(vault, request, call);
  const deleted = items.filter(({ key }) => isDeleted(key));
  return {
    items: deleted.map((version) => ({
      key: toSummary(version),
      deletedOn: version.record?.deletedOn,
      scheduledPurgeDate: version.key.deletionDate,
    })),
    next,
  };
}

/** Deleting, and what follows. KMS destroys keys by time only, so there is no purge. */
export function createDeletionMethods(vault: KmsVault): DeletionMethods {
  return {
    delete: ({ name }, call) => deleteKey(vault, name, call),
    readDeleted: ({ name }, call) => readDeleted(vault, name, call),
    listDeleted: (request, call) => listDeleted(vault, request, call),
    recover: (request, call) => recoverKey(vault, request, call),
  };
}
