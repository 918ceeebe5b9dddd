import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyManager } from '@keyway/core';
import { createKeyManager } from '@keyway/core/driver';
import { createPkcs11Driver } from '../src/driver.ts';
import { openVault } from '../src/open-vault.ts';
import type { RecordsPlace } from '../src/open-vault.ts';
import { createSettings } from '../src/vault-settings.ts';
import { changedToken } from './changed-token.ts';
import type { Change } from './changed-token.ts';
import { expectedFeatures } from './expected-features.ts';
import { testCall, tokenOf } from './token-of.ts';
import type { Library } from './token-of.ts';

const folders: string[] = [];
const managers: KeyManager[] = [];

async function recordsFor(library: Library): Promise<RecordsPlace> {
  if (library === 'softhsm2') return 'token';
  const folder = await mkdtemp(join(tmpdir(), 'keyway-records-'));
  folders.push(folder);
  return { file: join(folder, 'records.db') };
}

async function open(
  library: Library,
  namespace: string,
  records: RecordsPlace,
  change?: Change,
): Promise<KeyManager> {
  const real = await tokenOf(library);
  const opened = await openVault(
    {
      token: change === undefined ? real : changedToken(real, change),
      features: expectedFeatures[library],
      plainImport: false,
      checkSignatures: 'rsa',
      identity: `pkcs11://test/${namespace}`,
      settings: createSettings({}),
      namespace,
      records,
    },
    testCall(),
  );
  const manager = createKeyManager(createPkcs11Driver(opened.vault, () => opened.close()));
  managers.push(manager);
  return manager;
}

const freshNamespace = (): string => `m${randomUUID().slice(0, 8)}`;

/** A vault of a namespace of its own on the token of a library, with everything that core does over it. */
export async function managerOn(library: Library, change?: Change): Promise<KeyManager> {
  return open(library, freshNamespace(), await recordsFor(library), change);
}

/** Two vaults of one namespace, as two processes would have them. */
export async function twoManagersOn(library: Library): Promise<readonly [KeyManager, KeyManager]> {
  const [namespace, records] = [freshNamespace(), await recordsFor(library)];
  return [await open(library, namespace, records), await open(library, namespace, records)];
}

/** Closes what was opened. The tokens are not among it. */
export async function closeManagers(): Promise<void> {
  for (const manager of managers.splice(0)) await manager.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
}
