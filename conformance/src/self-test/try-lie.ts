import { promiseCases } from '../all-cases.ts';
import { describe } from '../expect.ts';
import type { TargetReport } from '../report.ts';
import { runConformance } from '../run.ts';
import type { RunOptions } from '../run.ts';
import type { ConformanceTarget } from '../target.ts';
import type { Lie } from './lie.ts';

/**
 * Not run against lies: importing large RSA keys takes core half a second, for primes that it checks, and the import of
 * 2048 bits goes the same way.
 */
export const leftOut: readonly string[] = ['import/rsa-3072/kept', 'import/rsa-4096/kept'];

/** What the cases said of one vault. */
export interface Verdicts {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly id: string; readonly said: string }[];
  /** All cases, those that are unsupported included. */
  readonly total: number;
}

const options: RunOptions = {
  cases: promiseCases.filter(({ id }) => !leftOut.includes(id)),
  openssl: false,
  createsRsaFast: true,
  patience: 20_000,
};

/** Runs the suite against the true vault. */
export async function tryHonesty(trueVault: ConformanceTarget): Promise<Verdicts> {
  return verdicts(await runConformance(trueVault, options));
}

/** Runs the suite against a lie. */
export async function tryLie(lie: Lie, trueVault: ConformanceTarget): Promise<Verdicts> {
  const target: ConformanceTarget = {
    ...trueVault,
    name: lie.id,
    async open(fixture) {
      const honest = await trueVault.open(fixture);
      return lie.driver?.(honest) ?? honest;
    },
  };
  return verdicts(await runConformance(target, { ...options, wrapManager: lie.manager }));
}

function verdicts({ results }: TargetReport): Verdicts {
  return {
    passed: results.filter(({ outcome }) => outcome === 'passed').map(({ id }) => id),
    failed: results
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ id, error }) => ({ id, said: describe(error) })),
    total: results.length,
  };
}
