import { checkOptions, checkSignal } from '../arguments.ts';
import { KeyManagerError } from '../errors.ts';
import type { KeyManager, OperationOptions, RequestIdOptions } from '../key-manager.ts';
import type { KeyRotationPolicy, KeyRotationPolicyInput, ManagedKey } from '../models.ts';
import { checkRotationPolicy } from '../rotation-policy.ts';
import { addressOf, readRecord, requireOwnName } from './context.ts';
import type { Address, ManagerContext } from './context.ts';
import { tryKeyId } from './lifecycle.ts';
import { makeVersion, requestIdFor } from './make-version.ts';
import { rotateDueKeys } from './rotate-due-keys.ts';
import { toManagedKey, toPolicy } from './to-models.ts';

type Rotation = Pick<
  KeyManager,
  'rotateKey' | 'getKeyRotationPolicy' | 'updateKeyRotationPolicy' | 'rotateDueKeys'
>;

/** New versions, and the policies that ask for them. */
export function rotation(context: ManagerContext): Rotation {
  const { engine } = context;
  return {
    rotateKey: (name, options = {}) =>
      engine.perform('rotateKey', tryKeyId(context, name), undefined, async () => {
        checkOptions(options, ['signal', 'requestId']);
        return rotateKey(context, addressOf(context, name), options);
      }),
    getKeyRotationPolicy: (name, options = {}) =>
      engine.perform('getKeyRotationPolicy', tryKeyId(context, name), undefined, async () => {
        checkOptions(options, ['signal']);
        return readPolicy(context, addressOf(context, name), options);
      }),
    updateKeyRotationPolicy: (name, policy, options = {}) =>
      engine.perform('updateKeyRotationPolicy', tryKeyId(context, name), undefined, async () => {
        checkOptions(options, ['signal']);
        return writePolicy(context, addressOf(context, name), policy, options);
      }),
    rotateDueKeys: (options = {}) =>
      engine.perform('rotateDueKeys', undefined, undefined, async () => {
        checkOptions(options, ['signal']);
        return rotateDueKeys(context, checkSignal(options.signal));
      }),
  };
}

async function rotateKey(
  context: ManagerContext,
  address: Address,
  options: RequestIdOptions,
): Promise<ManagedKey> {
  const { engine } = context;
  const signal = checkSignal(options.signal);
  engine.require({ operation: 'rotateKey' });
  const requestId = requestIdFor(context, 'rotateKey', options.requestId);
  const repeated = options.requestId !== undefined;
  if (!repeated) await requireRotatable(context, address, signal);
  await requireOwnName(context, 'rotateKey', address, signal);
  const { rotate } = engine.driver.rotation;
  const request = { name: address.name };
  const record = await makeVersion(context, 'rotateKey', address, rotate, request, { requestId, signal });
  return toManagedKey(context.vaultUri, record);
}

/** A disabled key does not rotate, and neither does one whose record cannot be trusted. */
async function requireRotatable(
  context: ManagerContext,
  address: Address,
  signal: AbortSignal | undefined,
): Promise<void> {
  const current = await readRecord(context, 'rotateKey', address, signal);
  const { keyId } = address;
  if (!current.intact)
    throw new KeyManagerError('ERR_INTEGRITY', "The key's record is missing or damaged", { keyId });
  if (!current.enabled) {
    throw new KeyManagerError('ERR_KEY_DISABLED', 'The key is disabled: it does not rotate', { keyId });
  }
}

async function readPolicy(
  context: ManagerContext,
  address: Address,
  options: OperationOptions,
): Promise<KeyRotationPolicy> {
  const { engine } = context;
  const signal = checkSignal(options.signal);
  engine.require({ operation: 'getKeyRotationPolicy' });
  const at = { operation: 'getKeyRotationPolicy', step: 'readPolicy', keyId: address.keyId } as const;
  const policy = await engine.invoke(
    at,
    engine.driver.rotation.readPolicy,
    { name: address.name },
    { signal },
  );
  return toPolicy(context.vaultUri, address.name, policy);
}

async function writePolicy(
  context: ManagerContext,
  address: Address,
  policy: KeyRotationPolicyInput,
  options: OperationOptions,
): Promise<KeyRotationPolicy> {
  const { engine } = context;
  const signal = checkSignal(options.signal);
  const checked = checkRotationPolicy(policy);
  engine.require({ operation: 'updateKeyRotationPolicy' });
  const extra = checked.lifetimeActions.flatMap((action) => [
    action.action,
    action.timeAfterCreate === undefined ? 'timeBeforeExpiry' : 'timeAfterCreate',
  ]);
  if (checked.expiresIn !== undefined) extra.push('expiresIn');
  engine.requireMembers('updateKeyRotationPolicy', extra);
  await requireOwnName(context, 'updateKeyRotationPolicy', address, signal);
  const at = { operation: 'updateKeyRotationPolicy', step: 'writePolicy', keyId: address.keyId } as const;
  const request = { name: address.name, policy: checked };
  const written = await engine.invoke(at, engine.driver.rotation.writePolicy, request, { signal });
  return toPolicy(context.vaultUri, address.name, written);
}
