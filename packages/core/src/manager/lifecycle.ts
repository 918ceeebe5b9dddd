import { checkFlag, checkOptions, checkSignal, checkText } from '../arguments.ts';
import { checkDateOrder, toEpochSeconds } from '../dates.ts';
import { invalidArgument, KeyManagerError } from '../errors.ts';
import { parsePrivateJwk } from '../jwk.ts';
import { updateRefusal } from '../key-state.ts';
import { familyOf, isHardwareKeyType } from '../key-types.ts';
import type { KeyType } from '../key-types.ts';
import type { KeyRecord, PropertyChanges } from '../key-driver.ts';
import type {
  CreateKeyOptions,
  ImportKeyOptions,
  KeyManager,
  UpdateKeyPropertiesOptions,
  VersionOptions,
} from '../key-manager.ts';
import type { JsonWebKey, ManagedKey } from '../models.ts';
import { checkTags } from '../names-and-tags.ts';
import { checkRecord } from './check-answer.ts';
import { addressOf, readRecord, requireOwn, requireOwnName } from './context.ts';
import type { ManagerContext } from './context.ts';
import { checkShape, resolveAlgorithm, resolveKeyType, resolveShape } from './key-shape.ts';
import type { Shape } from './key-shape.ts';
import { checkKeyOperations, requireOperations } from './key-usage.ts';
import { makeVersion, requestIdFor } from './make-version.ts';
import {
  checkPolicyOption,
  extraMembers,
  newVersionMembers,
  newVersionRequest,
} from './new-version-request.ts';
import { toManagedKey } from './to-models.ts';

type Lifecycle = Pick<
  KeyManager,
  | 'createKey'
  | 'createRsaKey'
  | 'createEcKey'
  | 'createOctKey'
  | 'importKey'
  | 'getKey'
  | 'updateKeyProperties'
  | 'adoptKey'
>;

const updateMembers = [
  'keyOperations',
  'enabled',
  'expiresOn',
  'notBefore',
  'tags',
  'releasePolicy',
] as const;

/** Making, reading and changing keys. */
export function lifecycle(context: ManagerContext): Lifecycle {
  const create = (
    name: string,
    type: KeyType,
    options: CreateKeyOptions = {},
    known: readonly string[] = [],
  ) =>
    context.engine.perform('createKey', tryKeyId(context, name), undefined, async () => {
      checkOptions(options, [...newVersionMembers, ...known]);
      return createKey(context, name, resolveKeyType(type, options.hardwareProtected), options);
    });
  return {
    createKey: (name, keyType, options) => create(name, keyType, options, ['size', 'curve']),
    createRsaKey: (name, options) => create(name, 'RSA', options, ['size']),
    createEcKey: (name, options) => create(name, 'EC', options, ['curve']),
    createOctKey: (name, options) => create(name, 'oct', options, ['size']),
    importKey: (name, key, options = {}) =>
      context.engine.perform('importKey', tryKeyId(context, name), undefined, async () => {
        checkOptions(options, newVersionMembers);
        return importKey(context, name, key, options);
      }),
    getKey: (name, options = {}) =>
      context.engine.perform('getKey', tryKeyId(context, name, options.version), undefined, async () => {
        checkOptions(options, ['signal', 'version']);
        return getKey(context, name, options);
      }),
    updateKeyProperties: (name, options) =>
      context.engine.perform(
        'updateKeyProperties',
        tryKeyId(context, name, options?.version),
        undefined,
        async () => {
          checkOptions(options, ['signal', 'version', ...updateMembers]);
          return updateKeyProperties(context, name, options);
        },
      ),
    adoptKey: (name, sourceId, options = {}) =>
      context.engine.perform('adoptKey', tryKeyId(context, name), undefined, async () => {
        checkOptions(options, ['signal']);
        return adoptKey(context, name, sourceId, checkSignal(options.signal));
      }),
  };
}

/** The portable id for traces and errors, undefined where the name or version is not acceptable anyway. */
export function tryKeyId(context: ManagerContext, name: unknown, version?: unknown): string | undefined {
  try {
    return addressOf(context, name, version).keyId;
  } catch {
    return undefined;
  }
}

async function createKey(
  context: ManagerContext,
  name: string,
  keyType: KeyType,
  options: CreateKeyOptions,
): Promise<ManagedKey> {
  const { engine } = context;
  const address = addressOf(context, name);
  const signal = checkSignal(options.signal);
  const shape = resolveShape(keyType, options);
  const request = newVersionRequest(engine.capabilities, address.name, shape, options);
  requireShape(context, 'createKey', shape);
  engine.requireMembers('createKey', extraMembers(request));
  const requestId = requestIdFor(context, 'createKey', options.requestId);
  await requireOwnName(context, 'createKey', address, signal);
  const { create } = engine.driver.keys;
  return toManagedKey(
    context.vaultUri,
    await makeVersion(context, 'createKey', address, create, request, { requestId, signal }),
  );
}

function requireShape(context: ManagerContext, operation: 'createKey' | 'importKey', shape: Shape): void {
  context.engine.require({
    operation,
    keyType: shape.keyType,
    curve: shape.curve,
    size: shape.size,
    algorithm: shape.algorithm?.name,
    hardware: isHardwareKeyType(shape.keyType),
  });
}

