import type { KeyDriver } from '@keyway/core/driver';
import { createCapabilities } from './capabilities.ts';
import { classify } from './classify.ts';
import { createCryptographyMethods } from './cryptography.ts';
import { createDeletionMethods } from './deletion.ts';
import { createKeyMethods } from './keys.ts';
import { createOtherMethods } from './other.ts';
import { createRotationMethods } from './rotation.ts';
import { keepOffered } from './offered.ts';
import type { Pkcs11Vault } from './vault.ts';

/** Makes the driver of an open vault. `close` is what ends its records and its token. */
export function createPkcs11Driver(vault: Pkcs11Vault, close: () => Promise<void>): KeyDriver {
  const { records, hardware, plainImport, features } = vault;
  const settings = { atomic: records.atomic, hardware: hardware === true, plainImport };
  const capabilities = createCapabilities(features, settings);
  return {
    spi: 1,
    provider: 'pkcs11',
    identity: vault.identity,
    capabilities,
    keys: keepOffered(createKeyMethods(vault), capabilities.rows, {
      create: ['createKey'],
      import: ['importKey'],
    }),
    cryptography: createCryptographyMethods(vault),
    deletion: createDeletionMethods(vault),
    rotation: createRotationMethods(vault),
    other: createOtherMethods(vault),
    classify,
    async close() {
      vault.publicKeys.clear();
      vault.objects.clear();
      await close();
    },
  };
}
