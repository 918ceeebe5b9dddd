import type { Call, FlowStep, PolicyRecord } from '@keyway/core/driver';
import { writeRecord } from '../describe-version.ts';
import type { OwnRecord } from '../kms-key.ts';
import { runSteps } from '../run-steps.ts';
import type { OwnVersion } from '../standing.ts';
import type { KmsVault } from '../vault.ts';
import { followPolicy } from './kms-rotation.ts';

/** The change of a policy as data: the text in the record, then KMS's own rotation by it. */
export function policyFlow(
  vault: KmsVault,
  { key, record, material }: OwnVersion,
  after: OwnRecord,
): { readonly name: string; readonly steps: readonly FlowStep<boolean>[] } {
  const createdOn = material?.createdOn;
  const follow = (to: OwnRecord, call: Call): Promise<boolean> =>
    followPolicy(vault, key, { rotationPolicy: to.rotationPolicy, createdOn }, call);
  return {
    name: 'policy',
    steps: [
      {
        name: 'describe',
        async run(state, call) {
          await writeRecord(vault, key.id, after, call);
          return state;
        },
        undo: (_, call) => writeRecord(vault, key.id, record, call),
      },
      {
        name: 'kms-rotation',
        run: (_, call) => follow(after, call),
        undo: async (_, call) => void (await follow(record, call)),
      },
    ],
  };
}

/** Writes a policy, and has KMS run it where it can hold it exactly. */
export async function writeKmsPolicy(
  vault: KmsVault,
  version: OwnVersion,
  after: OwnRecord,
  call: Call,
): Promise<PolicyRecord> {
  const held = await runSteps(vault, policyFlow(vault, version, after), false, call);
  const policy = after.rotationPolicy ?? { lifetimeActions: [] };
  return held ? { ...policy, runBy: 'vault' } : policy;
}
