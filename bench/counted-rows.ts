import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createKeyManager } from '@keyway/core';
import type { JsonWebKey } from '@keyway/core';
import type { KeyDriver } from '@keyway/core/driver';
import { localProvider } from '@keyway/local';
import { must } from './fixture.ts';
import type { BenchRow } from './row.ts';

const families = ['keys', 'cryptography', 'deletion', 'rotation', 'other'] as const;

type Method = (request: never, call: never) => Promise<unknown>;

/** A driver that counts the calls of its methods. */
function counted(driver: KeyDriver): { readonly driver: KeyDriver; readonly calls: () => number } {
  let calls = 0;
  const copy: Record<string, unknown> = { ...driver };
  for (const family of families) {
    const methods = Object.entries(driver[family]) as [string, Method][];
    copy[family] = Object.fromEntries(
      methods.map(([name, method]): [string, Method] => [
        name,
        async (request, call) => {
          calls++;
          return await method(request, call);
        },
      ]),
    );
  }
  return { driver: copy as typeof copy & KeyDriver, calls: () => calls };
}

const verifyCalls: BenchRow = {
  name: 'local/verify-driver-calls',
  async run() {
    const { driver, calls } = counted(await localProvider.openDriver('memory:', {}));
    const manager = createKeyManager(driver);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await manager.importKey('verified', privateKey.export({ format: 'jwk' }) as JsonWebKey);
    const client = await manager.getCryptographyClient('verified');
    const data = randomBytes(100);
    const signature = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const verifyOnce = async (): Promise<void> => {
      const { result } = await client.verifyData('ES256', data, signature);
      must(result, 'verifyData');
      must(
        !(await client.verifyData('ES256', randomBytes(100), signature)).result,
        'verifyData of other data',
      );
    };
    await verifyOnce();
    const before = calls();
    const n = 1000;
    for (let index = 0; index < n; index++) await verifyOnce();
    const made = calls() - before;
    await manager.close();
    return {
      name: verifyCalls.name,
      against: 'the first verification',
      bound: { value: 0, side: 'at most' },
      unit: 'driver calls',
      n,
      rounds: 1,
      values: { p10: made, median: made, p90: made },
      combine: 'difference',
    };
  },
};

/** What is counted rather than timed. */
export const countedRows: readonly BenchRow[] = [verifyCalls];
