import type { Flow, FlowStep } from '@keyway/core/driver';
import { writeRecord } from '../describe-version.ts';
import type { KmsKey, OwnRecord } from '../kms-key.ts';
import { claimStep, createStep, disableStep, importStep, made } from '../make-version-flow.ts';
import type { MakingState, VersionPlan } from '../make-version-flow.ts';
import { eventually } from '../run-steps.ts';
import type { KmsVault } from '../vault.ts';
import { currentMaterialId } from './current-material.ts';
import { withVersion } from './settled-record.ts';

/** The record of a key that was just made, with its first version in it. */
function firstRecord(key: KmsKey, record: OwnRecord): OwnRecord {
  const { createdOn = key.createdOn, requestId } = record;
  return withVersion(record, { id: currentMaterialId(key), createdOn, requestId });
}

/** Writes the first version into the record: only now is it known what KMS calls it. */
function describeStep(vault: KmsVault, record: OwnRecord): FlowStep<MakingState> {
  return {
    name: 'describe',
    async run(state, call) {
      const key = made(state);
      const written = firstRecord(key, record);
      await eventually(vault, call, () => writeRecord(vault, key.id, written, call));
      return { key: { ...key, record: written } };
    },
  };
}

/** The making of a key whose versions are its materials, as data. The alias of the name is the claim: it can be made once. */
export function firstMaterialFlow(vault: KmsVault, plan: VersionPlan, record: OwnRecord): Flow<MakingState> {
  return {
    name: 'make-key',
    steps: [
      createStep(vault, plan),
      ...(plan.material === undefined ? [] : [importStep(vault, plan.material)]),
      describeStep(vault, record),
      ...(plan.enabled ? [] : [disableStep(vault)]),
      claimStep(vault, vault.aliases.current(plan.name)),
    ],
  };
}
