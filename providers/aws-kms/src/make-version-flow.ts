import type { CreateKeyCommandInput } from '@aws-sdk/client-kms';
import { KeyManagerError } from '@keyway/core/driver';
import type { Call, Flow, FlowStep, StepReading, VaultRecord } from '@keyway/core/driver';
import type { KmsSpec } from './algorithms.ts';
import { describeVersion } from './describe-version.ts';
import { importMaterial } from './import-material.ts';
import type { ImportableMaterial } from './import-material.ts';
import { reservedTags } from './key-record.ts';
import { describeKey, readKmsKey } from './kms-key.ts';
import type { KmsKey } from './kms-key.ts';
import { publicKeyOf } from './public-keys.ts';
import { eventually, isNotFound, isTaken, isWrongState } from './run-steps.ts';
import { makePointer, movePointer, newestAfter } from './standing.ts';
import type { Claimed } from './standing.ts';
import type { KmsVault } from './vault.ts';

/** The version to be made, decided upon. */
export interface VersionPlan {
  readonly name: string;
  readonly sequence: number;
  readonly spec: KmsSpec;
  /** What its description is to say, but for its number. */
  readonly record: Omit<VaultRecord, 'sequence'>;
  readonly enabled: boolean;
  readonly material?: ImportableMaterial | undefined;
}

/** What later steps need of the KMS key: none before it is made. */
export interface MakingState {
  readonly key?: KmsKey | undefined;
}

/** Days that a KMS key which became no version is kept: the fewest that KMS allows. */
const leftoverDays = 7;

const lostClaims = new WeakSet<object>();

/** Whether a flow ended because somebody else had claimed the version. */
export function isLostClaim(error: unknown): boolean {
  return typeof error === 'object' && error !== null && lostClaims.has(error);
}

export function lostClaim(): KeyManagerError {
  const error = new KeyManagerError('ERR_CONFLICT', 'Somebody else has made the next version meanwhile');
  lostClaims.add(error);
  return error;
}

export function made({ key }: MakingState): KmsKey {
  if (key === undefined) throw new KeyManagerError('ERR_UNKNOWN', 'The KMS key was not made');
  return key;
}

function creation(
  vault: KmsVault,
  { name, sequence, spec, record, material }: VersionPlan,
): CreateKeyCommandInput {
  return {
    KeySpec: spec.keySpec,
    KeyUsage: spec.keyUsage,
    Origin: material === undefined ? 'AWS_KMS' : 'EXTERNAL',
    Description: describeVersion(vault, { ...record, sequence }),
    Tags: [
      { TagKey: reservedTags.vault, TagValue: vault.prefix },
      { TagKey: reservedTags.name, TagValue: name },
    ],
  };
}

/** Undoes the making of a KMS key that no name points to. */
async function discard(vault: KmsVault, keyId: string, call: Call): Promise<void> {
  try {
    await eventually(vault, call, () =>
      vault.client.scheduleKeyDeletion(
        { KeyId: keyId, PendingWindowInDays: leftoverDays },
        { abortSignal: call.signal },
      ),
    );
  } catch (error) {
    if (!isNotFound(error) && !isWrongState(error)) throw error;
  }
}

export function createStep(vault: KmsVault, plan: VersionPlan): FlowStep<MakingState> {
  return {
    name: 'create-key',
    async run(_, call) {
      const answer = await vault.client.createKey(creation(vault, plan), { abortSignal: call.signal });
      return { key: readKmsKey(vault, answer.KeyMetadata) };
    },
    // Where the answer was lost nobody knows the key, so that nothing is undone: it is of no name, and diagnose finds it
    // by its tags.
    undo: async (state, call) => discard(vault, made(state).id, call),
  };
}

export function importStep(vault: KmsVault, material: ImportableMaterial): FlowStep<MakingState> {
  return {
    name: 'import-material',
    async run(state, call) {
      const key = made(state);
      const currentMaterial = await importMaterial(vault, key.id, material, call);
      if (material.publicKey !== undefined) vault.publicKeys.set(key.id, material.publicKey);
      return { key: { ...key, state: 'Enabled', currentMaterial } };
    },
  };
}

