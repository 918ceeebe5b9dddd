import { checkFlag, checkOptions, checkSignal } from '../arguments.ts';
import { createPoller, parsePollerState } from '../create-poller.ts';
import { fromEpochSeconds } from '../dates.ts';
import { isKeyManagerError, KeyManagerError } from '../errors.ts';
import type { DeletedRecord, KeyRecord } from '../key-driver.ts';
import type { BeginOptions, KeyManager, OperationOptions, RecoverOptions } from '../key-manager.ts';
import type { DeletedKey, RecoveredKey } from '../models.ts';
import type { Operation } from '../operations.ts';
import type { Poller } from '../poller.ts';
import { checkDeleted, checkObject, checkRecord } from './check-answer.ts';
import { addressOf, notFound, readRecord, requireOwn, requireOwnName } from './context.ts';
import type { Address, ManagerContext } from './context.ts';
import type { Failure } from './engine.ts';
import { tryKeyId } from './lifecycle.ts';
import { toDeletedKey, toManagedKey } from './to-models.ts';

type Deletion = Pick<
  KeyManager,
  'beginDeleteKey' | 'getDeletedKey' | 'beginRecoverDeletedKey' | 'purgeDeletedKey'
>;

/** Deleting, recovering and purging. */
export function deletion(context: ManagerContext): Deletion {
  const perform = <Result>(operation: Operation, name: string, run: () => Promise<Result>): Promise<Result> =>
    context.engine.perform(operation, tryKeyId(context, name), undefined, run);
  return {
    beginDeleteKey: (name, options = {}) =>
      perform('beginDeleteKey', name, async () => {
        checkOptions(options, ['signal', 'resumeFrom']);
        return beginDelete(context, addressOf(context, name), options);
      }),
    getDeletedKey: (name, options = {}) =>
      perform('getDeletedKey', name, async () => {
        checkOptions(options, ['signal']);
        const address = addressOf(context, name);
        context.engine.require({ operation: 'getDeletedKey' });
        const deleted = await readDeleted(context, 'getDeletedKey', address, checkSignal(options.signal));
        return toDeletedKey(context.vaultUri, deleted);
      }),
    beginRecoverDeletedKey: (name, options = {}) =>
      perform('beginRecoverDeletedKey', name, async () => {
        checkOptions(options, ['signal', 'resumeFrom', 'allowPartial']);
        return beginRecover(context, addressOf(context, name), options);
      }),
    purgeDeletedKey: (name, options = {}) =>
      perform('purgeDeletedKey', name, async () => {
        checkOptions(options, ['signal']);
        return purge(context, addressOf(context, name), options);
      }),
  };
}

async function readDeleted(
  context: ManagerContext,
  operation: Operation,
  address: Address,
  signal: AbortSignal | undefined,
): Promise<DeletedRecord> {
  const { engine, changes } = context;
  if (changes.isNoLongerDeleted(address.name)) throw notFound(address.keyId, false);
  const at = { operation, step: 'readDeleted', keyId: address.keyId };
  const method = engine.driver.deletion.readDeleted;
  return checkDeleted(
    await engine.invoke(at, method, { name: address.name }, { signal, reads: true }),
    address.name,
  );
}

/** The answer of a read, or undefined where there is nothing (yet). */
async function ifFound<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof KeyManagerError && error.code === 'ERR_KEY_NOT_FOUND') return undefined;
    throw error;
  }
}

/** After a repetition, "not found" can be our own doing: the first request went through and its answer was lost. */
function ownDoing<Result>(look: () => Promise<Result | undefined>): (failure: Failure) => Promise<Result> {
  return async (failure) => {
    const done =
      failure.attempts > 1 && failure.error.code === 'ERR_KEY_NOT_FOUND' ? await look() : undefined;
    if (done === undefined) throw failure.error;
    return done;
  };
}

async function beginDelete(
  context: ManagerContext,
  address: Address,
  options: BeginOptions,
): Promise<Poller<DeletedKey>> {
  const { engine, vaultUri } = context;
  const signal = checkSignal(options.signal);
  engine.require({ operation: 'beginDeleteKey' });
  const scope = { operation: 'beginDeleteKey', vaultUri, name: address.name };
  let started: DeletedRecord | undefined;
  if (options.resumeFrom === undefined) {
    await requireOwnName(context, 'beginDeleteKey', address, signal);
    started = await startDelete(context, address, signal);
  } else {
    parsePollerState(options.resumeFrom, scope);
  }
  return createPoller<DeletedKey>({
    ...scope,
    initial: started === undefined ? undefined : toDeletedKey(vaultUri, started),
    sleep: engine.settings.sleep,
    random: engine.settings.random,
    poll: (polling) =>
      engine.perform('getDeletedKey', address.keyId, undefined, async () => {
        const deleted = await ifFound(readDeleted(context, 'beginDeleteKey', address, polling));
        return deleted === undefined ? undefined : toDeletedKey(vaultUri, deleted);
      }),
  });
}

