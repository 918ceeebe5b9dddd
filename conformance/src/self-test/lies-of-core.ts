import { channel } from 'node:diagnostics_channel';
import { isKeyManagerError, KeyManagerError } from '@keyway/core';
import type { CryptographyClient, KeyManager, SignatureAlgorithm } from '@keyway/core';
import { signatureRows } from '../algorithm-ids.ts';
import type { Lie } from './lie.ts';

/** A core whose clients lie. */
function clientLie(id: string, lie: (honest: CryptographyClient, manager: KeyManager) => Partial<CryptographyClient>): Lie {
  return {
    id,
    manager: (manager) => ({
      ...manager,
      getCryptographyClient: async (name, options) => {
        const honest = await manager.getCryptographyClient(name, options);
        return { ...honest, ...lie(honest, manager) };
      },
    }),
  };
}

/** Gives something made up where something was refused with a code. */
async function inPlaceOf<Result>(code: string, running: Promise<Result>, madeUp: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await running;
  } catch (error) {
    if (isKeyManagerError(error) && error.code === code) return await madeUp();
    throw error;
  }
}

const ofClients: readonly Lie[] = [
  clientLie('core-hashes-digests-for-data-algorithms', (honest) => ({
    sign: (algorithm, digest, options) =>
      inPlaceOf('ERR_INVALID_ARGUMENT', honest.sign(algorithm, digest, options), () => honest.signData(algorithm, digest, options)),
  })),
  clientLie('core-offers-every-signature', (honest) => ({
    algorithms: (operation) =>
      operation === 'encrypt' ? signatureRows.map(({ name }) => name) : honest.algorithms(operation),
  })),
  clientLie('core-ignores-key-operations', (honest, manager) => ({
    algorithms: (operation) => (honest.algorithms(operation).length === 0 ? ['ES256' as const] : honest.algorithms(operation)),
    verifyData: async (algorithm: SignatureAlgorithm, data: Uint8Array, signature: Uint8Array) => {
      const result = { algorithm: 'ES256', id: `${manager.vaultUri}/none`, execution: 'local', result: false } as const;
      return await inPlaceOf('ERR_INVALID_ARGUMENT', honest.verifyData(algorithm, data, signature), () => result);
    },
  })),
  clientLie('core-makes-results-up-for-damaged-keys', (honest) => {
    const madeUp = { algorithm: 'ES256', id: honest.keyId, execution: 'remote' } as const;
    const octets = new Uint8Array(64);
    return {
      sign: (algorithm, digest, options) =>
        inPlaceOf('ERR_INTEGRITY', honest.sign(algorithm, digest, options), () => ({ ...madeUp, signature: octets })),
      signData: async (algorithm: SignatureAlgorithm, data: Uint8Array) =>
        await inPlaceOf('ERR_INTEGRITY', honest.signData(algorithm, data), () => ({ ...madeUp, signature: octets })),
      encrypt: (algorithm, plaintext, options) =>
        inPlaceOf('ERR_INTEGRITY', honest.encrypt(algorithm, plaintext, options), () => ({
          ...madeUp,
          ciphertext: octets,
          iv: undefined,
          authenticationTag: undefined,
        })),
      wrapKey: (algorithm, key, options) =>
        inPlaceOf('ERR_INTEGRITY', honest.wrapKey(algorithm, key, options), () => ({ ...madeUp, encryptedKey: octets })),
    };
  }),
  clientLie('core-publishes-plaintexts', (honest) => ({
    encrypt: (algorithm, plaintext, options) => {
      const said = { operation: 'encrypt', text: Buffer.from(plaintext).toString() };
      channel('tracing:keyway:operation:start').publish(said);
      return honest.encrypt(algorithm, plaintext, options);
    },
  })),
  clientLie('core-runs-expired-keys', (honest) => ({
    wrapKey: (algorithm, key, options) =>
      inPlaceOf('ERR_KEY_EXPIRED', honest.wrapKey(algorithm, key, options), () => ({
        algorithm: 'A256KW',
        id: honest.keyId,
        execution: 'remote',
        encryptedKey: key,
      })),
  })),
];

