/** What a file of vectors came to. */
export interface VectorReport {
  /** Id of the case. */
  readonly id: string;
  /** Vectors put to the test: `valid + invalid + acceptable`. */
  readonly run: number;
  readonly valid: number;
  readonly invalid: number;
  readonly acceptable: number;
  /** Vectors that need a parameter which the contract lacks, by that parameter. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Invalid ciphertexts that were answered with random octets (implicit rejection); part of `invalid`. */
  readonly implicitlyRejected: number;
  /** Vectors whose verdict was not the published one. */
  readonly failures: readonly string[];
}

/** Collects reports by case id; the last one of an id counts. */
export interface VectorTally {
  add(report: VectorReport): void;
  reports(): readonly VectorReport[];
}

/** Makes an empty tally. */
export function createVectorTally(): VectorTally {
  const byId = new Map<string, VectorReport>();
  return {
    add: (report) => void byId.set(report.id, report),
    reports: () => [...byId.values()],
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The counts of one or more reports as one line. */
function formatVectorCounts(reports: readonly VectorReport[]): string {
  const of = (member: 'run' | 'valid' | 'invalid' | 'acceptable'): number =>
    sum(reports.map((report) => report[member]));
  const skipped = sum(reports.flatMap((report) => Object.values(report.skipped)));
  return `${of('run')} run, ${of('valid')} valid, ${of('invalid')} invalid, ${of('acceptable')} acceptable, ${skipped} skipped`;
}

/** All counts as text: a line per file, the reasons of what was skipped, and the sum. */
export function formatVectorReports(reports: readonly VectorReport[]): string {
  const reasons = new Map<string, number>();
  for (const { skipped } of reports) {
    for (const [reason, count] of Object.entries(skipped))
      reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  }
  return [
    ...reports.map((report) => `${report.id}: ${formatVectorCounts([report])}`),
    ...[...reasons].map(([reason, count]) => `skipped, because the contract has no ${reason}: ${count}`),
    `answered with random octets (implicit rejection), counted as invalid: ${sum(reports.map((report) => report.implicitlyRejected))}`,
    `${reports.length} sources of vectors: ${formatVectorCounts(reports)}`,
  ].join('\n');
}
