import { KeyManagerError, spkiDigest } from '@keyway/core/driver';
import type { Call, Flow, FlowStep, KeyRecord, StepReading, VersionRecord } from '@keyway/core/driver';
import { externalKeys, holdsVersion, isOwnLabel, readExternalShape } from './external-keys.ts';
import type { ExternalKey } from './external-keys.ts';
import { toRecord } from './key-record.ts';
import { versionIn } from './locate.ts';
import { liveDocument } from './make-version-flow.ts';
import { parseLabel, versionOfId } from './object-id.ts';
import { provePublicKey } from './public-key.ts';
import type { StoredDocument } from './records/authenticated-records.ts';
import { runSteps } from './run-steps.ts';
import { matcherOf, sourceIdOf } from './source-id.ts';
import { notFound } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';

/** The adoption of a key, decided upon. */
export interface AdoptionPlan {
  readonly name: string;
  readonly record: VersionRecord;
}

/** What the adoption has changed, to be taken back. */
export interface AdoptionState {
  readonly claimed: boolean;
  readonly stored?: StoredDocument | undefined;
}

const refusal = (message: string): KeyManagerError =>
  new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', message);

/** The one key of other software that a URI means. */
async function findSource(vault: Pkcs11Vault, sourceId: string, call: Call): Promise<ExternalKey> {
  const matches = matcherOf(vault, sourceId);
  const meant = (await vault.objects.list(call)).filter(matches);
  if (meant.length === 0) throw notFound();
  const found = (await externalKeys(vault, call)).filter(({ object }) => matches(object));
  const [key] = found;
  if (found.length > 1) {
    throw new KeyManagerError('ERR_CONFLICT', 'sourceId means several keys: name its id and its type');
  }
  if (key !== undefined) return key;
  throw whyNot(vault, meant);
}

function whyNot(vault: Pkcs11Vault, meant: readonly Parameters<typeof isOwnLabel>[1][]): KeyManagerError {
  if (meant.some((object) => isOwnLabel(vault, object) || versionOfId(object.id) === undefined)) {
    return meant.some((object) => isOwnLabel(vault, object))
      ? refusal('The key is one of this vault already')
      : refusal('The key has no CKA_ID by which it could be told from others');
  }
  return parseLabel(meant[0]?.label) === undefined
    ? refusal('The key is one of this vault already, or shares its CKA_ID with another')
    : refusal('The key is one of another Keyway namespace');
}

/** The record of a key that others made: everything that its attributes allow, no date, no tag. */
async function recordFor(vault: Pkcs11Vault, key: ExternalKey, call: Call): Promise<VersionRecord> {
  const { version, object } = key;
  const shape = await readExternalShape(vault, object, call);
  if (shape === undefined) {
    throw refusal('The object is of a kind that the contract does not know, or its attributes allow nothing');
  }
  const { keyType, curve, size, keyOperations, publicKey } = shape;
  if (publicKey !== undefined && !(await provePublicKey(vault, object.id, publicKey, call))) {
    throw new KeyManagerError('ERR_INTEGRITY', 'The public key on the token is not that of the private key');
  }
  return {
    v: 1,
    version,
    sequence: 1,
    sourceId: sourceIdOf(vault, object),
    keyType,
    curve,
    size,
    keyOperations,
    enabled: true,
    createdOn: call.now,
    updatedOn: call.now,
    tags: {},
    spkiDigest: publicKey === undefined ? undefined : spkiDigest(publicKey),
  };
}

function claimStep(vault: Pkcs11Vault, { name, record }: AdoptionPlan): FlowStep<AdoptionState> {
  const { version } = record;
  const { claims } = vault;
  return {
    name: 'claim',
    async run(state, call) {
      const holder = await claims.holder(version, call);
      if (holder !== undefined && (await holdsVersion(vault, holder, version, call))) {
        throw refusal('The key is one of this vault already');
      }
      // What an adoption has left that came no further is taken over.
      if (!(await claims.claim(version, name, holder, call))) {
        throw new KeyManagerError('ERR_CONFLICT', 'Somebody else is adopting the key', { retryable: true });
      }
      return { ...state, claimed: true };
    },
    async undo({ claimed }, call) {
      if (claimed && !(await holdsVersion(vault, name, version, call))) {
        await claims.release(version, name, call);
      }
    },
  };
}

function documentStep(vault: Pkcs11Vault, { name, record }: AdoptionPlan): FlowStep<AdoptionState> {
  return {
    name: 'document',
    async run(state, call) {
      const before = await liveDocument(vault, name, call);
      const stored =
        before === undefined
          ? await vault.records.write({ name, versions: [record] }, undefined, call)
          : undefined;
      if (stored === undefined) throw new KeyManagerError('ERR_KEY_EXISTS', 'There is a key of that name');
      return { ...state, stored };
    },
    async settle(state, call): Promise<StepReading<AdoptionState>> {
      const stored = await vault.records.read(name, call);
      const ours = stored?.document.versions.some(({ version }) => version === record.version) === true;
      return ours ? { outcome: 'done', state: { ...state, stored } } : { outcome: 'absent' };
    },
    final: true,
  };
}

/** The adoption of a key as data. The key itself is not changed. */
export function adoptionFlow(vault: Pkcs11Vault, plan: AdoptionPlan): Flow<AdoptionState> {
  return { name: 'adopt', steps: [claimStep(vault, plan), documentStep(vault, plan)] };
}

/** Makes a key that other software put on the token version 1 of a key of ours. Nothing of it is changed. */
export async function adoptKey(
  vault: Pkcs11Vault,
  name: string,
  sourceId: string,
  call: Call,
): Promise<KeyRecord> {
  const key = await findSource(vault, sourceId, call);
  if ((await liveDocument(vault, name, call)) !== undefined) {
    throw new KeyManagerError('ERR_KEY_EXISTS', 'There is a key of that name');
  }
  const others = (await externalKeys(vault, call)).filter((each) => each.object !== key.object);
  if (others.some((each) => each.name === name)) {
    throw new KeyManagerError('ERR_KEY_EXISTS', 'Another key on the token has that name');
  }
  const record = await recordFor(vault, key, call);
  const { stored } = await runSteps(vault, adoptionFlow(vault, { name, record }), { claimed: false }, call);
  if (stored === undefined) throw notFound();
  return toRecord(vault, versionIn(stored, undefined), call);
}
