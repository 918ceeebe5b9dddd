import { checkBytes, checkMember, checkOptions, checkSignal, checkText } from '../arguments.ts';
import { invalidArgument, KeyManagerError } from '../errors.ts';
import { keyExportEncryptionAlgorithms } from '../key-types.ts';
import type { KeyManager, OperationOptions, ReleaseKeyOptions, RequestIdOptions } from '../key-manager.ts';
import type { ManagedKey, ReleaseKeyResult } from '../models.ts';
import { checkObject, checkOctets } from './check-answer.ts';
import { addressOf, readRecord } from './context.ts';
import type { Address, ManagerContext } from './context.ts';
import { tryKeyId } from './lifecycle.ts';
import { makeVersion, requestIdFor } from './make-version.ts';
import { toManagedKey } from './to-models.ts';

type Other = Pick<KeyManager, 'backupKey' | 'restoreKeyBackup' | 'getRandomBytes' | 'releaseKey'>;

/** Most octets that `getRandomBytes` gives at once. */
const maxRandomBytes = 128;

/** Longest attestation token that is looked at, in characters. */
const maxTokenLength = 65_536;

/** Backup, random octets, release. */
export function other(context: ManagerContext): Other {
  const { engine } = context;
  return {
    backupKey: (name, options = {}) =>
      engine.perform('backupKey', tryKeyId(context, name), undefined, async () => {
        checkOptions(options, ['signal']);
        return backupKey(context, addressOf(context, name), options);
      }),
    restoreKeyBackup: (backup, options = {}) =>
      engine.perform('restoreKeyBackup', undefined, undefined, async () => {
        checkOptions(options, ['signal', 'requestId']);
        return restoreKeyBackup(context, checkBytes(backup, 'backup'), options);
      }),
    getRandomBytes: (count, options = {}) =>
      engine.perform('getRandomBytes', undefined, undefined, async () => {
        checkOptions(options, ['signal']);
        return getRandomBytes(context, count, options);
      }),
    releaseKey: (name, targetAttestationToken, options = {}) =>
      engine.perform('releaseKey', tryKeyId(context, name, options.version), undefined, async () => {
        checkOptions(options, ['signal', 'version', 'algorithm']);
        return releaseKey(
          context,
          addressOf(context, name, options.version),
          targetAttestationToken,
          options,
        );
      }),
  };
}

async function backupKey(
  context: ManagerContext,
  address: Address,
  options: OperationOptions,
): Promise<Uint8Array> {
  const { engine } = context;
  const { keyId, name } = address;
  const signal = checkSignal(options.signal);
  engine.require({ operation: 'backupKey' });
  if (engine.capabilities.backup === 'asked') {
    const record = await readRecord(context, 'backupKey', address, signal);
    if (record.backup !== true) {
      throw new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', 'The key was not created with backup: true', {
        keyId,
      });
    }
  }
  const at = { operation: 'backupKey', step: 'backup', keyId } as const;
  return checkOctets(await engine.invoke(at, engine.driver.other.backup, { name }, { signal }), 'a backup');
}

async function restoreKeyBackup(
  context: ManagerContext,
  backup: Uint8Array,
  options: RequestIdOptions,
): Promise<ManagedKey> {
  const { engine } = context;
  const signal = checkSignal(options.signal);
  if (backup.length === 0) throw invalidArgument('backup must not be empty');
  engine.require({ operation: 'restoreKeyBackup' });
  const requestId = requestIdFor(context, 'restoreKeyBackup', options.requestId);
  const address = { name: undefined, keyId: undefined };
  const { restore } = engine.driver.other;
  const making = { requestId, signal };
  const record = await makeVersion(context, 'restoreKeyBackup', address, restore, { backup }, making);
  return toManagedKey(context.vaultUri, record);
}

async function getRandomBytes(
  context: ManagerContext,
  count: number,
  options: OperationOptions,
): Promise<Uint8Array> {
  const { engine } = context;
  const signal = checkSignal(options.signal);
  if (typeof count !== 'number') throw new TypeError('count must be a number');
  if (!Number.isInteger(count) || count < 1 || count > maxRandomBytes) {
    throw invalidArgument(`count must be a whole number from 1 to ${maxRandomBytes}`);
  }
  engine.require({ operation: 'getRandomBytes' });
  const at = { operation: 'getRandomBytes', step: 'random', keyId: undefined } as const;
  const answer = await engine.invoke(at, engine.driver.other.random, { count }, { signal });
  return checkOctets(answer, `${count} random octets`, count);
}

async function releaseKey(
  context: ManagerContext,
  address: Address,
  token: string,
  options: ReleaseKeyOptions,
): Promise<ReleaseKeyResult> {
  const { engine } = context;
  const { keyId } = address;
  const signal = checkSignal(options.signal);
  const targetAttestationToken = checkText(token, 'targetAttestationToken');
  if (targetAttestationToken === '' || targetAttestationToken.length > maxTokenLength) {
    throw invalidArgument(`targetAttestationToken must have 1 to ${maxTokenLength} characters`);
  }
  const asked = options.algorithm ?? 'CKM_RSA_AES_KEY_WRAP';
  const algorithm = checkMember(asked, keyExportEncryptionAlgorithms, 'options.algorithm');
  engine.require({ operation: 'releaseKey' });
  const key = await readRecord(context, 'releaseKey', address, signal);
  if (!key.intact)
    throw new KeyManagerError('ERR_INTEGRITY', "The key's record is missing or damaged", { keyId });
  if (!key.enabled) throw new KeyManagerError('ERR_KEY_DISABLED', 'The key is disabled', { keyId });
  if (key.exportable !== true) {
    throw new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', 'The key is not exportable', { keyId });
  }
  const request = { name: key.name, version: key.version, key, targetAttestationToken, algorithm };
  const at = { operation: 'releaseKey', step: 'release', keyId } as const;
  const answer = checkObject(
    await engine.invoke(at, engine.driver.other.release, request, { signal }),
    'a release',
  );
  if (typeof answer.value !== 'string') {
    throw new KeyManagerError(
      'ERR_UNKNOWN',
      'The provider answered with something that is not a released key',
    );
  }
  return Object.freeze({ value: answer.value });
}
