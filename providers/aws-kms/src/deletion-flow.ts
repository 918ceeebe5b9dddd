import { KeyManagerError } from '@keyway/core/driver';
import type { Call, EpochSeconds, Flow, FlowStep } from '@keyway/core/driver';
import { writeRecord } from './describe-version.ts';
import { describeKey, isDeleted, isPending } from './kms-key.ts';
import type { KmsKey } from './kms-key.ts';
import type { NumberedVersion } from './numbered-versions.ts';
import { isWrongState, pauseAfter } from './run-steps.ts';
import type { KmsVault } from './vault.ts';

/** The deletion of a key, decided upon. */
export interface DeletionPlan {
  readonly name: string;
  readonly current: NumberedVersion;
  /** Oldest first, without the current one. */
  readonly older: readonly NumberedVersion[];
  readonly deletedOn: EpochSeconds;
}

type Step = FlowStep<undefined>;

/** A step that may be run again, and is not taken back: the next deletion or recovery of anybody goes on from there. */
const final = (name: string, run: (call: Call) => Promise<unknown>): Step => ({
  name,
  run: async (_, call) => void (await run(call)),
  final: true,
});

/**
 * Claims the next number for the current version: from now on nobody can make another one. That the claim exists says who
 * came first.
 */
function claimStep(vault: KmsVault, { name, current }: DeletionPlan): Step {
  const alias = vault.aliases.claim(name, current.sequence + 1);
  return final('claim', async (call) => {
    const options = { abortSignal: call.signal };
    try {
      await vault.client.createAlias({ AliasName: alias, TargetKeyId: current.key.id }, options);
    } catch (error) {
      const holder = await describeKey(vault, alias, call).catch(() => undefined);
      // A claim of the current version stems from a deletion, ours or that of somebody whose work we go on with.
      if (holder?.id !== current.key.id) throw error;
    }
  });
}

/** Writes into the record what KMS forgets: that the key is deleted, and the state it was in. */
async function mark(vault: KmsVault, key: KmsKey, deletedOn: EpochSeconds, call: Call): Promise<void> {
  const { record, state } = key;
  // Without a record there is nothing to write into; KMS's own state then tells of the deletion.
  if (record === undefined) return;
  const stateBeforeDeletion = { enabled: state !== 'Disabled' };
  await writeRecord(vault, key.id, { ...record, deletedOn, stateBeforeDeletion }, call);
}

async function schedule(vault: KmsVault, keyId: string, call: Call): Promise<void> {
  try {
    await vault.client.scheduleKeyDeletion(
      { KeyId: keyId, PendingWindowInDays: vault.deletionWindowInDays },
      { abortSignal: call.signal },
    );
  } catch (error) {
    // It is scheduled already.
    if (!isWrongState(error)) throw error;
  }
}

/** Schedules an older version. A recovery at the same time may have taken its mark away: then it is set again. */
async function scheduleOlder(
  vault: KmsVault,
  { key }: NumberedVersion,
  deletedOn: EpochSeconds,
  call: Call,
): Promise<void> {
  const now = await describeKey(vault, key.id, call);
  if (now === undefined || isPending(now)) return;
  if (now.record?.deletedOn === undefined) await mark(vault, now, deletedOn, call);
  await schedule(vault, key.id, call);
}

/** How often the mark that was just set is looked for. */
const looksForMark = 5;

/** The error for a deletion that somebody has taken back at the same time. */
export function recoveredMeanwhile(): KeyManagerError {
  return new KeyManagerError(
    'ERR_CONFLICT',
    'Somebody has recovered the key meanwhile: beginDeleteKey deletes it again',
  );
}

/** Somebody may have recovered the key, and even made another version, while this process slept. */
async function requireStillDeleted(
  vault: KmsVault,
  { name, current }: DeletionPlan,
  call: Call,
): Promise<void> {
  for (let look = 1; ; look++) {
    const now = await describeKey(vault, vault.aliases.current(name), call);
    if (now?.id === current.key.id && (current.record === undefined || isDeleted(now))) return;
    // The mark may be too young to be seen.
    if (look === looksForMark) throw recoveredMeanwhile();
    await pauseAfter(vault, look, call);
  }
}

