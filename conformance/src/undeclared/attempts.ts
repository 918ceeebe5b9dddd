import { operationRows } from '@keyway/core/driver';
import type { CapabilityQuery, CryptographicOperation, KeyManager, Operation } from '@keyway/core';
import type { CaseContext } from '../case-context.ts';
import { makeAnyKey } from '../make-any-key.ts';
import { attemptCryptography } from './attempt-cryptography.ts';
import { attemptNewKey } from './attempt-new-key.ts';

/** One undeclared operation, ready to be tried in both ways. */
export interface Attempt {
  throughManager(): Promise<unknown>;
  /** Absent where the driver has no such method. */
  readonly atDriver: (() => Promise<unknown>) | undefined;
}

/** Prepares the attempt for a capability that is not declared; whatever it needs beside it is made first. */
export async function attemptFor(context: CaseContext, query: CapabilityQuery): Promise<Attempt> {
  const { operation } = query;
  if (operation === 'createKey' || operation === 'importKey')
    return await attemptNewKey(context, query, operation);
  if (isCryptographic(operation)) return await attemptCryptography(context, query, operation);
  const prepare = vaultAttempts[operation];
  if (prepare === undefined) throw new Error(`The suite cannot try ${operation} past its declaration`);
  return await prepare(context);
}

function isCryptographic(operation: Operation): operation is CryptographicOperation {
  return operationRows[operation].cryptographic;
}

type Prepare = (context: CaseContext) => Promise<Attempt>;

async function drain(list: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of list) return;
}

/** An attempt on a key that exists. */
function onKey(
  manager: (manager: KeyManager, name: string) => Promise<unknown>,
  driver: (context: CaseContext, name: string, version: string) => (() => Promise<unknown>) | undefined,
): Prepare {
  return async (context) => {
    const { name, version } = await makeAnyKey(context);
    return { throughManager: () => manager(context.manager, name), atDriver: driver(context, name, version) };
  };
}

/** A method with its request, where it exists. */
function bound<Request>(
  context: CaseContext,
  method: ((request: Request, call: ReturnType<CaseContext['call']>) => Promise<unknown>) | undefined,
  request: Request,
): (() => Promise<unknown>) | undefined {
  return method === undefined ? undefined : () => method(request, context.call());
}

const vaultAttempts: Readonly<Partial<Record<Operation, Prepare>>> = {
  getKey: onKey(
    (manager, name) => manager.getKey(name),
    (context, name) => bound(context, context.driver.keys.read, { name }),
  ),
  listPropertiesOfKeys: onKey(
    (manager) => drain(manager.listPropertiesOfKeys()),
    (context) => bound(context, context.driver.keys.list, { maxPageSize: 1 }),
  ),
  listPropertiesOfKeyVersions: onKey(
    (manager, name) => drain(manager.listPropertiesOfKeyVersions(name)),
    (context, name) => bound(context, context.driver.keys.versions, { name, maxPageSize: 1 }),
  ),
  updateKeyProperties: onKey(
    (manager, name) => manager.updateKeyProperties(name, { enabled: false }),
    (context, name, version) =>
      bound(context, context.driver.keys.update, { name, version, changes: { enabled: false } }),
  ),
  adoptKey: onKey(
    (manager, name) => manager.adoptKey(name, 'none'),
    (context, name) => bound(context, context.driver.keys.adopt, { name, sourceId: 'none' }),
  ),
  beginDeleteKey: onKey(
    (manager, name) => manager.beginDeleteKey(name),
    (context, name) => bound(context, context.driver.deletion.delete, { name }),
  ),
  getDeletedKey: onKey(
    (manager, name) => manager.getDeletedKey(name),
    (context, name) => bound(context, context.driver.deletion.readDeleted, { name }),
  ),
  listDeletedKeys: onKey(
    (manager) => drain(manager.listDeletedKeys()),
    (context) => bound(context, context.driver.deletion.listDeleted, { maxPageSize: 1 }),
  ),
  beginRecoverDeletedKey: onKey(
    (manager, name) => manager.beginRecoverDeletedKey(name),
    (context, name) => bound(context, context.driver.deletion.recover, { name, allowPartial: false }),
  ),
  purgeDeletedKey: onKey(
    (manager, name) => manager.purgeDeletedKey(name),
    (context, name) => bound(context, context.driver.deletion.purge, { name }),
  ),
  backupKey: onKey(
    (manager, name) => manager.backupKey(name),
    (context, name) => bound(context, context.driver.other.backup, { name }),
  ),
  restoreKeyBackup: onKey(
    (manager) => manager.restoreKeyBackup(new Uint8Array(64)),
    (context) => bound(context, context.driver.other.restore, { backup: new Uint8Array(64) }),
  ),
  rotateKey: onKey(
    (manager, name) => manager.rotateKey(name),
    (context, name) => bound(context, context.driver.rotation.rotate, { name }),
  ),
  rotateDueKeys: onKey(
    (manager) => manager.rotateDueKeys(),
    () => undefined,
  ),
  getKeyRotationPolicy: onKey(
    (manager, name) => manager.getKeyRotationPolicy(name),
    (context, name) => bound(context, context.driver.rotation.readPolicy, { name }),
  ),
  updateKeyRotationPolicy: onKey(
    (manager, name) => manager.updateKeyRotationPolicy(name, { expiresIn: 'P90D' }),
    (context, name) =>
      bound(context, context.driver.rotation.writePolicy, {
        name,
        policy: { lifetimeActions: [], expiresIn: 'P90D' },
      }),
  ),
  getRandomBytes: onKey(
    (manager) => manager.getRandomBytes(16),
    (context) => bound(context, context.driver.other.random, { count: 16 }),
  ),
  releaseKey: onKey(
    (manager, name) => manager.releaseKey(name, 'e30.e30.e30'),
    (context, name, version) => {
      const { read } = context.driver.keys;
      const { release } = context.driver.other;
      if (read === undefined || release === undefined) return undefined;
      return async () => {
        const key = await read({ name, version }, context.call());
        const algorithm = 'CKM_RSA_AES_KEY_WRAP';
        return await release(
          { name, version, key, targetAttestationToken: 'e30.e30.e30', algorithm },
          context.call(),
        );
      };
    },
  ),
};
