import type { Call, Flow, FlowStep, PolicyRecord } from '@keyway/core/driver';
import { writeRecord } from '../describe-version.ts';
import type { OwnRecord } from '../kms-key.ts';
import { runSteps } from '../run-steps.ts';
import type { OwnVersion } from '../standing.ts';
import type { KmsVault } from '../vault.ts';
import { followPolicy, isHeld, switchOff, switchOn } from './kms-rotation.ts';

type Step = FlowStep<undefined>;

const step = (
  name: string,
  run: (call: Call) => Promise<void>,
  undo?: (call: Call) => Promise<void>,
): Step => ({
  name,
  async run(_, call) {
    await run(call);
    return undefined;
  },
  ...(undo === undefined ? {} : { undo: (_: undefined, call: Call) => undo(call) }),
});

/**
 * The change of a policy as data: the text in the record, then KMS's own rotation by it, off and on. Where it may not be
 * switched on, what was on before comes back.
 */
export function policyFlow(
  vault: KmsVault,
  { key, record, material }: OwnVersion,
  after: OwnRecord,
  now: Pick<Call, 'now'>,
): Flow<undefined> {
  const ruled = ({ rotationPolicy }: OwnRecord): Parameters<typeof isHeld>[1] => ({
    rotationPolicy,
    createdOn: material?.createdOn,
  });
  const describe = step(
    'describe',
    (call) => writeRecord(vault, key.id, after, call),
    (call) => writeRecord(vault, key.id, record, call),
  );
  const off = step(
    'switch-off',
    (call) => switchOff(vault, key, call),
    (call) => followPolicy(vault, key, ruled(record), call),
  );
  const on = step('switch-on', (call) => switchOn(vault, key, ruled(after), call));
  const steps = [describe, off, ...(isHeld(key, ruled(after), now) ? [on] : [])];
  return { name: 'policy', steps };
}

/** Writes a policy, and has KMS run it where it can hold it exactly. */
export async function writeKmsPolicy(
  vault: KmsVault,
  version: OwnVersion,
  after: OwnRecord,
  call: Call,
): Promise<PolicyRecord> {
  const flow = policyFlow(vault, version, after, call);
  await runSteps(vault, flow, undefined, call);
  const policy = after.rotationPolicy ?? { lifetimeActions: [] };
  return flow.steps.some(({ name }) => name === 'switch-on') ? { ...policy, runBy: 'vault' } : policy;
}
