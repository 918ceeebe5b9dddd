import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createKeyManager } from '@keyway/core/driver';
import { expect, test } from 'vitest';
import { createPkcs11Driver } from '../src/driver.ts';
import type { ChurnOrders, ChurnReport } from './churn-process.ts';
import { cleanUp, dumpOf, expectWhole } from './dump.ts';
import { recordsIn } from './record-places.ts';
import { freshNamespace, testToken, testVault } from './test-vault.ts';

const script = fileURLToPath(new URL('churn-process.ts', import.meta.url));
const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];
const run = promisify(execFile);

async function churn(orders: ChurnOrders): Promise<ChurnReport> {
  const { stdout } = await run(process.execPath, [...flags, script, JSON.stringify(orders)]);
  return JSON.parse(stdout) as ChurnReport;
}

/** Of each process. */
const changes = process.env['KEYWAY_FULL'] === undefined ? 10 : 50;

// Not with records on the token, which is no atomic store: now and then a reader there finds a record missing, or it is lost.
test.each(['file'] as const)(
  'four processes make, rotate, use and destroy keys on one token with records on the %s: nothing is lost, nothing fails',
  async (kind) => {
    const { module, label, pin, features } = await testToken();
    const namespace = freshNamespace();
    const records = recordsIn(kind, namespace) as ChurnOrders['records'];
    const { vault, close } = await testVault({ namespace, records });
    const manager = createKeyManager(createPkcs11Driver(vault, close));
    await manager.createEcKey('k', { curve: 'P-256' });
    const told = { module, label, pin, features, namespace, records, changes, workers: 2 };
    const reports = await Promise.all(
      ['a', 'b', 'c', 'd'].map((letter) => churn({ ...told, prefix: `${letter}-` })),
    );
    expect(reports.flatMap(({ errors }) => errors)).toEqual([]);
    const rotations = reports.reduce((sum, report) => sum + report.rotations, 0);
    const shared = await dumpOf(vault, 'k');
    // The dump is of one name: objects of the others are no orphans here.
    expectWhole({ ...shared, orphans: [] });
    expect(shared.versions).toHaveLength(1 + rotations);
    for (const { kept, purged } of reports) {
      for (const [name, versions] of Object.entries(kept))
        expect(await Array.fromAsync(manager.listPropertiesOfKeyVersions(name))).toHaveLength(versions);
      for (const name of purged)
        await expect(manager.getKey(name)).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
    }
    await manager.close();
    await cleanUp(vault);
  },
  240_000,
);
