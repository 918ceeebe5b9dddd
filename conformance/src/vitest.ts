import { afterAll, beforeAll, describe, it } from 'vitest';
import { allCases } from './all-cases.ts';
import { casesFor, checkCases } from './case.ts';
import { checkKnownFailures } from './known-failures.ts';
import type { RunOptions } from './run.ts';
import { openSession } from './session.ts';
import type { Session } from './session.ts';
import type { ConformanceTarget } from './target.ts';

/**
 * Registers the suite with vitest: one test for each case. A case that the vault does not declare passes where trying it
 * past the declaration failed; a known failure passes as long as it fails as recorded.
 */
export function describeConformance(
  target: ConformanceTarget,
  options: Omit<RunOptions, 'onResult'> = {},
): void {
  const all = checkCases(options.cases ?? allCases);
  checkKnownFailures(target, all);
  const cases = casesFor(target, all, options.only ?? []);
  describe(`${target.name}${target.own === true ? ' (our own)' : ''} keeps the contract`, () => {
    let session: Session | undefined;
    beforeAll(async () => {
      session = await openSession(target, options);
    });
    afterAll(async () => {
      await session?.close();
    });
    for (const testCase of cases) {
      it(testCase.id, { timeout: options.patience ?? target.patience ?? 120_000 }, async (test) => {
        const result = await session?.run(testCase);
        if (result === undefined) throw new Error('The target could not be opened');
        if (result.outcome === 'failed') throw result.error;
        if (result.outcome === 'notRun') test.skip(result.reason);
      });
    }
  });
}
