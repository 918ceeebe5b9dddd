import { describe } from '../expect.ts';
import type { TargetReport } from '../report.ts';

/** The short form, for programs that compare numbers. */
export interface JsonSummary {
  readonly targets: readonly {
    readonly name: string;
    readonly passed: number;
    readonly failed: number;
    readonly knownFailures: number;
    readonly unsupported: number;
    /** How an emulator was reached: by address, as a container or as a process. */
    readonly reached?: string;
  }[];
}

/** Counts of each target. */
export function jsonSummary(reports: readonly TargetReport[]): JsonSummary {
  return {
    targets: reports.map(({ name, counts, reached }) => ({
      name,
      passed: counts.passed,
      failed: counts.failed,
      knownFailures: counts.knownFailure,
      unsupported: counts.unsupported,
      ...(reached === undefined ? {} : { reached }),
    })),
  };
}

/** The counts, and beside them whose target it is and what became of each case. */
export function jsonFull(reports: readonly TargetReport[]): object {
  const { targets } = jsonSummary(reports);
  return {
    targets: targets.map((target, index) => ({
      ...target,
      notRun: reports[index]?.counts.notRun ?? 0,
      provider: reports[index]?.provider,
      own: reports[index]?.own,
      durationMs: reports[index]?.durationMs,
      cases: (reports[index]?.results ?? []).map(({ error, ...result }) => ({
        ...result,
        ...(error === undefined ? {} : { error: describe(error) }),
      })),
    })),
  };
}
