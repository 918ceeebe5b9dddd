import type { Call, Flow, FlowStep, KeyDocument } from '@keyway/core/driver';
import { forgetPublicKeys } from './key-record.ts';
import { isGone } from './locate.ts';
import { isAdopted, objectIdOf } from './object-id.ts';
import { destroyObjects } from './object-set.ts';
import { repeatVanished } from './repeat-vanished.ts';
import type { StoredDocument } from './records/authenticated-records.ts';
import { runSteps } from './run-steps.ts';
import { maxRaces, tooManyRaces } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';
import { intentSteps } from './with-intent.ts';
import type { IntentSteps, WithIntent } from './with-intent.ts';

/** Destroys the objects of a version; somebody else may be doing so at the same time. */
export async function destroyVersion(
  vault: Pkcs11Vault,
  name: string,
  version: string,
  call: Call,
): Promise<void> {
  const id = objectIdOf(vault.namespace, name, version);
  await repeatVanished(() => destroyObjects(vault, id, call));
}

async function destroyAll(vault: Pkcs11Vault, document: KeyDocument, call: Call): Promise<void> {
  const { name, versions } = document;
  for (const { version } of versions) {
    await destroyVersion(vault, name, version, call);
    if (isAdopted(version)) await vault.claims.release(version, name, call);
  }
  forgetPublicKeys(vault, name, versions);
}

/** Destroys what a document that says so still has, then the document. Others may be at it, too. */
export async function finishPurge(vault: Pkcs11Vault, name: string, call: Call): Promise<void> {
  for (let race = 1; race <= maxRaces; race++) {
    const stored = await vault.records.read(name, call);
    if (stored?.document.purging !== true) return;
    await destroyAll(vault, stored.document, call);
    if (await vault.records.remove(stored, call)) return;
  }
  throw tooManyRaces();
}

/** Decides whether a key that was read may be purged; throws where not. */
export type RequirePurgeable = (stored: StoredDocument | undefined) => StoredDocument | undefined;

function markStep(vault: Pkcs11Vault, name: string, require: RequirePurgeable): FlowStep<WithIntent> {
  return {
    name: 'document',
    async run(state, call) {
      for (let race = 1; race <= maxRaces; race++) {
        const stored = require(await vault.records.read(name, call));
        if (stored === undefined || stored.document.purging === true) return state;
        const marked = { ...stored.document, purging: true as const };
        if ((await vault.records.write(marked, stored, call)) !== undefined) return state;
      }
      throw tooManyRaces();
    },
    final: true,
  };
}

/** The destruction of a key as data. */
export function purgeFlow(
  vault: Pkcs11Vault,
  name: string,
  require: RequirePurgeable,
  intent: IntentSteps<WithIntent>,
): Flow<WithIntent> {
  const destroy: FlowStep<WithIntent> = {
    name: 'destroy',
    async run(state, call) {
      await finishPurge(vault, name, call);
      return state;
    },
  };
  return { name: 'purge', steps: [intent.begin, markStep(vault, name, require), destroy, intent.forget] };
}

/** Destroys a key for ever, if `require` agrees with what is read. */
export async function purgeKey(
  vault: Pkcs11Vault,
  name: string,
  require: RequirePurgeable,
  call: Call,
): Promise<void> {
  const intent = intentSteps<WithIntent>(vault, 'purge', name, []);
  try {
    await runSteps(vault, purgeFlow(vault, name, require, intent), {}, call);
  } finally {
    intent.leave();
  }
}

/** Destroys a key whose time has come, or whose destruction others left half way; leaves every other key alone. */
export async function purgeGone(vault: Pkcs11Vault, name: string, call: Call): Promise<void> {
  await purgeKey(
    vault,
    name,
    (stored) => (stored !== undefined && isGone(stored.document, call.now) ? stored : undefined),
    call,
  );
}
