import type { KeyDriver } from '@keyway/core/driver';
import { runtimeFeatures } from './algorithms.ts';
import { createCapabilities } from './capabilities.ts';
import { classify } from './classify.ts';
import { createCryptographyMethods } from './cryptography.ts';
import { createDeletionMethods } from './deletion.ts';
import { createKeyMethods } from './keys.ts';
import { createOtherMethods } from './other.ts';
import type { OtherSettings } from './other.ts';
import { createRotationMethods } from './rotation.ts';
import type { Vault } from './vault.ts';

/** Makes the driver of an open vault. */
export function createLocalDriver(vault: Vault, settings: OtherSettings): KeyDriver {
  return {
    spi: 1,
    provider: 'local',
    identity: vault.identity,
    capabilities: createCapabilities(runtimeFeatures()),
    keys: createKeyMethods(vault),
    cryptography: createCryptographyMethods(vault),
    deletion: createDeletionMethods(vault),
    rotation: createRotationMethods(vault),
    other: createOtherMethods(vault, settings),
    classify,
    stamp: () => vault.database.stamp(),
    close() {
      settings.backupPassphrase?.fill(0);
      vault.close();
      return Promise.resolve();
    },
  };
}
