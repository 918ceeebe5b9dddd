import { randomUUID } from 'node:crypto';
import { KeyManagerError } from '../errors.ts';
import type { DriverMethod, KeyRecord } from '../key-driver.ts';
import { checkRequestId } from '../names-and-tags.ts';
import { checkRecord } from './check-answer.ts';
import type { ManagerContext } from './context.ts';
import type { InvokeOptions } from './engine.ts';
import { settleByReading } from './settle.ts';

type MakingOperation = 'createKey' | 'importKey' | 'rotateKey' | 'restoreKeyBackup';

/** Where the version is to appear; a backup does not tell its name. */
export interface MadeAddress {
  readonly name: string | undefined;
  readonly keyId: string | undefined;
}

/** The id of a request: the caller's, where the vault keeps the promise that goes with it, else a fresh one. */
export function requestIdFor(context: ManagerContext, operation: MakingOperation, given: unknown): string {
  if (given === undefined) return randomUUID();
  const requestId = checkRequestId(given);
  if (context.engine.capabilities.requestId[operation] !== 'replayed') {
    throw new KeyManagerError(
      'ERR_UNSUPPORTED',
      `This vault cannot promise that ${operation} with the same requestId happens once`,
      {
        alternative:
          'leave requestId out: a doubtful outcome is then settled by reading or reported as unknown',
      },
    );
  }
  return requestId;
}

/**
 * Asks the driver for a new version, once as far as the vault is concerned: where it replays request ids the request is
 * repeated with the same id, else a doubtful outcome is settled by reading.
 */
export async function makeVersion<Request>(
  context: ManagerContext,
  operation: MakingOperation,
  address: MadeAddress,
  method: DriverMethod<Request, KeyRecord> | undefined,
  request: Request,
  options: { readonly requestId: string; readonly signal: AbortSignal | undefined },
): Promise<KeyRecord> {
  const { engine, cache, changes } = context;
  const { requestId, signal } = options;
  const support = engine.capabilities.requestId[operation];
  const since = engine.now();
  const readable = support === 'none' ? undefined : requestId;
  const invoking: InvokeOptions<KeyRecord> = {
    signal,
    requestId,
    replayed: support === 'replayed',
    settle: (failure) =>
      settleByReading(context, { operation, ...address, requestId: readable, since, signal }, failure),
  };
  const at = { operation, step: operation, keyId: address.keyId };
  const stamp = cache.stamp();
  const answer = await engine.invoke(at, method, request, invoking);
  const record = checkRecord(answer, address.name);
  changes.made(record);
  cache.forget(record.name);
  if (stamp === undefined) cache.put(record, stamp);
  return record;
}
