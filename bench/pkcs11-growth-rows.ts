import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SoftToken } from '@keyway/conformance/emulators';
import { faultModule } from '../providers/pkcs11/proof/shim/fault-module.ts';
import type { FaultModule } from '../providers/pkcs11/proof/shim/fault-module.ts';
import { must } from './fixture.ts';
import { onSoftHsm, openBenchPkcs11 } from './pkcs11-fixture.ts';
import { addSecretKeys } from '../providers/pkcs11/proof/bare-session.ts';
import type { BenchRow } from './row.ts';
import { spreadOf } from './statistics.ts';

const few = 100;
const many = 10_000;

/** The module with a log of all calls: a copy, since a library reads its environment once. */
async function loggingModule(token: SoftToken): Promise<FaultModule> {
  const folder = join(token.folder, `bench-log-${token.label}`);
  mkdirSync(folder, { recursive: true });
  const made = await faultModule(token.module, folder);
  Object.assign(process.env, made.environment);
  const module = join(folder, 'libcounting.so');
  copyFileSync(made.module, module);
  return { ...made, module };
}

interface Found {
  /** Calls of each function that looks for objects or reads them, as text. */
  readonly calls: string;
  readonly milliseconds: number;
}

/** What a first use of a key costs in a vault that was just opened, beside so many objects of others. */
async function firstUse(token: SoftToken, faults: FaultModule): Promise<Found> {
  await using vault = await openBenchPkcs11(token, { module: faults.module, workers: 1 });
  const before = faults.calls().length;
  const started = performance.now();
  const client = await vault.getCryptographyClient('found');
  await client.signData('ES256', new Uint8Array(32));
  const milliseconds = performance.now() - started;
  const looking = ['C_FindObjectsInit', 'C_FindObjects', 'C_FindObjectsFinal', 'C_GetAttributeValue'];
  const since = faults.calls().slice(before);
  const counts = looking.map((name) => since.filter((call) => call.function === name).length);
  return { calls: looking.map((name, at) => `${name} ${counts[at]}`).join(', '), milliseconds };
}

const manyObjects: BenchRow = {
  name: 'pkcs11/10000-objects',
  run(progress) {
    const told = {
      name: manyObjects.name,
      against: `the calls that look for objects as a key is first used beside ${few} objects of others, counted by the fault module, SoftHSM2`,
      bound: { value: 0, side: 'at most' },
      unit: 'counts that differ',
    } as const;
    return onSoftHsm(told, async (token) => {
      const faults = await loggingModule(token);
      await using vault = await openBenchPkcs11(token, { module: faults.module });
      await vault.createEcKey('found');
      const rounds: Found[] = [];
      for (const [made, upTo] of [
        [0, few],
        [few, many],
      ] as const) {
        progress(`${upTo - made} objects are made`);
        await addSecretKeys(token, upTo - made);
        rounds.push(await firstUse(token, faults));
      }
      const [first, last] = rounds;
      must(first !== undefined && last !== undefined, 'the counts');
      const differ = first?.calls === last?.calls ? 0 : 1;
      const took = rounds.map(({ milliseconds }) => milliseconds.toFixed(0)).join(' and ');
      const note = `${last?.calls}; ${took} ms, what the library itself takes to look among its objects included`;
      return { ...told, n: many, rounds: 1, values: spreadOf([differ]), combine: 'difference', note };
    });
  },
};

/** What a large token costs. */
export const pkcs11GrowthRows: readonly BenchRow[] = [manyObjects];
