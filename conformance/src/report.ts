import type { ConformanceTarget } from './target.ts';

/**
 * What became of a case. `unsupported`: the vault does not declare what it needs, and trying that past the declaration
 * failed, as it must. `notRun`: the target gives no way round the vault that the case needs; always with its reason.
 */
export type Outcome = 'passed' | 'failed' | 'knownFailure' | 'unsupported' | 'notRun';

/** The result of one case on one target. */
export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly outcome: Outcome;
  readonly durationMs: number;
  /** Why, where it did not simply pass or fail. */
  readonly reason?: string | undefined;
  readonly error?: unknown;
}

/** The results of one target. */
export interface TargetReport {
  readonly name: string;
  readonly provider: string;
  readonly own: boolean;
  /** How the vault was reached, where the target says so. */
  readonly reached: string | undefined;
  /** What the target lacks of what its provider declares. */
  readonly lacks: readonly string[];
  readonly results: readonly CaseResult[];
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly durationMs: number;
}

/** Puts the results of a target together. */
export function reportOf(
  target: ConformanceTarget,
  results: readonly CaseResult[],
  durationMs: number,
): TargetReport {
  const counts = { passed: 0, failed: 0, knownFailure: 0, unsupported: 0, notRun: 0 };
  for (const { outcome } of results) counts[outcome]++;
  const { name, provider, own = false, lacks = [] } = target;
  return { name, provider, own, reached: target.reached?.(), lacks, results, counts, durationMs };
}

/** Green: something was tried, and nothing failed. A check that checked nothing fails. */
export function isGreen(reports: readonly TargetReport[]): boolean {
  return reports.length > 0 && reports.every(({ counts }) => counts.failed === 0 && counts.passed > 0);
}

/** What all targets of a provider lack of what the provider declares. */
export function lackedByAll(
  reports: readonly TargetReport[],
): readonly { provider: string; lacked: readonly string[] }[] {
  return [...Map.groupBy(reports, ({ provider }) => provider)].flatMap(([provider, own]) => {
    const lacked = (own[0]?.lacks ?? []).filter((each) => own.every(({ lacks }) => lacks.includes(each)));
    return lacked.length === 0 ? [] : [{ provider, lacked }];
  });
}

/** Cases that pass on none of a provider's targets, because each of them has a known failure there. */
export function notProven(
  reports: readonly TargetReport[],
): readonly { provider: string; case: string; said: readonly string[] }[] {
  const providers = [...new Set(reports.map(({ provider }) => provider))];
  return providers.flatMap((provider) => {
    const own = reports.filter((report) => report.provider === provider);
    const [first] = own;
    if (first === undefined) return [];
    return first.results.flatMap(({ id }) => {
      const each = own.map((report) => report.results.find((result) => result.id === id));
      if (!each.every((result) => result?.outcome === 'knownFailure')) return [];
      return [
        {
          provider,
          case: id,
          said: own.map((report, index) => `${report.name}: ${each[index]?.reason ?? ''}`),
        },
      ];
    });
  });
}
