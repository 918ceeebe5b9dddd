import type { FlowStep } from '@keyway/core/driver';
import { writeRecord } from '../describe-version.ts';
import type { OwnRecord } from '../kms-key.ts';
import { disableStep, made } from '../make-version-flow.ts';
import type { MakingState } from '../make-version-flow.ts';
import type { KmsVault } from '../vault.ts';
import { currentMaterialId } from './current-material.ts';
import { followPolicy } from './kms-rotation.ts';
import { shortId, withVersion } from './settled-record.ts';

type Step = FlowStep<MakingState>;

function policyStep(vault: KmsVault, { rotationPolicy, making }: OwnRecord): Step {
  return {
    name: 'policy',
    async run(state, call) {
      await followPolicy(vault, made(state), { rotationPolicy, createdOn: making?.startedOn }, call);
      return state;
    },
  };
}

/** Writes the version into the record, and that it is no longer in the making: with this it is whole. */
function recordStep(vault: KmsVault, announced: OwnRecord): Step {
  const { startedOn = 0, requestId } = announced.making ?? {};
  return {
    name: 'record',
    async run(state, call) {
      const key = made(state);
      const id = currentMaterialId(key);
      const { enabled: _, ...now } = key.record ?? announced;
      const written = withVersion(now, { id, createdOn: startedOn, requestId });
      const others = now.making?.requestId === requestId ? undefined : now.making;
      const after = { ...written, current: shortId(id), making: others };
      await writeRecord(vault, key.id, after, call);
      return { key: { ...key, record: after } };
    },
  };
}

/**
 * What follows once KMS has rotated a key for a version that was announced in its record. Each step may be run again, by
 * whoever finds that it was not done.
 */
export function afterRotationSteps(vault: KmsVault, announced: OwnRecord): readonly Step[] {
  return [
    ...(announced.rotationPolicy === undefined ? [] : [policyStep(vault, announced)]),
    ...(announced.enabled === false ? [disableStep(vault)] : []),
    recordStep(vault, announced),
  ];
}
