import { KeyManagerError } from '@keyway/core/driver';
import type { Call, Flow, FlowStep, KeyRecord } from '@keyway/core/driver';
import { operationsOfUsage, shapeOf } from './algorithms.ts';
import type { KeySpecRow } from './algorithms.ts';
import { describeVersion, writeRecord } from './describe-version.ts';
import { asVersion, otherStrategy, reservedTags, tagsOf, toRecord } from './key-record.ts';
import { describeKey, isPending } from './kms-key.ts';
import type { KmsKey, OwnRecord } from './kms-key.ts';
import { notFound } from './locate.ts';
import { isNotFound, isTaken, runSteps } from './run-steps.ts';
import { makePointer } from './standing.ts';
import type { KmsVault } from './vault.ts';

/** The adoption of a KMS key, decided upon. */
export interface AdoptionPlan {
  readonly name: string;
  readonly key: KmsKey;
  readonly record: OwnRecord;
}

/** What the adoption has changed, to be taken back. */
export interface AdoptionState {
  readonly claimed: boolean;
}

const refusal = (message: string): KeyManagerError =>
  new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', message);

/** Refuses what cannot become a key of the contract. */
function requireAdoptable(vault: KmsVault, key: KmsKey): KeySpecRow {
  const shape = shapeOf(key.keySpec);
  const operations = operationsOfUsage(key.keyUsage);
  const other = otherStrategy(key);
  if (other !== undefined) throw refusal(other.reason);
  if (key.managedByAws) throw refusal('The key is one of those that AWS keeps for its services');
  if (isPending(key)) throw refusal('The key is scheduled for deletion');
  if (key.damaged || key.record !== undefined)
    throw refusal(`The key is one of the vault ${vault.prefix} already`);
  if (key.state !== 'Enabled' && key.state !== 'Disabled')
    throw refusal(`The key cannot be used: ${key.state}`);
  if (shape === undefined || operations.length === 0) {
    throw refusal(`The contract has no key of kind ${key.keySpec ?? '?'} for ${key.keyUsage ?? '?'}`);
  }
  if (vault.materials !== undefined && key.currentMaterial === undefined) {
    throw new KeyManagerError(
      'ERR_UNSUPPORTED',
      'The versions of this vault are key materials, and this KMS key has none that can follow each other',
      { alternative: "a vault opened with versions: 'keys'" },
    );
  }
  return shape;
}

/** The record of a key that others made, which must be adoptable: everything that its usage allows, no date, no tag. */
async function recordFor(vault: KmsVault, name: string, key: KmsKey, call: Call): Promise<OwnRecord> {
  const shape = requireAdoptable(vault, key);
  const tags = await tagsOf(vault, key.id, call);
  const owner = tags.get(reservedTags.vault);
  const half = owner === vault.prefix && tags.get(reservedTags.name) === name;
  if (owner !== undefined && !half) throw refusal('The key is one of another Keyway vault');
  await requireName(vault, name, key, call);
  return {
    v: 1,
    name,
    sequence: firstSequence(vault),
    sourceId: key.arn,
    keyType: shape.family,
    size: shape.size,
    curve: shape.curve,
    algorithms: shape.parameterSet === undefined ? undefined : [shape.parameterSet],
    keyOperations: operationsOfUsage(key.keyUsage),
    createdOn: key.createdOn,
    updatedOn: call.now,
    tags: {},
  };
}

/** The number of an adopted version; materials have none. */
const firstSequence = ({ materials }: KmsVault): number => (materials === undefined ? 1 : 0);

/** What AWS takes as the value of a tag: letters, digits, spaces and some signs. */
const tagValue = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;

