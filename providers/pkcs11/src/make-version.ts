import { randomBytes } from 'node:crypto';
import { KeyManagerError, policyExpiry } from '@keyway/core/driver';
import type { Call, KeyDocument, KeyRecord, VersionRecord } from '@keyway/core/driver';
import { rememberPublicKey, toRecord } from './key-record.ts';
import { currentOf, versionIn } from './locate.ts';
import { liveDocument, makeVersionFlow } from './make-version-flow.ts';
import type { MakingPlan, MakingState, NewVersion } from './make-version-flow.ts';
import type { StoredDocument } from './records/authenticated-records.ts';
import { runSteps } from './run-steps.ts';
import { notFound } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';
import { intentSteps } from './with-intent.ts';

/** A fresh version id: 128 random bits in hexadecimal. */
export function newVersionId(): string {
  return randomBytes(16).toString('hex');
}

/** What a request is to leave in the record of its version, but for its number and what the token says. */
export type WantedVersion = Omit<VersionRecord, 'sequence' | 'spkiDigest'>;

/** Decides about the new version when it is known what there is. */
export type Decide = (current: VersionRecord | undefined) => WantedVersion;

const replays = new WeakMap<object, string>();

/** Ends a flow because the same request has made a version before. */
function replayed(version: string): KeyManagerError {
  const error = new KeyManagerError('ERR_CONFLICT', 'The same request has made a version meanwhile');
  replays.set(error, version);
  return error;
}

/** The version that a request has made before. */
export function madeBefore(
  document: KeyDocument | undefined,
  requestId: string | undefined,
): string | undefined {
  if (requestId === undefined) return undefined;
  return document?.versions.find((version) => version.requestId === requestId)?.version;
}

function nextSequence(document: KeyDocument | undefined): number {
  return (document === undefined ? 0 : currentOf(document).sequence) + 1;
}

/** The plan of a key's next version. */
export function planFor(name: string, part: NewVersion, decide: Decide, call: Call): MakingPlan {
  return {
    name,
    parts: [part],
    extend(before, [made]) {
      const earlier = madeBefore(before, call.requestId);
      if (earlier !== undefined) throw replayed(earlier);
      const wanted = decide(before && currentOf(before));
      const version: VersionRecord = {
        ...wanted,
        version: part.version,
        sequence: nextSequence(before),
        size: made?.size ?? wanted.size,
        spkiDigest: made?.publicKeyDigest,
        expiresOn: wanted.expiresOn ?? policyExpiry(before?.rotationPolicy, call.now),
      };
      return { ...before, name, versions: [...(before?.versions ?? []), version] };
    },
  };
}

/** Runs a plan, and gives the document that holds its versions. */
export async function makeVersions(
  vault: Pkcs11Vault,
  plan: MakingPlan,
  call: Call,
): Promise<StoredDocument> {
  const versions = plan.parts.map(({ version }) => version);
  const intent = intentSteps<MakingState>(vault, 'make-version', plan.name, versions);
  try {
    const { stored, made = [] } = await runSteps(vault, makeVersionFlow(vault, plan, intent), {}, call);
    if (stored === undefined) throw notFound();
    for (const [index, version] of versions.entries()) {
      const publicKey = made[index]?.publicKey;
      rememberPublicKey(vault, plan.name, version, { publicKey, authentic: publicKey !== undefined });
    }
    return stored;
  } finally {
    intent.leave();
  }
}

/** Makes the version of a plan, or gives the one that the same request has made before. */
export async function makeVersion(vault: Pkcs11Vault, plan: MakingPlan, call: Call): Promise<KeyRecord> {
  const { name } = plan;
  // A repeated request need not make a key in vain; nor a refused one.
  const before = await liveDocument(vault, name, call);
  const earlier = madeBefore(before?.document, call.requestId);
  if (before !== undefined && earlier !== undefined) return toRecord(vault, versionIn(before, earlier), call);
  plan.extend(before?.document, []);
  try {
    const stored = await makeVersions(vault, plan, call);
    return await toRecord(vault, versionIn(stored, plan.parts[0]?.version), call);
  } catch (error) {
    const version = typeof error === 'object' && error !== null ? replays.get(error) : undefined;
    const now = version === undefined ? undefined : await vault.records.read(name, call);
    if (now === undefined) throw error;
    return toRecord(vault, versionIn(now, version), call);
  }
}
