import type { KeyDriver } from '@keyway/core/driver';
import { createCapabilities } from './capabilities.ts';
import { classify } from './classify.ts';
import { createCryptographyMethods } from './cryptography.ts';
import { createDeletionMethods } from './deletion.ts';
import { createKeyMethods } from './keys.ts';
import { inTurn } from './materials/in-turn.ts';
import { createMaterialCapabilities } from './materials/material-capabilities.ts';
import { createOtherMethods } from './other.ts';
import { createRotationMethods } from './rotation.ts';
import type { KmsVault } from './vault.ts';

/** Makes the driver of an open vault. `close` is what ends its connections. */
export function createAwsKmsDriver(vault: KmsVault, close: () => void): KeyDriver {
  const { import: importKey, ...keys } = inTurn(vault, createKeyMethods(vault));
  const imports = !vault.without.includes('ImportKeyMaterial');
  return {
    spi: 1,
    provider: 'aws-kms',
    identity: vault.identity,
    capabilities:
      vault.materials === undefined
        ? createCapabilities(vault.without)
        : createMaterialCapabilities(vault.without),
    keys: imports && importKey !== undefined ? { ...keys, import: importKey } : keys,
    cryptography: createCryptographyMethods(vault),
    deletion: inTurn(vault, createDeletionMethods(vault)),
    rotation: inTurn(vault, createRotationMethods(vault)),
    other: createOtherMethods(vault),
    classify,
    close() {
      vault.publicKeys.clear();
      close();
      return Promise.resolve();
    },
  };
}