function claimStep(vault: KmsVault, { name, key }: AdoptionPlan): FlowStep<AdoptionState> {
  const AliasName = vault.aliases.claim(name, 1);
  return {
    name: 'claim',
    async run(_, call) {
      try {
        await vault.client.createAlias({ AliasName, TargetKeyId: key.id }, { abortSignal: call.signal });
        return { claimed: true };
      } catch (error) {
        if (!isTaken(error)) throw error;
      }
      const holder = await describeKey(vault, AliasName, call);
      // An adoption that stopped half way: ours goes on from there.
      if (holder?.id === key.id) return { claimed: false };
      throw new KeyManagerError('ERR_KEY_EXISTS', 'There is a key of that name');
    },
    async settle(_, call) {
      const holder = await describeKey(vault, AliasName, call);
      return holder?.id === key.id ? { outcome: 'done', state: { claimed: true } } : { outcome: 'absent' };
    },
    async undo({ claimed }, call) {
      if (!claimed) return;
      // Whoever adopts the same key at the same time may be done with it: then the claim holds a version.
      const now = await describeKey(vault, key.id, call);
      if (now?.record !== undefined) return;
      try {
        await vault.client.deleteAlias({ AliasName }, { abortSignal: call.signal });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
  };
}

function tagStep(vault: KmsVault, { name, key }: AdoptionPlan): FlowStep<AdoptionState> {
  const kept = tagValue.test(key.description) ? key.description : undefined;
  const tags = [
    { TagKey: reservedTags.vault, TagValue: vault.prefix },
    { TagKey: reservedTags.name, TagValue: name },
    ...(kept === undefined ? [] : [{ TagKey: reservedTags.description, TagValue: kept }]),
  ];
  return {
    name: 'tag',
    async run(state, call) {
      await vault.client.tagResource({ KeyId: key.id, Tags: tags }, { abortSignal: call.signal });
      return state;
    },
    async undo(_, call) {
      const now = await describeKey(vault, key.id, call);
      if (now?.record !== undefined) return;
      const TagKeys = tags.map(({ TagKey }) => TagKey);
      await vault.client.untagResource({ KeyId: key.id, TagKeys }, { abortSignal: call.signal });
    },
  };
}

/** With its record a key is ours. What follows is finished by whoever makes the next version, or adopts it again. */
function recordStep(vault: KmsVault, { key, record }: AdoptionPlan): FlowStep<AdoptionState> {
  return {
    name: 'describe',
    async run(state, call) {
      await writeRecord(vault, key.id, record, call);
      return state;
    },
    async settle(state, call) {
      const now = await describeKey(vault, key.id, call);
      return now?.record === undefined ? { outcome: 'absent' } : { outcome: 'done', state };
    },
    final: true,
  };
}

function pointStep(vault: KmsVault, { name, key }: AdoptionPlan): FlowStep<AdoptionState> {
  return {
    name: 'point',
    async run(state, call) {
      try {
        await makePointer(vault, name, key.id, call);
      } catch (error) {
        // The name was an alias of this key before, or others finished it.
        if (!isTaken(error)) throw error;
      }
      return state;
    },
  };
}

/** The adoption of a key as data. */
export function adoptionFlow(vault: KmsVault, plan: AdoptionPlan): Flow<AdoptionState> {
  const making = [tagStep, recordStep, pointStep];
  const steps = vault.materials === undefined ? [claimStep, ...making] : making;
  return { name: 'adopt', steps: steps.map((step) => step(vault, plan)) };
}

/** The name must be free, or an alias of the key itself. */
async function requireName(vault: KmsVault, name: string, key: KmsKey, call: Call): Promise<void> {
  const holder = await describeKey(vault, vault.aliases.current(name), call);
  if (holder === undefined || holder.id === key.id) return;
  throw new KeyManagerError('ERR_KEY_EXISTS', 'There is a key of that name');
}

/** Keys by vault whose adoption began here and failed after their record may have been written: a repetition finishes it. */
const unanswered = new WeakMap<KmsVault, Set<string>>();

/** An adoption that had come as far as the record is finished; gives the record, or nothing for a key to be adopted. */
async function adoptedBefore(
  vault: KmsVault,
  name: string,
  key: KmsKey,
  call: Call,
): Promise<OwnRecord | undefined> {
  const { record } = key;
  if (record?.name !== name || record.sourceId !== key.arn || isPending(key)) return undefined;
  const holder = await describeKey(vault, vault.aliases.current(name), call);
  if (record.sequence !== firstSequence(vault)) return undefined;
  // Adopted, and the alias was made: this is a second adoption, unless the first one was ours and had no answer.
  const rest = holder?.id === key.id && unanswered.get(vault)?.has(key.id) === true;
  return holder === undefined || rest ? record : undefined;
}

/**
 * Makes a KMS key that others made version 1 of a key of ours. Its material, its policy and its aliases stay as they are;
 * its description becomes the record, and the former one a tag where it fits.
 */
export async function adoptKey(
  vault: KmsVault,
  name: string,
  sourceId: string,
  call: Call,
): Promise<KeyRecord> {
  vault.aliases.current(name);
  const key = await describeKey(vault, sourceId, call);
  if (key === undefined) throw notFound();
  const before = await adoptedBefore(vault, name, key, call);
  const record = before ?? (await recordFor(vault, name, key, call));
  describeVersion(vault, record);
  const plan = { name, key, record };
  const flow = adoptionFlow(vault, plan);
  const steps = before === undefined ? flow.steps : flow.steps.filter((step) => step.name === 'point');
  const begun = unanswered.get(vault) ?? new Set();
  unanswered.set(vault, begun.add(key.id));
  await runSteps(vault, { ...flow, steps }, { claimed: false }, call);
  const adopted = await toRecord(vault, await asVersion(vault, name, { ...key, record }, call), call);
  begun.delete(key.id);
  return adopted;
}
