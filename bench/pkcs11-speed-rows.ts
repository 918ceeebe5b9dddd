import { randomBytes } from 'node:crypto';
import type { SoftToken } from '@keyway/conformance/emulators';
import { runBaseline } from '../providers/pkcs11/proof/baseline/run-baseline.ts';
import { benchSigner, onSoftHsm, openBenchPkcs11, signFor, slowModule } from './pkcs11-fixture.ts';
import type { BenchAlgorithm } from './pkcs11-fixture.ts';
import type { Measured } from './result.ts';
import type { BenchRow } from './row.ts';
import { spreadOf } from './statistics.ts';

const data = randomBytes(100);
const rounds = 12;
/** Of one run of one side. */
const seconds = 1;
const threads = 2;

/** Rates of the C program, of Keyway, and of the C program once more, in changing order. */
async function rounded(
  baseline: () => Promise<number>,
  subject: () => Promise<number>,
): Promise<{
  readonly bare: readonly number[];
  readonly ours: readonly number[];
  readonly again: readonly number[];
}> {
  const sides = [baseline, subject, baseline];
  const rates: number[][] = [[], [], []];
  await subject();
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const side = (round + turn) % sides.length;
      rates[side]?.push((await sides[side]?.()) ?? 0);
    }
  }
  const [bare = [], ours = [], again = []] = rates;
  return { bare, ours, again };
}

const ratios = (some: readonly number[], by: readonly number[]): number[] =>
  some.map((rate, round) => rate / (by[round] ?? Number.NaN));

async function againstC(
  token: SoftToken,
  algorithm: BenchAlgorithm,
  told: Pick<Measured, 'name' | 'against' | 'bound' | 'unit'>,
): Promise<Measured> {
  await using vault = await openBenchPkcs11(token, { workers: threads });
  const signer = await benchSigner(vault, algorithm);
  const { bare, ours, again } = await rounded(
    async () => (await runBaseline(token, { algorithm, threads, seconds })).rate,
    async () => (await signFor(signer, { callers: 32, seconds, data })).rate,
  );
  return {
    ...told,
    n: Math.round(spreadOf(ours).median * seconds),
    rounds,
    values: spreadOf(ratios(ours, bare)),
    control: spreadOf(ratios(again, bare)),
    combine: 'ratio',
    note: `signatures a second: C ${spreadOf(bare).median.toFixed(0)}, Keyway ${spreadOf(ours).median.toFixed(0)}`,
  };
}

function signRow(what: string, algorithm: BenchAlgorithm, atLeast: number): BenchRow {
  const name = `pkcs11/${what}-sign`;
  const told = {
    name,
    against: `a C program that signs with ${algorithm} in ${threads} threads, -O2; Keyway with 32 callers and ${threads} workers, wall time, SoftHSM2`,
    bound: { value: atLeast, side: 'at least' },
    unit: 'of its speed',
  } as const;
  return { name, run: () => onSoftHsm(told, (token) => againstC(token, algorithm, told)) };
}

const milliseconds = 3;
const workers = 16;

const slowToken: BenchRow = {
  name: 'pkcs11/slow-token',
  run() {
    const told = {
      name: slowToken.name,
      against: `what ${workers} sessions of a token that takes ${milliseconds} ms for a signature can give; 64 callers, wall time`,
      bound: { value: 0.9, side: 'at least' },
      unit: 'of that rate',
    } as const;
    return onSoftHsm(told, async (token) => {
      const { module } = await slowModule(token, milliseconds);
      await using vault = await openBenchPkcs11(token, { module, workers });
      const signer = await benchSigner(vault, 'ES256');
      const load = { callers: 64, seconds, data } as const;
      await signFor(signer, load);
      const rates: number[] = [];
      for (let round = 0; round < rounds; round++) rates.push((await signFor(signer, load)).rate);
      const most = (workers / milliseconds) * 1000;
      return {
        ...told,
        n: Math.round(spreadOf(rates).median * seconds),
        rounds,
        values: spreadOf(rates.map((rate) => rate / most)),
        combine: 'ratio',
        note: `signatures a second: ${spreadOf(rates).median.toFixed(0)} of ${most.toFixed(0)}`,
      };
    });
  },
};

/** How fast a token signs through Keyway. */
export const pkcs11SpeedRows: readonly BenchRow[] = [
  signRow('rsa-2048', 'RS256', 0.9),
  signRow('p256', 'ES256', 0.5),
  slowToken,
];
