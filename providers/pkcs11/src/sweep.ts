import type { Call } from '@keyway/core/driver';
import { destroyVersion, finishPurge } from './purge.ts';
import { reconcile } from './reconcile.ts';
import { isDamage } from './records/authenticated-records.ts';
import type { Intent } from './records/intents.ts';
import type { Pkcs11Vault } from './vault.ts';

/** What an opening has found and put in order. */
export interface SweepReport {
  /** Changes that were finished or taken back. */
  readonly finished: readonly Intent[];
  /** Changes that could not be, since the document of their key is damaged: they are left. */
  readonly left: readonly Intent[];
}

/** Finishes a change that nobody is at any more, or takes it back where it had not come to its document. */
async function finish(vault: Pkcs11Vault, intent: Intent, call: Call): Promise<void> {
  const { name } = intent;
  const stored = await vault.records.read(name, call);
  const kept = new Set(stored?.document.versions.map(({ version }) => version));
  for (const version of intent.versions) {
    if (!kept.has(version)) await destroyVersion(vault, name, version, call);
  }
  if (stored?.document.purging === true) await finishPurge(vault, name, call);
  else await reconcile(vault, name, ({ versions }) => versions, call);
  await vault.intents.forget(intent, call);
}

/** Puts in order what processes have left half way that are no more. What others are at is left alone. */
export async function sweep(vault: Pkcs11Vault, call: Call): Promise<SweepReport> {
  const finished: Intent[] = [];
  const left: Intent[] = [];
  for (const intent of await vault.intents.abandoned(call)) {
    try {
      await finish(vault, intent, call);
      finished.push(intent);
    } catch (error) {
      if (!isDamage(error)) throw error;
      left.push(intent);
    }
  }
  return { finished, left };
}
