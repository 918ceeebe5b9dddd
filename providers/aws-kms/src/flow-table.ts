import type { Flow } from '@keyway/core/driver';
import { adoptionFlow } from './adopt.ts';
import { keySpecRows } from './algorithms.ts';
import type { KmsKeySpec, KmsUsage } from './algorithms.ts';
import { deletionFlow, recoveryFlow } from './deletion-flow.ts';
import type { KmsKey, OwnRecord } from './kms-key.ts';
import { makeVersionFlow } from './make-version-flow.ts';
import type { VersionPlan } from './make-version-flow.ts';
import type { NumberedVersion } from './numbered-versions.ts';
import { updateFlow } from './update.ts';
import type { KmsVault } from './vault.ts';

/** One flow as it runs for one kind of key: what a test of faults goes through. */
export interface FlowRow {
  readonly flow:
    | 'create'
    | 'create-disabled'
    | 'import'
    | 'rotate'
    | 'delete'
    | 'recover'
    | 'update'
    | 'adopt';
  readonly keySpec: KmsKeySpec;
  readonly keyUsage: KmsUsage;
  /** The names of its steps, in their order; of a deletion and a recovery with three versions. */
  readonly steps: readonly string[];
}

type Kind = Pick<FlowRow, 'keySpec' | 'keyUsage'>;

const record: OwnRecord = { v: 1, name: 'k', sequence: 3, keyType: 'EC', keyOperations: [] };

function keyOf({ keySpec, keyUsage }: Kind, state: KmsKey['state']): KmsKey {
  return {
    id: 'id',
    arn: 'arn',
    keySpec,
    keyUsage,
    state,
    createdOn: 0,
    deletionDate: undefined,
    origin: 'AWS_KMS',
    managedByAws: false,
    description: '',
    record,
    damaged: false,
  };
}

function versionOf(kind: Kind, sequence: number, deleted: boolean): NumberedVersion {
  const mark = { deletedOn: 0, stateBeforeDeletion: { enabled: true } };
  const written: OwnRecord = { ...record, sequence, ...(deleted ? mark : {}) };
  const key = { ...keyOf(kind, deleted ? 'PendingDeletion' : 'Enabled'), record: written };
  return { name: 'k', key, ownership: 'own', record: written, sequence };
}

const stepsOf = <State>({ steps }: Flow<State>): readonly string[] => steps.map(({ name }) => name);

/** The flows of one kind of key, put together by the very functions that put together those that run. */
function rowsOf(kind: Kind, importable: boolean): readonly FlowRow[] {
  // No step is run, so nothing is asked of the vault.
  const vault = { aliases: { claim: () => '' } } as object as KmsVault;
  const plan: VersionPlan = { name: 'k', sequence: 1, spec: kind, record, enabled: true };
  const wrapping = 'RSAES_OAEP_SHA_256' as const;
  const material = { wrapping, octets: new Uint8Array(), publicKey: undefined };
  const versions = (deleted: boolean): { older: NumberedVersion[]; current: NumberedVersion } => ({
    older: [versionOf(kind, 1, deleted), versionOf(kind, 2, deleted)],
    current: versionOf(kind, 3, deleted),
  });
  const own = { name: 'k', key: keyOf(kind, 'Enabled'), ownership: 'own', record } as const;
  const create = makeVersionFlow(vault, plan);
  const row = (flow: FlowRow['flow'], steps: readonly string[]): FlowRow => ({ flow, ...kind, steps });
  return [
    row('create', stepsOf(create)),
    row('create-disabled', stepsOf(makeVersionFlow(vault, { ...plan, enabled: false }))),
    ...(importable ? [row('import', stepsOf(makeVersionFlow(vault, { ...plan, material })))] : []),
    row('rotate', stepsOf(create)),
    row('delete', stepsOf(deletionFlow(vault, { name: 'k', ...versions(false), deletedOn: 0 }, false))),
    row('recover', stepsOf(recoveryFlow(vault, { name: 'k', ...versions(true), claimed: 4 }))),
    row('update', stepsOf(updateFlow(vault, own, record, false))),
    row('adopt', stepsOf(adoptionFlow(vault, { name: 'k', key: own.key, record }))),
  ];
}

/** Every flow for every kind of key, with the names of its steps. */
export const flowRows: readonly FlowRow[] = keySpecRows.flatMap(({ keySpec, usages, importable }) =>
  usages.flatMap((keyUsage) => rowsOf({ keySpec, keyUsage }, importable)),
);
