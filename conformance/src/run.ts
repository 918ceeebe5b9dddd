import { allCases } from './all-cases.ts';
import { casesFor, checkCases } from './case.ts';
import type { Case } from './case.ts';
import { checkKnownFailures } from './known-failures.ts';
import { reportOf } from './report.ts';
import type { CaseResult, TargetReport } from './report.ts';
import { openSession } from './session.ts';
import type { SessionOptions } from './session.ts';
import type { ConformanceTarget } from './target.ts';

/** How the plain runner runs. */
export interface RunOptions extends SessionOptions {
  /** Ids or prefixes of cases. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Default: the whole suite. */
  readonly cases?: readonly Case[] | undefined;
  readonly onResult?: ((result: CaseResult, target: ConformanceTarget) => void) | undefined;
}

/**
 * Holds a target to the contract and reports.
 *
 * @throws Error for an unknown id, for no cases at all, and for a known failure of a case that does not exist.
 */
export async function runConformance(
  target: ConformanceTarget,
  options: RunOptions = {},
): Promise<TargetReport> {
  const all = checkCases(options.cases ?? allCases);
  checkKnownFailures(target, all);
  const cases = casesFor(target, all, options.only ?? []);
  const started = performance.now();
  const session = await openSession(target, options);
  const results: CaseResult[] = [];
  try {
    for (const testCase of cases) {
      const result = await session.run(testCase);
      results.push(result);
      options.onResult?.(result, target);
    }
  } finally {
    await session.close();
  }
  return reportOf(target, results, Math.round(performance.now() - started));
}
