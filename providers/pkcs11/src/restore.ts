import { decodeKeyDocument, integrityError, isKeyManagerError, KeyManagerError } from '@keyway/core/driver';
import type { Call, KeyDocument, KeyRecord, VersionRecord } from '@keyway/core/driver';
import { unwrapFromBackup } from './backup.ts';
import { parseBackup } from './backup-format.ts';
import type { BackupContent, BackupKey } from './backup-format.ts';
import { toRecord } from './key-record.ts';
import { currentOf } from './locate.ts';
import type { MadeObjects } from './made-objects.ts';
import { makeVersions } from './make-version.ts';
import { liveDocument } from './make-version-flow.ts';
import type { MakingPlan, NewVersion } from './make-version-flow.ts';
import { objectIdOf, placeOf } from './object-id.ts';
import { findObjects } from './object-set.ts';
import { kindOf } from './reconcile.ts';
import type { StoredDocument } from './records/authenticated-records.ts';
import { isTokenError } from './token/return-values.ts';
import type { Pkcs11Vault } from './vault.ts';

function nameInUse(): KeyManagerError {
  return new KeyManagerError(
    'ERR_KEY_EXISTS',
    'The name is in use: delete and purge the key to restore a backup of it',
  );
}

/** Whether a live key is what the same request has restored before. */
function isReplay({ restoredBy }: KeyDocument, { requestId }: Call): boolean {
  return requestId !== undefined && restoredBy === requestId;
}

function current(vault: Pkcs11Vault, stored: StoredDocument, call: Call): Promise<KeyRecord> {
  return toRecord(vault, { stored, version: currentOf(stored.document) }, call);
}

const handleInvalid = 0x82;

/** Destroys what this restoring has made, and no more: another one may have made objects for the same versions. */
async function destroyOwn({ token }: Pkcs11Vault, objects: bigint[], call: Call): Promise<void> {
  for (let handle = objects.pop(); handle !== undefined; handle = objects.pop()) {
    try {
      await token.run('destroy', { object: { handle } }, call);
    } catch (error) {
      if (!isTokenError(error) || error.ckr !== handleInvalid) throw error;
    }
  }
}

/**
 * Refuses where another process is making something of this name, too: two restorings at once would make the same objects
 * twice. Each has written its intent before it looks for others, so that at most one goes on.
 */
async function requireAlone({ intents }: Pkcs11Vault, name: string, call: Call): Promise<void> {
  const abandoned = new Set((await intents.abandoned(call)).map(({ id }) => id));
  const live = (await intents.all(call)).filter(
    (intent) => intent.name === name && !abandoned.has(intent.id),
  );
  if (live.length <= 1) return;
  throw new KeyManagerError('ERR_CONFLICT', 'Another process is changing this key: try again', {
    retryable: true,
  });
}

async function requireFree(vault: Pkcs11Vault, id: Uint8Array, call: Call): Promise<void> {
  const { private: pairs, secret } = await findObjects(vault, id, call);
  if (pairs.length + secret.length === 0) return;
  throw new KeyManagerError(
    'ERR_CONFLICT',
    'Objects of this key are on the token: another restoring may be at it',
  );
}

/** Every version of a backup under the id that it had, and its document but for what the restoring adds. */
function planFor(vault: Pkcs11Vault, document: KeyDocument, content: BackupContent, call: Call): MakingPlan {
  const { name, versions, rotationPolicy } = document;
  const { wrappingKey, keys } = content;
  const objects: bigint[] = [];

  async function make(version: VersionRecord, key: BackupKey, within: Call): Promise<MadeObjects> {
    const id = objectIdOf(vault.namespace, name, version.version);
    if (objects.length === 0) await requireAlone(vault, name, within);
    const place = { ...placeOf(vault.namespace, name, version.version), id };
    await requireFree(vault, id, within);
    const made = await unwrapFromBackup(vault, { ...key, wrappingKey }, kindOf(version), place, within);
    objects.push(...made.objects);
    const digest = made.publicKeyDigest ?? new Uint8Array();
    if (Buffer.compare(digest, version.spkiDigest ?? new Uint8Array()) !== 0) throw integrityError();
    return made;
  }
  const parts = versions.map((version, index): NewVersion => {
    const key = keys[index];
    if (key === undefined) throw integrityError();
    return {
      version: version.version,
      async make(_, within) {
        try {
          return await make(version, key, within);
        } catch (error) {
          await destroyOwn(vault, objects, within);
          throw error;
        }
      },
    };
  });
  return {
    name,
    parts,
    extend(before) {
      if (before !== undefined) throw nameInUse();
      return { name, versions, rotationPolicy, restoredBy: call.requestId };
    },
    undo: (within) => destroyOwn(vault, objects, within),
  };
}

/** Restorings that are under way in this process, by name, one after the other. */
const queues = new WeakMap<Pkcs11Vault, Map<string, Promise<unknown>>>();

async function inTurn<Result>(vault: Pkcs11Vault, name: string, run: () => Promise<Result>): Promise<Result> {
  let queue = queues.get(vault);
  if (queue === undefined) queues.set(vault, (queue = new Map()));
  const before = queue.get(name) ?? Promise.resolve();
  const turn = before.then(run, run);
  queue.set(name, turn);
  try {
    return await turn;
  } finally {
    if (queue.get(name) === turn) queue.delete(name);
  }
}

/**
 * Makes a key again out of a backup, with its versions, their ids and its rotation policy, where its name is free.
 *
 * @throws ERR_KEY_EXISTS, ERR_KEY_DELETED, ERR_CONFLICT where another process is at it, and as `parseBackup` does.
 */
export async function restoreBackup(vault: Pkcs11Vault, bytes: Uint8Array, call: Call): Promise<KeyRecord> {
  const content = await parseBackup(bytes, vault.namespace, vault.macKeys, call);
  const document = decodeKeyDocument(content.document);
  if (content.keys.length !== document.versions.length) throw integrityError();
  return inTurn(vault, document.name, () => restore(vault, document, content, call));
}

async function restore(
  vault: Pkcs11Vault,
  document: KeyDocument,
  content: BackupContent,
  call: Call,
): Promise<KeyRecord> {
  const before = await liveDocument(vault, document.name, call);
  if (before !== undefined) {
    if (isReplay(before.document, call)) return current(vault, before, call);
    throw nameInUse();
  }
  try {
    const stored = await makeVersions(vault, planFor(vault, document, content, call), call);
    return await current(vault, stored, call);
  } catch (error) {
    // The same request may have been made by another process, too, which was first.
    if (!isKeyManagerError(error) || error.code !== 'ERR_KEY_EXISTS') throw error;
    const now = await liveDocument(vault, document.name, call);
    if (now === undefined || !isReplay(now.document, call)) throw error;
    return current(vault, now, call);
  }
}
