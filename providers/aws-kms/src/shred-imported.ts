import { KeyManagerError } from '@keyway/core/driver';
import type { KeyManager } from '@keyway/core';
import { translateError } from './translate-error.ts';
import type { KmsVault } from './vault.ts';

/** Options of {@link DeleteImportedKeyMaterial}. */
export interface DeleteImportedKeyMaterialOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Destroys the key material of a version that was imported, at once. Nothing recovers it but a new import of the very same
 * material with the AWS tools. The version, its properties and its public key stay; it is not ready any more, and what was
 * encrypted with it cannot be decrypted. This is no purge: the name stays taken.
 *
 * It waits for nothing and asks nothing. Other versions of the key are not touched.
 *
 * @throws ERR_KEY_NOT_FOUND where there is no such version, or the key is deleted: recover it first.
 * @throws ERR_OPERATION_NOT_PERMITTED for a version that was not imported, or a key that is not the vault's own.
 */
export type DeleteImportedKeyMaterial = (
  name: string,
  version: string,
  options?: DeleteImportedKeyMaterialOptions,
) => Promise<void>;

const operation = 'deleteImportedKeyMaterial';

function notPermitted(message: string, keyId: string): KeyManagerError {
  return new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', message, {
    provider: 'aws-kms',
    operation,
    keyId,
  });
}

/** Makes {@link DeleteImportedKeyMaterial} for an open vault: the manager finds the version and says whose it is. */
export function createDeleteImportedKeyMaterial(
  vault: KmsVault,
  manager: Pick<KeyManager, 'getKey'>,
): DeleteImportedKeyMaterial {
  return async (name, version, options = {}) => {
    if (typeof version !== 'string') throw new TypeError('version must be a string');
    const { signal } = options;
    const { id, properties } = await manager.getKey(name, { version, signal });
    if (properties.ownership !== 'own') throw notPermitted('This key belongs to other software', id);
    const KeyId = vault.materials === undefined ? version : properties.sourceId;
    // Without the id KMS would delete the current material, whatever version was meant.
    const material = vault.materials === undefined ? {} : { KeyMaterialId: version };
    const call = signal === undefined ? {} : { abortSignal: signal };
    try {
      const { KeyMetadata } = await vault.client.describeKey({ KeyId }, call);
      if (KeyMetadata?.Origin !== 'EXTERNAL') throw notPermitted('This version was not imported', id);
      await vault.client.deleteImportedKeyMaterial({ KeyId, ...material }, call);
    } catch (error) {
      throw translateError(error, operation, id);
    }
  };
}
