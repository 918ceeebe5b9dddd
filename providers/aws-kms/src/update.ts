import type { Call, Flow, FlowStep, KeyRecord, PropertyChanges } from '@keyway/core/driver';
import { toRecord } from './key-record.ts';
import { locateVersion } from './locate.ts';
import { describeVersion, writeRecord } from './describe-version.ts';
import type { OwnRecord } from './kms-key.ts';
import { runSteps } from './run-steps.ts';
import { requireOwnVersion } from './standing.ts';
import type { OwnVersion } from './standing.ts';
import type { KmsVault } from './vault.ts';

/** The record of a version with changes; the mark of a deletion that is over goes. */
function changed(record: OwnRecord, changes: PropertyChanges, call: Call): OwnRecord {
  const date = (given: number | null | undefined, before: number | undefined): number | undefined =>
    given === undefined ? before : (given ?? undefined);
  return {
    ...record,
    notBefore: date(changes.notBefore, record.notBefore),
    expiresOn: date(changes.expiresOn, record.expiresOn),
    keyOperations: changes.keyOperations ?? record.keyOperations,
    tags: changes.tags ?? record.tags,
    updatedOn: call.now,
    deletedOn: undefined,
    stateBeforeDeletion: undefined,
  };
}

function recordStep(vault: KmsVault, { key, record }: OwnVersion, after: OwnRecord): FlowStep<undefined> {
  const write = async (wanted: OwnRecord, call: Call): Promise<undefined> => {
    await writeRecord(vault, key.id, wanted, call);
  };
  return {
    name: 'describe',
    run: (_, call) => write(after, call),
    undo: (_, call) => write(record, call),
  };
}

function stateStep(vault: KmsVault, { key }: OwnVersion, enabled: boolean): FlowStep<undefined> {
  const set = async (wanted: boolean, call: Call): Promise<undefined> => {
    const input = { KeyId: key.id };
    const options = { abortSignal: call.signal };
    await (wanted ? vault.client.enableKey(input, options) : vault.client.disableKey(input, options));
  };
  return {
    name: enabled ? 'enable' : 'disable',
    run: (_, call) => set(enabled, call),
    undo: (_, call) => set(!enabled, call),
  };
}

/** The change of a version as data. What takes rights away comes first, what gives them last. */
export function updateFlow(
  vault: KmsVault,
  version: OwnVersion,
  after: OwnRecord,
  enabled: boolean | undefined,
): Flow<undefined> {
  const record = recordStep(vault, version, after);
  const isEnabled = version.key.state === 'Enabled';
  if (enabled === undefined || enabled === isEnabled) return { name: 'update', steps: [record] };
  const state = stateStep(vault, version, enabled);
  return { name: 'update', steps: enabled ? [record, state] : [state, record] };
}

/** Changes exactly the members given, all or none. */
export async function updateVersion(
  vault: KmsVault,
  request: { readonly name: string; readonly version: string; readonly changes: PropertyChanges },
  call: Call,
): Promise<KeyRecord> {
  const { name, version, changes } = request;
  const found = requireOwnVersion(await locateVersion(vault, name, version, call));
  const after = changed(found.record, changes, call);
  describeVersion(vault, after);
  await runSteps(vault, updateFlow(vault, found, after, changes.enabled), undefined, call);
  const state =
    changes.enabled === undefined
      ? found.key.state
      : changes.enabled
        ? ('Enabled' as const)
        : ('Disabled' as const);
  return toRecord(vault, { ...found, key: { ...found.key, state, record: after }, record: after }, call);
}
