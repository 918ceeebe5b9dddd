import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { must } from './fixture.ts';
import { benchSigner, onSoftHsm, openBenchPkcs11, signFor } from './pkcs11-fixture.ts';
import type { BenchSigner } from './pkcs11-fixture.ts';
import { runSynchronously } from '../providers/pkcs11/proof/bare-session.ts';
import type { BenchRow } from './row.ts';
import { spreadOf } from './statistics.ts';

const data = randomBytes(100);
const callers = 32;

/** The delay of the event loop in milliseconds that one of a hundred turns goes beyond. */
async function loopDelay(work: () => Promise<unknown>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}

const loopDelayRow: BenchRow = {
  name: 'pkcs11/loop-delay',
  run() {
    const told = {
      name: loopDelayRow.name,
      against: `the event loop while ${callers} callers sign with RS256 on SoftHSM2: p99 of its delay`,
      bound: { value: 20, side: 'at most' },
      unit: 'ms',
    } as const;
    return onSoftHsm(told, async (token) => {
      await using vault = await openBenchPkcs11(token);
      const signer = await benchSigner(vault, 'RS256');
      const load = { callers, seconds: 1, data } as const;
      await signFor(signer, load);
      const [ours, synchronous]: [number[], number[]] = [[], []];
      for (let round = 0; round < 10; round++) {
        ours.push(await loopDelay(() => signFor(signer, load)));
        synchronous.push(await loopDelay(() => runSynchronously(token, load)));
      }
      const value = spreadOf(synchronous).median.toFixed(1);
      return {
        ...told,
        n: callers,
        rounds: ours.length,
        values: spreadOf(ours),
        combine: 'difference',
        note: `the same signatures made synchronously in the main thread: p99 ${value} ms`,
      };
    });
  },
};

/** Resident octets of this process after a collection. */
function residentAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round++) collect();
  return process.memoryUsage.rss();
}

async function signTimes(signer: BenchSigner, times: number): Promise<void> {
  let left = times;
  const call = async (): Promise<void> => {
    while (left-- > 0) await signer.client.signData('ES256', data);
  };
  await Promise.all(Array.from({ length: callers }, call));
}

const operations = 200_000;

const memory: BenchRow = {
  name: 'pkcs11/memory',
  run(progress) {
    const told = {
      name: memory.name,
      against: `this process after a tenth of ${operations} ES256 signatures, each time after a collection, SoftHSM2`,
      bound: { value: 10, side: 'at most' },
      unit: 'MB more of resident memory',
    } as const;
    return onSoftHsm(told, async (token) => {
      await using vault = await openBenchPkcs11(token);
      const signer = await benchSigner(vault, 'ES256');
      await signTimes(signer, operations / 10);
      const before = residentAfterCollection();
      for (let tenth = 2; tenth <= 10; tenth++) {
        await signTimes(signer, operations / 10);
        progress(`${(operations / 10) * tenth} of ${operations} signatures made`);
      }
      const more = (residentAfterCollection() - before) / 1e6;
      return { ...told, n: operations, rounds: 1, values: spreadOf([more]), combine: 'difference' };
    });
  },
};

const opening: BenchRow = {
  name: 'pkcs11/open',
  run() {
    const told = {
      name: opening.name,
      against:
        'opening a vault on SoftHSM2 whose probes are cached, in a process that has no other open, wall time',
      bound: { value: 0.5, side: 'at most' },
      unit: 's',
    } as const;
    return onSoftHsm(told, async (token) => {
      const probeCache = join(token.folder, 'bench-probes.json');
      const open = async (): Promise<number> => {
        const started = performance.now();
        await using vault = await openBenchPkcs11(token, { probeCache });
        const took = (performance.now() - started) / 1000;
        must((await vault.listPropertiesOfKeys().byPage().next()).done !== undefined, 'the vault');
        return took;
      };
      const cold = await open();
      const times: number[] = [];
      for (let round = 0; round < 20; round++) times.push(await open());
      const note = `with the probes: ${cold.toFixed(2)} s`;
      return { ...told, n: 1, rounds: 20, values: spreadOf(times), combine: 'difference', note };
    });
  },
};

/** What stays as it is while a token is used. */
export const pkcs11SteadyRows: readonly BenchRow[] = [loopDelayRow, memory, opening];
