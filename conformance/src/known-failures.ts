import { isKeyManagerError } from '@keyway/core';
import type { CaseResult } from './report.ts';
import type { Case } from './case.ts';
import { describe } from './expect.ts';
import type { ConformanceTarget, KnownFailure } from './target.ts';

type Judgement = Pick<CaseResult, 'outcome' | 'reason' | 'error'>;

/** Judges a case that is expected to fail: as recorded, it is a known failure; in any other way, it is red. */
export async function judgeKnownFailure(
  known: KnownFailure,
  failed: { readonly thrown: unknown } | undefined,
): Promise<Judgement> {
  const red = (message: string): Judgement => ({
    outcome: 'failed',
    error: new Error(message, { cause: failed?.thrown }),
  });
  if (failed === undefined)
    return red(`Known failure of ${known.emulatorVersion} no longer fails: remove the entry`);
  if (!isExpected(known, failed.thrown)) {
    return red(`Known failure of ${known.emulatorVersion} fails in another way: ${describe(failed.thrown)}`);
  }
  const observed = await known.reproduction.run();
  if (!known.reproduction.observes.test(observed)) {
    return red(
      `The reproduction without Keyway does not show the defect of ${known.emulatorVersion}: ${observed}`,
    );
  }
  return {
    outcome: 'knownFailure',
    reason: `${known.emulatorVersion}: ${known.reason}`,
    error: failed.thrown,
  };
}

function isExpected({ expected }: KnownFailure, thrown: unknown): boolean {
  const code = isKeyManagerError(thrown) ? thrown.code : undefined;
  if (expected.code !== undefined && expected.code !== code && !describe(thrown).includes(expected.code))
    return false;
  return expected.pattern.test(thrown instanceof Error ? thrown.message : String(thrown));
}

/** Entries that name no case would silently never be looked at. */
export function checkKnownFailures(target: ConformanceTarget, cases: readonly Case[]): void {
  for (const known of target.knownFailures ?? []) {
    if (!cases.some(({ id }) => id === known.case)) {
      throw new Error(`${target.name} has a known failure of a case that does not exist: ${known.case}`);
    }
  }
}
