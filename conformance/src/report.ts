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
  readonly variant: string | undefined;
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
  const { name, provider, variant, own = false, lacks = [] } = target;
  return { name, provider, variant, own, reached: target.reached?.(), lacks, results, counts, durationMs };
}

/** Green: something was tried, and nothing failed. A check that checked nothing fails. */
export function isGreen(reports: readonly TargetReport[]): boolean {
  return reports.length > 0 && reports.every(({ counts }) => counts.failed === 0 && counts.passed > 0);
}

/** The reports that can prove something of a provider, by its name and variant. What this project wrote itself cannot. */
function proving(reports: readonly TargetReport[]): readonly (readonly [string, readonly TargetReport[]])[] {
  const nameOf = ({ provider, variant }: TargetReport): string =>
    variant === undefined ? provider : `${provider} (${variant})`;
  return [
    ...Map.groupBy(
      reports.filter(({ own }) => !own),
      nameOf,
    ),
  ];
}

/** What all targets of a provider lack of what the provider declares. */
export function lackedByAll(
  reports: readonly TargetReport[],
): readonly { provider: string; lacked: readonly string[] }[] {
  return proving(reports).flatMap(([provider, own]) => {
    const lacked = (own[0]?.lacks ?? []).filter((each) => own.every(({ lacks }) => lacks.includes(each)));
    return lacked.length === 0 ? [] : [{ provider, lacked }];
  });
}

/** Cases that pass on none of a provider's targets, because each of them has a known failure there. */
export function notProven(
  reports: readonly TargetReport[],
): readonly { provider: string; case: string; said: readonly string[] }[] {
  return proving(reports).flatMap(([provider, own]) => {
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
