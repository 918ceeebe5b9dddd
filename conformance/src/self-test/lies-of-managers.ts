import { isKeyManagerError, KeyManagerError } from '@keyway/core';
import { inPlaceOf } from './in-place-of.ts';
import type { Lie } from './lie.ts';

/** Lies that only a wrong core could tell, outside its clients. */
export const managerLies: readonly Lie[] = [
  {
    id: 'core-repairs-malformed-jwks',
    manager: (manager) => ({
      ...manager,
      importKey: (name, key, options) =>
        inPlaceOf('ERR_INVALID_ARGUMENT', manager.importKey(name, key, options), () =>
          manager.createEcKey(name),
        ),
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
        inPlaceOf('ERR_INVALID_ARGUMENT', manager.createKey(name, keyType, options), () =>
          manager.createKey(name, 'EC'),
        ),
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
          throw new KeyManagerError(code, error.message, {
            provider,
            operation,
            keyId,
            cause,
            retryable: !error.retryable,
          });
        }
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
    manager: (manager) => ({
      ...manager,
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  },
  {
    id: 'core-ignores-foreign-poller-texts',
    manager: (manager) => ({
      ...manager,
      beginDeleteKey: (name, { resumeFrom: _, ...options } = {}) => manager.beginDeleteKey(name, options),
      beginRecoverDeletedKey: (name, { resumeFrom: _, ...options } = {}) =>
        manager.beginRecoverDeletedKey(name, options),
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
    id: 'core-starts-lists-anew',
    manager: (manager) => ({
      ...manager,
      listPropertiesOfKeys: (options) => {
        const list = manager.listPropertiesOfKeys(options);
        const byPage: typeof list.byPage = ({ maxPageSize } = {}) =>
          list.byPage(
            maxPageSize === undefined || maxPageSize < 1 ? {} : { maxPageSize: Math.ceil(maxPageSize) },
          );
        return Object.assign(Object.create(list) as typeof list, { byPage });
      },
    }),
  },
];
