import { KeyManagerError } from '@keyway/core/driver';
import type { Call, KeyRecord } from '@keyway/core/driver';
import { recoveryFlow } from './deletion-flow.ts';
import { asVersion, toRecord } from './key-record.ts';
import { describeKey, isDeleted, isPending } from './kms-key.ts';
import type { KmsKey } from './kms-key.ts';
import { findCurrent, notFound } from './locate.ts';
import { numbered, readOlder, requireOurs } from './numbered-versions.ts';
import type { NumberedVersion } from './numbered-versions.ts';
import { isWrongState, maxRaces, pauseAfter, runSteps } from './run-steps.ts';
import type { KmsVault } from './vault.ts';

/** What came back, and what did not. */
interface Recovery {
  readonly key: KeyRecord;
  readonly lostVersions: readonly string[];
}

/** The highest number that is claimed for the current version itself, or for one that was deleted before it was current. */
async function claimedFor(
  vault: KmsVault,
  current: NumberedVersion,
  call: Call,
): Promise<{ readonly claimed: number; readonly successor: KmsKey | undefined }> {
  if (vault.materials !== undefined) return { claimed: current.sequence, successor: undefined };
  const claimed = current.sequence + 1;
  const next = await describeKey(vault, vault.aliases.claim(current.name, claimed), call);
  if (next?.id === current.key.id) return { claimed, successor: undefined };
  return { claimed: current.sequence, successor: next };
}

async function tryRecover(
  vault: KmsVault,
  { name, allowPartial }: { readonly name: string; readonly allowPartial: boolean },
  call: Call,
  ranBefore: boolean,
): Promise<Recovery | 'raced' | 'ran'> {
  const found = await findCurrent(vault, name, call);
  if (found === undefined) throw notFound('deleted key');
  requireOurs(found);
  const current = await numbered(vault, found, call);
  const { claimed, successor } = await claimedFor(vault, current, call);
  const { older, lost } = await readOlder(vault, current, call);
  // A version that somebody scheduled for deletion before the alias pointed to it comes back like the older ones.
  const stranded: readonly NumberedVersion[] =
    successor?.record?.name === name && isPending(successor)
      ? [{ ...(await asVersion(vault, name, successor, call)), sequence: current.sequence + 1 }]
      : [];
  if (isDeleted(found.key) && lost.length > 0 && !allowPartial) {
    throw new KeyManagerError('ERR_CONFLICT', 'KMS has destroyed some versions of this key for ever', {
      versions: lost.map(lostVersion),
      alternative: 'allowPartial',
    });
  }
  const flow = recoveryFlow(vault, { name, current, older: [...older, ...stranded], claimed });
  if (flow.steps.length === 0) {
    if (!ranBefore) throw notFound('deleted key');
    return { key: await toRecord(vault, found, call), lostVersions: lost.map(lostVersion) };
  }
  try {
    await runSteps(vault, flow, undefined, call);
  } catch (error) {
    if (isWrongState(error)) return 'raced';
    throw error;
  }
  const live = await recovered(vault, name, call);
  // What was read of the alias was old, or somebody has made a version since: is anything of the key still deleted?
  if (live.version !== current.key.id) return 'ran';
  return { key: live, lostVersions: lost.map(lostVersion) };
}

/** KMS keeps nothing of a key that it has destroyed, so that only the number of the version is known. */
const lostVersion = (sequence: number): string => `v/${sequence}`;

const beingDeleted = (): KeyManagerError =>
  new KeyManagerError('ERR_CONFLICT', 'Somebody is deleting the key at the same time');

async function recovered(vault: KmsVault, name: string, call: Call): Promise<KeyRecord> {
  for (let attempt = 1; ; attempt++) {
    const current = await findCurrent(vault, name, call);
    if (current !== undefined && !isDeleted(current.key)) return toRecord(vault, current, call);
    if (attempt === 5) throw beingDeleted();
    await pauseAfter(vault, attempt, call);
  }
}

/** Brings a deleted key back, or takes back a deletion that has not come that far. */
export async function recoverKey(
  vault: KmsVault,
  request: { readonly name: string; readonly allowPartial: boolean },
  call: Call,
): Promise<Recovery> {
  let ran = false;
  for (let race = 1; race <= maxRaces; race++) {
    const done = await tryRecover(vault, request, call, ran);
    if (typeof done === 'object') return done;
    ran ||= done === 'ran';
    await pauseAfter(vault, race, call);
  }
  throw beingDeleted();
}
