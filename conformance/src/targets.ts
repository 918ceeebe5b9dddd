import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localProvider } from '@keyway/local';
import type { KeyDriver } from '@keyway/core/driver';
import type { ConformanceTarget } from './target.ts';

/** The local vault in memory. */
export const localMemory: ConformanceTarget = {
  name: 'local (memory)',
  provider: 'local',
  open: () => localProvider.openDriver('memory:', {}),
};

/** The local vault in a file of its own, which is removed with the folder it is in. */
export const localFile: ConformanceTarget = {
  name: 'local (file)',
  provider: 'local',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'keyway-conformance-'));
    const driver = await localProvider.openDriver(`local:${join(folder, 'vault.db')}`, { key: randomBytes(32) });
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
      await rm(folder, { recursive: true, force: true });
    },
  };
}
