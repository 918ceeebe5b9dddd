import type { Call, Flow, FlowStep, KeyRecord, PropertyChanges, VersionRecord } from '@keyway/core/driver';
import { toRecord } from './key-record.ts';
import { readLive, versionIn } from './locate.ts';
import type { NextDocument } from './make-version-flow.ts';
import { reconcile } from './reconcile.ts';
import type { Affected } from './reconcile.ts';
import type { StoredDocument } from './records/authenticated-records.ts';
import { runSteps } from './run-steps.ts';
import { maxRaces, notFound, tooManyRaces } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';
import { intentSteps } from './with-intent.ts';
import type { IntentSteps, WithIntent } from './with-intent.ts';

/** A change of a key's document, and of the objects that follow from it. */
export interface ChangePlan {
  readonly name: string;
  /** Reads the document; throws where the change is not possible. */
  read(call: Call): Promise<StoredDocument>;
  /** Gives the document that is to follow the one that was read. */
  change(before: StoredDocument): NextDocument;
  /** The versions whose objects have to follow. */
  readonly affected: Affected;
}

/** What later steps need. */
export interface ChangeState extends WithIntent {
  readonly stored?: StoredDocument | undefined;
}

function documentStep(vault: Pkcs11Vault, plan: ChangePlan): FlowStep<ChangeState> {
  return {
    name: 'document',
    async run(state, call) {
      for (let race = 1; race <= maxRaces; race++) {
        const before = await plan.read(call);
        const stored = await vault.records.write(plan.change(before), before, call);
        if (stored !== undefined) return { ...state, stored };
      }
      throw tooManyRaces();
    },
    final: true,
  };
}

function reconcileStep(vault: Pkcs11Vault, plan: ChangePlan): FlowStep<ChangeState> {
  return {
    name: 'reconcile',
    async run(state, call) {
      await reconcile(vault, plan.name, plan.affected, call);
      return state;
    },
  };
}

/** A change as data. */
export function changeFlow(
  vault: Pkcs11Vault,
  plan: ChangePlan,
  intent: IntentSteps<ChangeState>,
): Flow<ChangeState> {
  return {
    name: 'change',
    steps: [intent.begin, documentStep(vault, plan), reconcileStep(vault, plan), intent.forget],
  };
}

/** Changes a key, all or nothing, and gives its new document. */
export async function changeKey(vault: Pkcs11Vault, plan: ChangePlan, call: Call): Promise<StoredDocument> {
  const intent = intentSteps<ChangeState>(vault, 'change', plan.name, []);
  try {
    const { stored } = await runSteps(vault, changeFlow(vault, plan, intent), {}, call);
    if (stored === undefined) throw notFound();
    return stored;
  } finally {
    intent.leave();
  }
}

function changed(record: VersionRecord, changes: PropertyChanges, now: number): VersionRecord {
  const date = (given: number | null | undefined, before: number | undefined): number | undefined =>
    given === undefined ? before : (given ?? undefined);
  return {
    ...record,
    enabled: changes.enabled ?? record.enabled,
    notBefore: date(changes.notBefore, record.notBefore),
    expiresOn: date(changes.expiresOn, record.expiresOn),
    keyOperations: changes.keyOperations ?? record.keyOperations,
    tags: changes.tags ?? record.tags,
    updatedOn: now,
  };
}

/** Changes exactly the members given, all or none. */
export async function updateVersion(
  vault: Pkcs11Vault,
  request: { readonly name: string; readonly version: string; readonly changes: PropertyChanges },
  call: Call,
): Promise<KeyRecord> {
  const { name, version, changes } = request;
  const plan: ChangePlan = {
    name,
    read: (within) => readLive(vault, name, within),
    change(before) {
      const found = versionIn(before, version).version;
      const after = changed(found, changes, call.now);
      const versions = before.document.versions.map((each) => (each === found ? after : each));
      return { ...before.document, versions };
    },
    affected: ({ versions }) =>
      versions.filter((each, index) => each.version === version || index === versions.length - 1),
  };
  // A version that is not there is no reason to write an intent.
  plan.change(await plan.read(call));
  return toRecord(vault, versionIn(await changeKey(vault, plan, call), version), call);
}
