import { KeyManagerError } from '@keyway/core/driver';
import type { Call, KeyRecord, VersionRecord } from '@keyway/core/driver';
import type { KeyKind } from './key-kind.ts';
import { toRecord } from './key-record.ts';
import { currentOf, versionIn } from './locate.ts';
import type { MadeObjects } from './made-objects.ts';
import { generateObjects } from './make-objects.ts';
import { madeBefore, makeVersion, newVersionId, planFor } from './make-version.ts';
import type { Decide } from './make-version.ts';
import { liveDocument } from './make-version-flow.ts';
import type { NewVersion } from './make-version-flow.ts';
import { kindOf } from './reconcile.ts';
import type { StoredDocument } from './records/authenticated-records.ts';
import { notFound } from './vault.ts';
import type { Pkcs11Vault } from './vault.ts';

function requireCurrent(current: VersionRecord, expected: string | undefined): void {
  if (expected === undefined || current.version === expected) return;
  throw new KeyManagerError('ERR_CONFLICT', 'Another version has become current meanwhile', {
    versions: [current.version],
  });
}

/** Whether objects made for one version serve in the place of another. */
const sameKind = (one: VersionRecord, other: VersionRecord): boolean =>
  one.keyType === other.keyType &&
  one.curve === other.curve &&
  one.size === other.size &&
  one.algorithms?.[0] === other.algorithms?.[0] &&
  one.backup === other.backup;

/** A key may have been left without any operation; what it was made for is then told by its objects no more. */
function kindForRotation(current: VersionRecord): KeyKind {
  const kind = kindOf(current);
  if (kind.keyOperations.length > 0) return kind;
  throw new KeyManagerError(
    'ERR_OPERATION_NOT_PERMITTED',
    'The key has no operation, so that a new version would serve nothing',
    { alternative: 'give the current version operations first' },
  );
}

/** Makes the next version of a key with fresh material. */
export async function rotateVersion(
  vault: Pkcs11Vault,
  name: string,
  expected: string | undefined,
  call: Call,
): Promise<KeyRecord> {
  const before = await liveForRotation(vault, name, call);
  const earlier = madeBefore(before.document, call.requestId);
  if (earlier !== undefined) return toRecord(vault, versionIn(before, earlier), call);
  const current = currentOf(before.document);
  requireCurrent(current, expected);
  const kind = kindForRotation(current);
  const version = newVersionId();
  const decide: Decide = (now) => {
    if (now === undefined) throw notFound();
    requireCurrent(now, expected);
    if (!sameKind(current, now)) requireCurrent(now, current.version);
    const { keyType, size, curve, algorithms, keyOperations, tags, backup } = now;
    const { requestId } = call;
    const kept = { keyType, size, curve, algorithms, keyOperations, tags, backup };
    return { v: 1, ...kept, version, enabled: true, createdOn: call.now, updatedOn: call.now, requestId };
  };
  const part: NewVersion = {
    version,
    make: (place, within): Promise<MadeObjects> => generateObjects(vault, kind, place, within),
  };
  try {
    return await makeVersion(vault, planFor(name, part, decide, call), call);
  } catch (error) {
    throw asNotFound(error);
  }
}

/** A deleted key is not there for those who want to use it. */
function asNotFound(error: unknown): unknown {
  return error instanceof KeyManagerError && error.code === 'ERR_KEY_DELETED' ? notFound('key', true) : error;
}

async function liveForRotation(vault: Pkcs11Vault, name: string, call: Call): Promise<StoredDocument> {
  try {
    const stored = await liveDocument(vault, name, call);
    if (stored === undefined) throw notFound();
    return stored;
  } catch (error) {
    throw asNotFound(error);
  }
}
