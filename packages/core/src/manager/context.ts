import type { Operation } from '../operations.ts';
import { KeyManagerError } from '../errors.ts';
import { formatKeyId } from '../key-identifier.ts';
import type { KeyRecord } from '../key-driver.ts';
import { checkName, checkVersion } from '../names-and-tags.ts';
import { checkRecord } from './check-answer.ts';
import type { Engine, Failure } from './engine.ts';
import type { OwnChanges } from './own-changes.ts';
import type { RecordCache } from './record-cache.ts';

/** What every family of operations works with. */
export interface ManagerContext {
  readonly engine: Engine;
  readonly cache: RecordCache;
  readonly changes: OwnChanges;
  readonly vaultUri: string;
}

/** A checked name and version with the portable id they make. */
export interface Address {
  readonly name: string;
  readonly version: string | undefined;
  readonly keyId: string;
}

/** Checks a name and an optional version. */
export function addressOf(context: ManagerContext, name: unknown, version?: unknown): Address {
  const checked = checkName(name, context.engine.settings.strictNames);
  const pinned = version === undefined ? undefined : checkVersion(version);
  return { name: checked, version: pinned, keyId: formatKeyId(context.vaultUri, checked, pinned) };
}

/** The error for a key that is not there, or is deleted as far as we know. */
export function notFound(keyId: string, deleted: boolean): KeyManagerError {
  const message = deleted ? 'The key is deleted' : 'There is no such key or version';
  return new KeyManagerError('ERR_KEY_NOT_FOUND', message, { keyId });
}

/** Reads a version, or the current one, with our own changes laid over the vault's answer; remembers it. */
export async function readRecord(
  context: ManagerContext,
  operation: Operation,
  address: Address,
  signal: AbortSignal | undefined,
): Promise<KeyRecord> {
  const { engine, cache, changes } = context;
  const { name, version, keyId } = address;
  if (changes.isRemoved(name)) throw notFound(keyId, true);
  const stamp = cache.stamp();
  const ours = (): KeyRecord | undefined => {
    const made = changes.current(name, undefined);
    return version === undefined || made?.version === version ? made : undefined;
  };
  const explain = async (failure: Failure): Promise<KeyRecord> => {
    const made = failure.error.code === 'ERR_KEY_NOT_FOUND' ? ours() : undefined;
    if (made === undefined) throw failure.error;
    return made;
  };
  const request = version === undefined ? { name } : { name, version };
  const at = { operation, step: 'read', keyId };
  const answer = await engine.invoke(at, engine.driver.keys.read, request, { signal, explain, reads: true });
  const checked = checkRecord(answer, name, version);
  const record = changes.lay(version === undefined ? (changes.current(name, checked) ?? checked) : checked);
  cache.put(record, stamp);
  return record;
}

/** Refuses a change to a key that other software made. */
export function requireOwn(record: Pick<KeyRecord, 'ownership' | 'externalBecause'>, keyId: string): void {
  if (record.ownership === 'own') return;
  const { reason, alternative } = record.externalBecause ?? {};
  if (reason !== undefined)
    throw new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', reason, { keyId, alternative });
  throw new KeyManagerError(
    'ERR_OPERATION_NOT_PERMITTED',
    'The key was made by other software: it can be read, listed and used, but not changed',
    { keyId, alternative: 'adoptKey' },
  );
}

/** Where the vault may hold keys of others: refuses a change to one. A name that is not there passes. */
export async function requireOwnName(
  context: ManagerContext,
  operation: Operation,
  address: Address,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!context.engine.capabilities.externalKeys) return;
  try {
    requireOwn(
      await readRecord(context, operation, { ...address, version: undefined }, signal),
      address.keyId,
    );
  } catch (error) {
    if (error instanceof KeyManagerError && error.code === 'ERR_KEY_NOT_FOUND') return;
    throw error;
  }
}