/**
 * The deletion of a key as data: claim (where versions are claimed), mark the older versions, mark the current one, which
 * is the moment of deletion, schedule them all. The current version goes first and the oldest last: KMS removes the aliases of a key that it destroys,
 * and a name must not be free while an older version still holds a number.
 *
 * @param marked The key is deleted already and only to be destroyed.
 */
export function deletionFlow(vault: KmsVault, plan: DeletionPlan, marked: boolean): Flow<undefined> {
  const { current, older, deletedOn } = plan;
  const marking = [
    ...(vault.materials === undefined ? [claimStep(vault, plan)] : []),
    // KMS lets nobody write to a version that somebody has scheduled outside of Keyway; its state tells of it.
    ...older
      .filter(({ key }) => !isPending(key))
      .map(({ sequence, key }) => final(`mark-${sequence}`, (call) => mark(vault, key, deletedOn, call))),
    final('mark-current', (call) => mark(vault, current.key, deletedOn, call)),
  ];
  const scheduling = [
    final('schedule-current', async (call) => {
      await requireStillDeleted(vault, plan, call);
      await schedule(vault, current.key.id, call);
    }),
    ...older
      .toReversed()
      .map((version) =>
        final(`schedule-${version.sequence}`, (call) => scheduleOlder(vault, version, deletedOn, call)),
      ),
  ];
  return { name: 'delete', steps: [...(marked ? [] : marking), ...scheduling] };
}

/** The recovery of a key, decided upon. */
export interface RecoveryPlan {
  readonly name: string;
  readonly current: NumberedVersion;
  readonly older: readonly NumberedVersion[];
  /** The number of the claim that the deletion made for the current version. */
  readonly claimed: number;
}

/** Brings a KMS key back to the state before the deletion. KMS itself leaves it disabled. */
function reviveSteps(vault: KmsVault, suffix: string, { key, record }: NumberedVersion): readonly Step[] {
  const input = { KeyId: key.id };
  const steps: Step[] = [];
  if (isPending(key)) {
    steps.push(
      final(`cancel-${suffix}`, async (call) => {
        try {
          await vault.client.cancelKeyDeletion(input, { abortSignal: call.signal });
        } catch (error) {
          // Somebody else has cancelled it.
          if (!isWrongState(error)) throw error;
        }
      }),
    );
  }
  if (key.state !== 'Enabled' && record?.stateBeforeDeletion?.enabled === true) {
    steps.push(
      final(`enable-${suffix}`, (call) => vault.client.enableKey(input, { abortSignal: call.signal })),
    );
  }
  return steps;
}

function clearStep(
  vault: KmsVault,
  suffix: string,
  { key, record }: NumberedVersion,
  sequence: number,
): Step[] {
  if (record === undefined) return [];
  const marked = record.deletedOn !== undefined || record.sequence !== sequence;
  if (!marked) return [];
  const { deletedOn: _, stateBeforeDeletion: __, ...kept } = record;
  return [final(`clear-${suffix}`, (call) => writeRecord(vault, key.id, { ...kept, sequence }, call))];
}

/**
 * The recovery of a key as data: every version is brought back, then the mark is taken from the current one, which is the
 * moment of recovery, then from the others.
 *
 * The number that the deletion had claimed becomes the current version's own. The claim is never removed: a process that
 * slept could remove that of a version which somebody has made since.
 */
export function recoveryFlow(vault: KmsVault, plan: RecoveryPlan): Flow<undefined> {
  const { current, older, claimed } = plan;
  return {
    name: 'recover',
    steps: [
      ...older.flatMap((version) => reviveSteps(vault, String(version.sequence), version)),
      ...reviveSteps(vault, 'current', current),
      ...clearStep(vault, 'current', current, claimed),
      ...older.flatMap((version) => clearStep(vault, String(version.sequence), version, version.sequence)),
    ],
  };
}
