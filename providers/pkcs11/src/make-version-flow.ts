import { KeyManagerError } from '@keyway/core/driver';
import type { Call, Flow, FlowStep, KeyDocument, StepReading } from '@keyway/core/driver';
import { isGone } from './locate.ts';
import type { MadeObjects } from './made-objects.ts';
import { placeOf } from './object-id.ts';
import { destroyVersion, purgeGone } from './purge.ts';
import { newestTwo, reconcile } from './reconcile.ts';
import type { StoredDocument } from './records/authenticated-records.ts';
import { happenedPerhaps } from './run-steps.ts';
import type { ObjectPlace } from './token-access.ts';
import { maxRaces, tooManyRaces } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';
import type { IntentSteps, WithIntent } from './with-intent.ts';

/** A document to be written: its number is given by who writes it. */
export type NextDocument = Omit<KeyDocument, 'v' | 'revision'>;

/** A version that is to be made. */
export interface NewVersion {
  readonly version: string;
  /** Makes its objects. */
  make(place: ObjectPlace, call: Call): Promise<MadeObjects>;
}

/** The making of versions, decided upon but for what others may change meanwhile. */
export interface MakingPlan {
  readonly name: string;
  /** One; more where a key is restored. */
  readonly parts: readonly NewVersion[];
  /** Checks the live document that is there now, if any, and gives the one that follows it. */
  extend(before: KeyDocument | undefined, made: readonly MadeObjects[]): NextDocument;
  /** Takes the objects back where their versions may be those of others, too. Default: destroys all of the versions. */
  readonly undo?: ((call: Call) => Promise<void>) | undefined;
}

/** What later steps need. */
export interface MakingState extends WithIntent {
  readonly made?: readonly MadeObjects[] | undefined;
  readonly stored?: StoredDocument | undefined;
}

/** Older intents are swept by others, so nothing may come of them any more; theirs is twice as long. */
const patienceMs = 300_000;

/**
 * The live document of a name, or undefined where it is free. What others left half way of a purge is finished.
 *
 * @throws ERR_KEY_DELETED
 */
export async function liveDocument(
  vault: Pkcs11Vault,
  name: string,
  call: Call,
): Promise<StoredDocument | undefined> {
  for (let race = 1; race <= maxRaces; race++) {
    const stored = await vault.records.read(name, call);
    if (stored === undefined) return undefined;
    if (isGone(stored.document, call.now)) {
      await purgeGone(vault, name, call);
      continue;
    }
    if (stored.document.deletedOn === undefined) return stored;
    throw new KeyManagerError(
      'ERR_KEY_DELETED',
      'The name belongs to a deleted key: recover or purge it first',
    );
  }
  throw tooManyRaces();
}

function objectsStep(
  vault: Pkcs11Vault,
  { name, parts, undo }: MakingPlan,
  intent: IntentSteps<MakingState>,
): FlowStep<MakingState> {
  return {
    name: 'objects',
    async run(state, call) {
      const made: MadeObjects[] = [];
      try {
        for (const { version, make } of parts) {
          made.push(await make(placeOf(vault.namespace, name, version), call));
        }
      } catch (error) {
        // What a worker is still at may appear after we have looked for it.
        if (happenedPerhaps(error)) intent.keep();
        throw error;
      }
      return { ...state, made };
    },
    async undo(_, call) {
      if (undo !== undefined) return undo(call);
      for (const { version } of parts) await destroyVersion(vault, name, version, call);
    },
  };
}

function requireYoung({ intent }: MakingState): void {
  if (intent !== undefined && Date.now() - intent.begun < patienceMs) return;
  throw new KeyManagerError('ERR_CONFLICT', 'Making the key has taken too long: others may have swept it');
}

function documentStep(vault: Pkcs11Vault, plan: MakingPlan): FlowStep<MakingState> {
  const { name, parts } = plan;
  const isOurs = ({ document }: StoredDocument): boolean =>
    document.versions.some(({ version }) => version === parts[0]?.version);
  return {
    name: 'document',
    async run(state, call) {
      for (let race = 1; race <= maxRaces; race++) {
        const before = await liveDocument(vault, name, call);
        const document = plan.extend(before?.document, state.made ?? []);
        call.signal.throwIfAborted();
        requireYoung(state);
        const stored = await vault.records.write(document, before, call);
        if (stored !== undefined) return { ...state, stored };
      }
      throw tooManyRaces();
    },
    async settle(state, call): Promise<StepReading<MakingState>> {
      const stored = await vault.records.read(name, call);
      if (stored === undefined || !isOurs(stored)) return { outcome: 'absent' };
      return { outcome: 'done', state: { ...state, stored } };
    },
    final: true,
  };
}

function reconcileStep(vault: Pkcs11Vault, { name }: MakingPlan): FlowStep<MakingState> {
  return {
    name: 'reconcile',
    async run(state, call) {
      await reconcile(vault, name, newestTwo, call);
      return state;
    },
  };
}

/** The making of versions as data. */
export function makeVersionFlow(
  vault: Pkcs11Vault,
  plan: MakingPlan,
  intent: IntentSteps<MakingState>,
): Flow<MakingState> {
  return {
    name: 'make-version',
    steps: [
      intent.begin,
      objectsStep(vault, plan, intent),
      documentStep(vault, plan),
      reconcileStep(vault, plan),
      intent.forget,
    ],
  };
}