async function importKey(
  context: ManagerContext,
  name: string,
  key: JsonWebKey,
  options: ImportKeyOptions,
): Promise<ManagedKey> {
  const { engine } = context;
  const address = addressOf(context, name);
  const signal = checkSignal(options.signal);
  const parsed = parsePrivateJwk(key);
  const algorithm = resolveAlgorithm(options.algorithm ?? parsed.algorithm);
  const keyType = resolveKeyType(parsed.keyType, options.hardwareProtected);
  if (familyOf(keyType) === 'AKP' && algorithm?.name !== parsed.parameterSet) {
    throw invalidArgument("options.algorithm contradicts the key's own algorithm");
  }
  const shape = checkShape({ keyType, curve: parsed.curve, size: parsed.size, algorithm });
  const keyOperations = options.keyOperations ?? parsed.keyOperations;
  const request = newVersionRequest(engine.capabilities, address.name, shape, { ...options, keyOperations });
  requireShape(context, 'importKey', shape);
  engine.requireMembers('importKey', extraMembers(request));
  const requestId = requestIdFor(context, 'importKey', options.requestId);
  await requireOwnName(context, 'importKey', address, signal);
  const material = { ...request, material: parsed.material };
  const imported = engine.driver.keys.import;
  return toManagedKey(
    context.vaultUri,
    await makeVersion(context, 'importKey', address, imported, material, { requestId, signal }),
  );
}

async function getKey(context: ManagerContext, name: string, options: VersionOptions): Promise<ManagedKey> {
  const address = addressOf(context, name, options.version);
  const signal = checkSignal(options.signal);
  context.engine.require({ operation: 'getKey' });
  return toManagedKey(context.vaultUri, await readRecord(context, 'getKey', address, signal));
}

function checkChanges(context: ManagerContext, options: UpdateKeyPropertiesOptions): PropertyChanges {
  const date = (value: Date | null | undefined, what: string): number | null | undefined =>
    value === undefined || value === null ? value : toEpochSeconds(value, what);
  const { limits } = context.engine.capabilities;
  const all = {
    keyOperations:
      options.keyOperations === undefined ? undefined : checkKeyOperations(options.keyOperations),
    enabled: checkFlag(options.enabled, 'options.enabled'),
    expiresOn: date(options.expiresOn, 'options.expiresOn'),
    notBefore: date(options.notBefore, 'options.notBefore'),
    tags: options.tags === undefined ? undefined : checkTags(options.tags, limits),
    releasePolicy: checkPolicyOption(options.releasePolicy),
  };
  return Object.freeze(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
}

/** Checks changes against the version that they are for. */
function checkAgainst(
  context: ManagerContext,
  record: KeyRecord,
  changes: PropertyChanges,
  keyId: string,
): void {
  requireOwn(record, keyId);
  const refusal = updateRefusal(record);
  if (refusal !== undefined) throw new KeyManagerError(refusal.code, refusal.reason, { keyId });
  const { expiresOn = record.expiresOn, notBefore = record.notBefore } = changes;
  checkDateOrder(notBefore, expiresOn);
  if (changes.keyOperations !== undefined)
    requireOperations(context.engine.capabilities, record, changes.keyOperations);
  if (changes.releasePolicy === undefined) return;
  if (record.exportable !== true) throw invalidArgument('Only an exportable key has a release policy');
  if (record.releasePolicy?.immutable === true) {
    throw new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', 'The release policy is immutable', { keyId });
  }
}

async function updateKeyProperties(
  context: ManagerContext,
  name: string,
  options: UpdateKeyPropertiesOptions,
): Promise<ManagedKey> {
  const { engine, cache, vaultUri } = context;
  const address = addressOf(context, name, options.version);
  const signal = checkSignal(options.signal);
  const changes = checkChanges(context, options);
  const members = Object.keys(changes) as (keyof PropertyChanges)[];
  engine.require({ operation: 'updateKeyProperties' });
  engine.requireMembers('updateKeyProperties', members);
  const before = await readRecord(context, 'updateKeyProperties', address, signal);
  checkAgainst(context, before, changes, address.keyId);
  if (members.length === 0) return toManagedKey(vaultUri, before);
  const version = before.version;
  const at = { operation: 'updateKeyProperties', step: 'update', keyId: address.keyId } as const;
  const request = { name: address.name, version, changes };
  const answer = await engine.invoke(at, engine.driver.keys.update, request, { signal });
  const record = checkRecord(answer, address.name, version);
  const laid = context.changes.changed(record, members);
  cache.forget(record.name);
  if (cache.stamp() === undefined) cache.put(laid, undefined);
  return toManagedKey(vaultUri, laid);
}

async function adoptKey(
  context: ManagerContext,
  name: string,
  sourceId: string,
  signal: AbortSignal | undefined,
): Promise<ManagedKey> {
  const { engine } = context;
  const address = addressOf(context, name);
  engine.require({ operation: 'adoptKey' });
  const at = { operation: 'adoptKey', step: 'adopt', keyId: address.keyId } as const;
  const request = { name: address.name, sourceId: checkText(sourceId, 'sourceId') };
  const record = checkRecord(
    await engine.invoke(at, engine.driver.keys.adopt, request, { signal }),
    address.name,
  );
  context.changes.made(record);
  context.cache.forget(record.name);
  return toManagedKey(context.vaultUri, record);
}