const managers: readonly Lie[] = [
  {
    id: 'core-repairs-malformed-jwks',
    manager: (manager) => ({
      ...manager,
      importKey: (name, key, options) =>
        inPlaceOf('ERR_INVALID_ARGUMENT', manager.importKey(name, key, options), () => manager.createEcKey(name)),
    }),
  },
  {
    id: 'core-lower-cases-names',
    manager: (manager) => ({
      ...manager,
      getKey: async (name, options) => {
        const repaired = typeof name === 'string' && !/^[0-9a-z-]+$/.test(name) ? 'repaired' : name;
        return await manager.getKey(repaired, options);
      },
    }),
  },
  {
    id: 'core-drops-malformed-tags',
    manager: (manager) => ({
      ...manager,
      createKey: (name, keyType, options) =>
        inPlaceOf('ERR_INVALID_ARGUMENT', manager.createKey(name, keyType, options), () => manager.createKey(name, 'EC')),
    }),
  },
  {
    id: 'core-makes-errors-anew',
    manager: (manager) => ({
      ...manager,
      getKey: async (name, options) => {
        try {
          return await manager.getKey(name, options);
        } catch (error) {
          if (!isKeyManagerError(error)) throw error;
          const { code, provider, operation, keyId, retryable } = error;
          throw new KeyManagerError(code, error.message, { provider, operation, keyId, retryable });
        }
      },
    }),
  },
  {
    id: 'core-calls-every-error-retryable',
    manager: (manager) => ({
      ...manager,
      getKey: async (name, options) => {
        try {
          return await manager.getKey(name, options);
        } catch (error) {
          if (!isKeyManagerError(error)) throw error;
          const { code, provider, operation, keyId, cause } = error;
          throw new KeyManagerError(code, error.message, { provider, operation, keyId, cause, retryable: !error.retryable });
        }
      },
    }),
  },
  {
    id: 'core-reads-twice',
    manager: (manager) => ({
      ...manager,
      getKey: async (name, options) => {
        await manager.getKey(name, options);
        return await manager.getKey(name, options);
      },
    }),
  },
  {
    id: 'core-ignores-signals',
    manager: (manager) => ({
      ...manager,
      getKey: (name, { signal: _, ...options } = {}) => manager.getKey(name, options),
      createEcKey: (name, { signal: _, ...options } = {}) => manager.createEcKey(name, options),
    }),
  },
  {
    id: 'core-never-closes',
    manager: (manager) => ({ ...manager, close: async () => undefined, [Symbol.asyncDispose]: async () => undefined }),
  },
  {
    id: 'core-clamps-random-counts',
    manager: (manager) => ({
      ...manager,
      getRandomBytes: (count, options) => manager.getRandomBytes(Math.min(128, Math.max(1, Math.floor(count) || 1)), options),
    }),
  },
  {
    id: 'core-ignores-foreign-poller-texts',
    manager: (manager) => ({
      ...manager,
      beginDeleteKey: (name, { resumeFrom: _, ...options } = {}) => manager.beginDeleteKey(name, options),
      beginRecoverDeletedKey: (name, { resumeFrom: _, ...options } = {}) => manager.beginRecoverDeletedKey(name, options),
    }),
  },
  {
    id: 'core-repairs-policies',
    manager: (manager) => ({
      ...manager,
      updateKeyRotationPolicy: (name, policy, options) =>
        inPlaceOf('ERR_INVALID_ARGUMENT', manager.updateKeyRotationPolicy(name, policy, options), () =>
          manager.updateKeyRotationPolicy(name, {}, options),
        ),
    }),
  },
  {
    id: 'core-forgets-request-ids',
    manager: (manager) => ({
      ...manager,
      createKey: (name, keyType, { requestId: _, ...options } = {}) => manager.createKey(name, keyType, options),
    }),
  },
  {
    id: 'core-starts-lists-anew',
    manager: (manager) => ({
      ...manager,
      listPropertiesOfKeys: (options) => {
        const list = manager.listPropertiesOfKeys(options);
        const byPage: typeof list.byPage = ({ maxPageSize } = {}) =>
          list.byPage(maxPageSize === undefined || maxPageSize < 1 ? {} : { maxPageSize: Math.ceil(maxPageSize) });
        return Object.assign(Object.create(list) as typeof list, { byPage });
      },
    }),
  },
  {
    id: 'core-rotates-due-keys-again',
    manager: (manager) => ({
      ...manager,
      rotateDueKeys: async (options) => {
        const reports = await manager.rotateDueKeys(options);
        for (const { name, outcome } of reports) if (outcome === 'notify') await manager.rotateKey(name);
        return reports;
      },
    }),
  },
];

/** Lies that only a wrong core could tell: they show that the cases about core's own rules bite. */
export const coreLies: readonly Lie[] = [...ofClients, ...managers];
