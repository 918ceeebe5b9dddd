import type { Flow } from '@keyway/core/driver';
import { adoptionFlow } from '../adopt.ts';
import { deletionFlow, recoveryFlow } from '../deletion-flow.ts';
import type { KmsKey, OwnRecord } from '../kms-key.ts';
import type { NumberedVersion } from '../numbered-versions.ts';
import { updateFlow } from '../update.ts';
import type { KmsVault } from '../vault.ts';
import { finishFlow } from './finish-rotation.ts';
import { firstMaterialFlow } from './first-material-flow.ts';
import { createMaterialKnowledge } from './material-knowledge.ts';
import { nextMaterialFlow } from './next-material-flow.ts';
import { policyFlow } from './write-kms-policy.ts';

/** One flow as it runs where versions are key materials: what a test of faults goes through. */
export interface MaterialFlowRow {
  readonly flow:
    | 'create'
    | 'create-disabled'
    | 'import'
    | 'rotate'
    | 'rotate-under-policy'
    | 'create-next-disabled'
    | 'import-next'
    | 'finish'
    | 'policy'
    | 'policy-off'
    | 'delete'
    | 'recover'
    | 'update'
    | 'adopt';
  /** The names of its steps, in their order. */
  readonly steps: readonly string[];
}

const record: OwnRecord = { v: 1, name: 'k', sequence: 0, keyType: 'oct', keyOperations: [] };
const spec = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' } as const;

function keyIn(state: KmsKey['state'], written: OwnRecord): KmsKey {
  return {
    id: 'id',
    arn: 'arn',
    ...spec,
    state,
    createdOn: 0,
    deletionDate: undefined,
    origin: 'AWS_KMS',
    managedByAws: false,
    description: '',
    record: written,
    damaged: false,
    currentMaterial: 'm',
  };
}

const stepsOf = <State>({ steps }: Pick<Flow<State>, 'steps'>): readonly string[] =>
  steps.map(({ name }) => name);

function makeRows(): readonly MaterialFlowRow[] {
  // No step is run, so nothing is asked of the vault.
  const vault = {
    aliases: { current: () => '', claim: () => '' },
    materials: createMaterialKnowledge(),
  } as object as KmsVault;
  const octets = new Uint8Array();
  const material = { wrapping: 'RSAES_OAEP_SHA_256', octets, publicKey: undefined } as const;
  const plan = { name: 'k', sequence: 0, spec, record, enabled: true };
  const current = { name: 'k', key: keyIn('Enabled', record), ownership: 'own', record } as const;
  const announced = { ...record, making: { after: 'm', startedOn: 0, requestId: 'r' } };
  const yearly = { action: 'rotate', timeAfterCreate: 'P1Y' } as const;
  const ruled: OwnRecord = { ...record, rotationPolicy: { lifetimeActions: [yearly] } };
  const gone: OwnRecord = { ...record, deletedOn: 0, stateBeforeDeletion: { enabled: true } };
  const deleted: NumberedVersion = {
    name: 'k',
    key: keyIn('PendingDeletion', gone),
    ownership: 'own',
    record: gone,
    sequence: 0,
  };
  const deletion = { name: 'k', current: { ...current, sequence: 0 }, older: [], deletedOn: 0 };
  const next = (more: Partial<OwnRecord>, imports = false): readonly string[] => {
    const imported = imports ? { material } : {};
    return stepsOf(
      nextMaterialFlow(vault, {
        current,
        record: { ...announced, ...more, making: announced.making },
        ...imported,
      }),
    );
  };
  return [
    { flow: 'create', steps: stepsOf(firstMaterialFlow(vault, plan, record)) },
    {
      flow: 'create-disabled',
      steps: stepsOf(firstMaterialFlow(vault, { ...plan, enabled: false }, record)),
    },
    { flow: 'import', steps: stepsOf(firstMaterialFlow(vault, { ...plan, material }, record)) },
    { flow: 'rotate', steps: next({}) },
    { flow: 'rotate-under-policy', steps: next({ rotationPolicy: { lifetimeActions: [] } }) },
    { flow: 'create-next-disabled', steps: next({ enabled: false }) },
    { flow: 'import-next', steps: next({}, true) },
    { flow: 'finish', steps: stepsOf(finishFlow(vault, announced)) },
    { flow: 'policy', steps: stepsOf(policyFlow(vault, current, ruled, { now: 0 })) },
    { flow: 'policy-off', steps: stepsOf(policyFlow(vault, current, record, { now: 0 })) },
    { flow: 'delete', steps: stepsOf(deletionFlow(vault, deletion, false)) },
    {
      flow: 'recover',
      steps: stepsOf(recoveryFlow(vault, { name: 'k', current: deleted, older: [], claimed: 0 })),
    },
    { flow: 'update', steps: stepsOf(updateFlow(vault, current, record, false)) },
    { flow: 'adopt', steps: stepsOf(adoptionFlow(vault, { name: 'k', key: current.key, record })) },
  ];
}

/** Every flow, with the names of its steps. */
export const materialFlowRows: readonly MaterialFlowRow[] = makeRows();