async function startDelete(
  context: ManagerContext,
  address: Address,
  signal: AbortSignal | undefined,
): Promise<DeletedRecord | undefined> {
  const { engine, changes, cache } = context;
  if (changes.isRemoved(address.name)) throw notFound(address.keyId, true);
  const at = { operation: 'beginDeleteKey', step: 'delete', keyId: address.keyId } as const;
  const explain = ownDoing(() => ifFound(readDeleted(context, 'beginDeleteKey', address, signal)));
  const answer = await engine.invoke<{ name: string }, DeletedRecord | undefined>(
    at,
    engine.driver.deletion.delete,
    { name: address.name },
    { signal, explain },
  );
  changes.removed(address.name, 'deleted');
  cache.forget(address.name);
  return answer === undefined ? undefined : checkDeleted(answer, address.name);
}

type Recovery = { readonly key: KeyRecord; readonly lostVersions: readonly string[] };

async function beginRecover(
  context: ManagerContext,
  address: Address,
  options: RecoverOptions,
): Promise<Poller<RecoveredKey>> {
  const { engine, vaultUri } = context;
  const signal = checkSignal(options.signal);
  const allowPartial = checkFlag(options.allowPartial, 'options.allowPartial') ?? false;
  const scope = { operation: 'beginRecoverDeletedKey', vaultUri, name: address.name };
  engine.require({ operation: 'beginRecoverDeletedKey' });
  const toResult = ({ key, lostVersions }: Recovery): RecoveredKey =>
    Object.freeze({ ...toManagedKey(vaultUri, key), lostVersions: Object.freeze([...lostVersions]) });
  let started: Recovery | undefined;
  if (options.resumeFrom === undefined) {
    started = await startRecover(context, address, allowPartial, signal);
  } else {
    parsePollerState(options.resumeFrom, scope);
  }
  return createPoller<RecoveredKey>({
    ...scope,
    initial: started === undefined ? undefined : toResult(started),
    sleep: engine.settings.sleep,
    random: engine.settings.random,
    poll: (polling) =>
      engine.perform('getKey', address.keyId, undefined, async () => {
        const key = await ifFound(readRecord(context, 'beginRecoverDeletedKey', address, polling));
        return key === undefined ? undefined : toResult({ key, lostVersions: [] });
      }),
  });
}

async function startRecover(
  context: ManagerContext,
  address: Address,
  allowPartial: boolean,
  signal: AbortSignal | undefined,
): Promise<Recovery | undefined> {
  const { engine, changes, cache } = context;
  if (allowPartial) engine.requireMembers('beginRecoverDeletedKey', ['allowPartial']);
  const at = { operation: 'beginRecoverDeletedKey', step: 'recover', keyId: address.keyId } as const;
  const explain = ownDoing(async () => {
    const key = await ifFound(readRecord(context, 'beginRecoverDeletedKey', address, signal));
    return key === undefined ? undefined : { key, lostVersions: [] };
  });
  const answer = await engine.invoke<{ name: string; allowPartial: boolean }, Recovery | undefined>(
    at,
    engine.driver.deletion.recover,
    { name: address.name, allowPartial },
    { signal, explain },
  );
  cache.forget(address.name);
  if (answer === undefined) {
    changes.comingBack(address.name);
    return undefined;
  }
  const key = checkRecord(checkObject(answer, 'a recovery').key, address.name);
  changes.made(key);
  return { key, lostVersions: answer.lostVersions };
}

async function purge(context: ManagerContext, address: Address, options: OperationOptions): Promise<void> {
  const { engine, changes, cache } = context;
  const signal = checkSignal(options.signal);
  try {
    engine.require({ operation: 'purgeDeletedKey' });
  } catch (error) {
    if (!isKeyManagerError(error) || engine.driver.deletion.readDeleted === undefined) throw error;
    throw await withEarliest(context, address, error, signal);
  }
  if (engine.capabilities.externalKeys) {
    requireOwn((await readDeleted(context, 'purgeDeletedKey', address, signal)).key, address.keyId);
  }
  const at = { operation: 'purgeDeletedKey', step: 'purge', keyId: address.keyId } as const;
  const explain = async (failure: Failure): Promise<void> => {
    const { error, attempts } = failure;
    if (error.code === 'ERR_KEY_NOT_FOUND' && attempts > 1) return;
    throw error.code === 'ERR_UNSUPPORTED' && error.earliest === undefined
      ? await withEarliest(context, address, error, signal)
      : error;
  };
  await engine.invoke(at, engine.driver.deletion.purge, { name: address.name }, { signal, explain });
  changes.removed(address.name, 'purged');
  cache.forget(address.name);
}

/** A purge that must wait says until when: the scheduled date, where the vault's error did not tell. */
async function withEarliest(
  context: ManagerContext,
  address: Address,
  error: KeyManagerError,
  signal: AbortSignal | undefined,
): Promise<KeyManagerError> {
  const deleted = await ifFound(readDeleted(context, 'purgeDeletedKey', address, signal));
  if (deleted?.scheduledPurgeDate === undefined) return error;
  const { code, message, provider, operation, keyId, alternative, cause } = error;
  const earliest = fromEpochSeconds(deleted.scheduledPurgeDate);
  return new KeyManagerError(code, message, { provider, operation, keyId, alternative, earliest, cause });
}
