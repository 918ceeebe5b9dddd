import { KeyManagerError } from '@keyway/core/driver';
import type { Call } from '@keyway/core/driver';
import { otherStrategy } from './key-record.ts';
import { asVersion } from './key-record.ts';
import type { Version } from './key-record.ts';
import { describeKey, isDeleted } from './kms-key.ts';
import type { KmsKey, OwnRecord } from './kms-key.ts';
import { findCurrent } from './locate.ts';
import { eventually, isTaken, isWrongState, maxRaces, pauseAfter } from './run-steps.ts';
import type { KmsVault } from './vault.ts';

/** A version of our own whose record is whole. */
export interface OwnVersion extends Version {
  readonly record: OwnRecord;
}

/** The newest version of a name: what the next one, or a deletion, builds on. */
export interface Standing {
  readonly current: OwnVersion;
  readonly sequence: number;
}

function conflict(message: string): KeyManagerError {
  return new KeyManagerError('ERR_CONFLICT', message);
}

/** Refuses what is not ours, or cannot be trusted to be. */
export function requireOwnVersion(version: Version): OwnVersion {
  const { ownership, record } = version;
  if (ownership === 'external') {
    const { reason, alternative } = otherStrategy(version.key) ?? {};
    if (reason !== undefined)
      throw new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', reason, { alternative });
    throw new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', 'The key was made by other software', {
      alternative: 'adoptKey',
    });
  }
  if (record === undefined) {
    throw new KeyManagerError('ERR_INTEGRITY', 'The record of this key is missing or damaged');
  }
  return { ...version, record };
}

/** Makes the alias of a name point to a version, wherever it points now. May be run again. */
export async function movePointer(vault: KmsVault, name: string, keyId: string, call: Call): Promise<void> {
  const input = { AliasName: vault.aliases.current(name), TargetKeyId: keyId };
  await eventually(vault, call, () => vault.client.updateAlias(input, { abortSignal: call.signal }));
}

/** Makes the alias of a name where there is none. */
export async function makePointer(vault: KmsVault, name: string, keyId: string, call: Call): Promise<void> {
  const input = { AliasName: vault.aliases.current(name), TargetKeyId: keyId };
  await eventually(vault, call, () => vault.client.createAlias(input, { abortSignal: call.signal }));
}

/** The first claim of a name without an alias: a run that stopped before it made one. Gives whether there was one. */
async function finishFirst(vault: KmsVault, name: string, call: Call): Promise<boolean> {
  const first = await describeKey(vault, vault.aliases.claim(name, 1), call);
  if (first === undefined) return false;
  if (isDeleted(first)) {
    throw new KeyManagerError('ERR_KEY_DELETED', 'KMS has not yet destroyed all versions of the deleted key');
  }
  if (first.record?.name !== name) {
    throw conflict('An adoption of a key under this name has stopped half way: adoptKey finishes it');
  }
  try {
    await makePointer(vault, name, first.id, call);
  } catch (error) {
    // Somebody else has finished it.
    if (!isTaken(error)) throw error;
  }
  return true;
}

/** A version that is claimed. */
export interface Claimed {
  readonly keyId: string;
  readonly sequence: number;
}

/** A version that is claimed after the current one and still fit to become current. */
function isSuccessor(key: KmsKey, name: string, sequence: number): boolean {
  return key.record?.name === name && key.record.sequence === sequence && !isDeleted(key);
}

/** The newest version after one that is claimed, itself where there is none. A number claimed by a deletion is no version. */
export async function newestAfter(
  vault: KmsVault,
  name: string,
  claimed: Claimed,
  call: Call,
): Promise<Claimed> {
  let newest = claimed;
  for (let sequence = claimed.sequence + 1; ; sequence++) {
    const next = await describeKey(vault, vault.aliases.claim(name, sequence), call);
    if (next === undefined) return newest;
    if (next.id === newest.keyId) continue;
    if (!isSuccessor(next, name, sequence)) return newest;
    newest = { keyId: next.id, sequence };
  }
}

/** The error for a name whose key is deleted; keys of others are none of our business even then. */
function deletedError(version: Version): KeyManagerError {
  if (version.ownership === 'external') requireOwnVersion(version);
  return new KeyManagerError(
    'ERR_KEY_DELETED',
    'The name belongs to a deleted key: recover it, or wait until KMS has destroyed it',
  );
}

/**
 * The current version: where the alias was just moved, the one that it was moved to. The alias itself may be seen at its
 * former key for a while, and to move it again would only begin that while anew.
 */
async function currentAfter(
  vault: KmsVault,
  name: string,
  moved: string | undefined,
  call: Call,
): Promise<Version | undefined> {
  const key = moved === undefined ? undefined : await describeKey(vault, moved, call);
  return key === undefined ? findCurrent(vault, name, call) : asVersion(vault, name, key, call);
}

/**
 * Reads where a name stands, having first finished what others left: a claimed version that the alias does not point to yet.
 *
 * @returns Nothing where the name is free.
 * @throws ERR_KEY_DELETED, ERR_OPERATION_NOT_PERMITTED for a key of others, ERR_INTEGRITY for a damaged record.
 * @throws ERR_CONFLICT where a deletion is under way, unless `deleting`.
 */
export async function readStanding(
  vault: KmsVault,
  name: string,
  call: Call,
  deleting = false,
): Promise<Standing | undefined> {
  let moved: string | undefined;
  for (let round = 1; round <= maxRaces; round++) {
    if (round > 1) await pauseAfter(vault, round - 1, call);
    const found = await currentAfter(vault, name, moved, call);
    if (found === undefined && vault.materials !== undefined) return undefined;
    if (found === undefined) {
      if (await finishFirst(vault, name, call)) continue;
      return undefined;
    }
    if (isDeleted(found.key)) throw deletedError(found);
    const current = requireOwnVersion(found);
    const { sequence } = current.record;
    // There is no other KMS key that could be the next version.
    if (vault.materials !== undefined) return { current, sequence };
    const next = await describeKey(vault, vault.aliases.claim(name, sequence + 1), call);
    if (next === undefined || (deleting && next.id === current.key.id)) return { current, sequence };
    if (next.id === current.key.id) {
      if (isDeleted(next)) throw deletedError(found);
      throw conflict(
        'The key is being deleted: beginDeleteKey finishes that, beginRecoverDeletedKey takes it back',
      );
    }
    if (!isSuccessor(next, name, sequence + 1)) {
      throw conflict(
        'The next version of this key is claimed by a KMS key that cannot become current: see diagnose',
      );
    }
    try {
      // To the newest at once: what was read of the alias may be old, and it must not go back.
      const { keyId } = await newestAfter(vault, name, { keyId: next.id, sequence: sequence + 1 }, call);
      await movePointer(vault, name, keyId, call);
      moved = keyId;
    } catch (error) {
      // It was deleted just now: look again.
      if (!isWrongState(error)) throw error;
      moved = undefined;
    }
  }
  throw new KeyManagerError('ERR_CONFLICT', 'Others keep making versions of this key', { retryable: true });
}
