import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyDriver } from '@keyway/core/driver';
import { localProvider } from '@keyway/local';
import { attestationAuthorities, damageLocalRecord, localAttestation } from './local-fixtures.ts';
import { partForRuntime } from './runtime-part.ts';
import type { ConformanceTarget } from './target.ts';

const heldTo = partForRuntime();

const attestation = (): Promise<typeof localAttestation> => Promise.resolve(localAttestation);

/** The local vault in memory. Nobody gets round it there, so its records cannot be damaged. */
export const localMemory: ConformanceTarget = {
  name: 'local (memory)',
  provider: 'local',
  heldTo,
  fixtures: { attestation },
  open: () => localProvider.openDriver('memory:', { attestationAuthorities }),
};

/** The files of the local vaults that are open, by their identity. */
const files = new Map<string, string>();

/** The local vault in a file of its own, which is removed with the folder it is in. */
export const localFile: ConformanceTarget = {
  name: 'local (file)',
  provider: 'local',
  heldTo,
  fixtures: {
    attestation,
    damagedRecord: (driver, key) => {
      damageLocalRecord(files.get(driver.identity) ?? '', key);
      return Promise.resolve();
    },
  },
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'keyway-conformance-'));
    const path = join(folder, 'vault.db');
    const driver = await localProvider.openDriver(`local:${path}`, {
      key: randomBytes(32),
      attestationAuthorities,
    });
    files.set(driver.identity, path);
    return removing(driver, folder);
  },
};

/** The targets known here, in the order in which they run. */
export const targets: readonly ConformanceTarget[] = [localMemory, localFile];

/** The same driver; when it is closed, its folder goes too. */
function removing(driver: KeyDriver, folder: string): KeyDriver {
  return {
    ...driver,
    async close() {
      await driver.close();
      files.delete(driver.identity);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