export function disableStep(vault: KmsVault): FlowStep<MakingState> {
  return {
    name: 'disable',
    async run(state, call) {
      const key = made(state);
      const options = { abortSignal: call.signal };
      // KMS hides the public key of a disabled key, so this is the last moment to get it.
      await eventually(vault, call, () => publicKeyOf(vault, key, call));
      await eventually(vault, call, () => vault.client.disableKey({ KeyId: key.id }, options));
      return { key: { ...key, state: 'Disabled' } };
    },
  };
}

/** Tries to make an alias for a KMS key; gives whether it is its own. */
async function tryClaim(vault: KmsVault, alias: string, keyId: string, call: Call): Promise<boolean> {
  try {
    await eventually(vault, call, () =>
      vault.client.createAlias({ AliasName: alias, TargetKeyId: keyId }, { abortSignal: call.signal }),
    );
    return true;
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  // It is there, so it can be read, sooner or later.
  const key = await eventually(vault, call, () =>
    vault.client.describeKey({ KeyId: alias }, { abortSignal: call.signal }),
  );
  return key.KeyMetadata?.KeyId === keyId;
}

/** The step that makes a version of a KMS key, by an alias that can be made once. */
export function claimStep(vault: KmsVault, alias: string): FlowStep<MakingState> {
  return {
    name: 'claim',
    async run(state, call) {
      if (!(await tryClaim(vault, alias, made(state).id, call))) throw lostClaim();
      return state;
    },
    // Reading could miss an alias that was just made, and its key would be thrown away under it. Claiming again cannot.
    async settle(state, call): Promise<StepReading<MakingState>> {
      const ours = await tryClaim(vault, alias, made(state).id, call);
      return ours ? { outcome: 'done', state } : { outcome: 'absent' };
    },
    final: true,
  };
}

/** Makes the alias of a new name; where somebody has made it meanwhile, gives the version that it points to. */
async function firstPointer(vault: KmsVault, name: string, first: Claimed, call: Call): Promise<Claimed> {
  try {
    await makePointer(vault, name, first.keyId, call);
    return first;
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  const key = await describeKey(vault, vault.aliases.current(name), call);
  if (key?.record?.name === name) return { keyId: key.id, sequence: key.record.sequence };
  throw new KeyManagerError('ERR_KEY_EXISTS', 'Other software has given the name to a key of its own');
}

/** Makes the alias of the name point to the newest version: this one, or one that somebody made after it. */
async function pointToNewest(vault: KmsVault, name: string, claimed: Claimed, call: Call): Promise<void> {
  let pointed = claimed;
  if (claimed.sequence === 1) pointed = await firstPointer(vault, name, claimed, call);
  else await movePointer(vault, name, claimed.keyId, call);
  for (;;) {
    const newest = await newestAfter(vault, name, pointed, call);
    if (newest.keyId === pointed.keyId) return;
    await movePointer(vault, name, newest.keyId, call);
    pointed = newest;
  }
}

function pointStep(vault: KmsVault, { name, sequence }: VersionPlan): FlowStep<MakingState> {
  return {
    name: 'point',
    async run(state, call) {
      try {
        await pointToNewest(vault, name, { keyId: made(state).id, sequence }, call);
      } catch (error) {
        if (!isWrongState(error)) throw error;
        // Somebody finished the version for us and has deleted the key since.
        throw new KeyManagerError('ERR_KEY_DELETED', 'The key was deleted meanwhile', { cause: error });
      }
      return state;
    },
  };
}

/** Steps of which a failure means that no version came of it. */
export const certainSteps: readonly string[] = ['create-key'];

/** The making of a version as data. */
export function makeVersionFlow(vault: KmsVault, plan: VersionPlan): Flow<MakingState> {
  return {
    name: 'make-version',
    steps: [
      createStep(vault, plan),
      ...(plan.material === undefined ? [] : [importStep(vault, plan.material)]),
      ...(plan.enabled ? [] : [disableStep(vault)]),
      claimStep(vault, vault.aliases.claim(plan.name, plan.sequence)),
      pointStep(vault, plan),
    ],
  };
}
