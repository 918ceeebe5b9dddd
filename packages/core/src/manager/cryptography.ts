import { algorithmRows } from '../algorithms.ts';
import { checkMember, checkOptions, checkSignal } from '../arguments.ts';
import type { CryptographyClient } from '../cryptography-client.ts';
import { formatKeyId } from '../key-identifier.ts';
import type { CryptographyClientOptions, KeyManager } from '../key-manager.ts';
import { operationRows } from '../operations.ts';
import type { CryptographicOperation, Operation } from '../operations.ts';
import { servedAlgorithms } from './algorithm-plan.ts';
import { addressOf, readRecord } from './context.ts';
import type { ManagerContext } from './context.ts';
import { encryption } from './encryption.ts';
import { tryKeyId } from './lifecycle.ts';
import { PinnedKey } from './pinned-key.ts';
import { signatures } from './signatures.ts';

const cryptographic = (Object.keys(operationRows) as Operation[]).filter(
  (operation): operation is CryptographicOperation => operationRows[operation].cryptographic,
);

/** Pinning versions for use. */
export function cryptography(context: ManagerContext): Pick<KeyManager, 'getCryptographyClient'> {
  return {
    getCryptographyClient: (name, options = {}) =>
      context.engine.perform('getKey', tryKeyId(context, name, options.version), undefined, async () => {
        checkOptions(options, ['signal', 'version', 'execution']);
        return pin(context, name, options);
      }),
  };
}

async function pin(
  context: ManagerContext,
  name: string,
  options: CryptographyClientOptions,
): Promise<CryptographyClient> {
  const address = addressOf(context, name, options.version);
  const signal = checkSignal(options.signal);
  const mode = checkMember(options.execution ?? 'auto', ['auto', 'local', 'remote'], 'options.execution');
  context.engine.require({ operation: 'getKey' });
  const record = await readRecord(context, 'getKey', address, signal);
  const { version } = record;
  const keyId = formatKeyId(context.vaultUri, address.name, version);
  const key = new PinnedKey(context, { name: address.name, version, keyId }, mode, record);
  return Object.freeze({
    keyId,
    name: address.name,
    version,
    ...signatures(key),
    ...encryption(key),
    algorithms: (operation: CryptographicOperation) => {
      const asked = checkMember(operation, cryptographic, 'operation');
      return servedAlgorithms(context.engine.capabilities, key.known() ?? record, asked, algorithmRows);
    },
  });
}
