import type { Vector, VectorGroup } from './read-wycheproof.ts';
import type { VectorReport } from './vector-report.ts';

/** A parameter that a vector needs and the contract does not have: the only reason to skip one. */
export type LackingParameter =
  | 'initialisation vector of other than 96 bits'
  | 'truncated authentication code'
  | 'HMAC key of this size'
  | 'signature over this hash'
  | 'RSA exponent below 65537'
  | 'OAEP label'
  | 'ML-DSA context'
  | 'ML-DSA signature over an external mu';

/** What the contract says to a vector. */
export type Verdict = 'valid' | 'invalid' | 'implicitly-rejected' | { readonly lacks: LackingParameter };

/** Puts one vector to the test. */
export type Judge = (test: Vector) => Promise<Verdict>;

/** Prepares a group: its key, its parameters. */
export type GroupJudge = (group: VectorGroup) => Promise<Judge> | Judge;

interface AcceptableRow {
  readonly flag: string;
  readonly verdict: 'valid' | 'invalid';
  readonly reason: string;
}

/** What the contract decides where Wycheproof leaves it open. */
const acceptableRows: readonly AcceptableRow[] = [
  {
    flag: 'MissingNull',
    verdict: 'invalid',
    reason: 'RFC 8017, 9.2: one encoding of DigestInfo only, compared as a whole',
  },
  { flag: 'ShortKey', verdict: 'invalid', reason: 'RFC 3394, 2: a key to wrap has at least 128 bits' },
];

function expected(test: Vector): 'valid' | 'invalid' {
  if (test.result !== 'acceptable') return test.result;
  const row = acceptableRows.find(({ flag }) => test.flags.includes(flag));
  if (row === undefined)
    throw new Error(`No decision about acceptable vectors with flags ${test.flags.join(', ')}`);
  return row.verdict;
}

/** Runs all vectors of a file and counts. */
export async function judgeVectors(
  id: string,
  groups: readonly VectorGroup[],
  prepare: GroupJudge,
): Promise<VectorReport> {
  const counts = { valid: 0, invalid: 0, acceptable: 0 };
  const skipped: Record<string, number> = {};
  const failures: string[] = [];
  let implicitlyRejected = 0;
  for (const group of groups) {
    const judge = await prepare(group);
    for (const test of group.tests) {
      const verdict = await judge(test);
      if (typeof verdict === 'object') {
        skipped[verdict.lacks] = (skipped[verdict.lacks] ?? 0) + 1;
        continue;
      }
      counts[test.result]++;
      if (verdict === 'implicitly-rejected') implicitlyRejected++;
      const plain = verdict === 'implicitly-rejected' ? 'invalid' : verdict;
      if (plain !== expected(test)) {
        failures.push(
          `vector ${test.tcId} (${test.comment}; ${test.flags.join(', ')}) is ${test.result}, here ${plain}`,
        );
      }
    }
  }
  const run = counts.valid + counts.invalid + counts.acceptable;
  return { id, run, ...counts, skipped, implicitlyRejected, failures };
}

/** @throws Error where a verdict was not the published one, or nothing was put to the test. */
export function checkReport(report: VectorReport): void {
  if (report.run === 0) throw new Error(`${report.id}: no vector was run`);
  if (report.failures.length > 0) {
    const shown = report.failures.slice(0, 10).join('\n');
    throw new Error(`${report.id}: ${report.failures.length} of ${report.run} vectors failed\n${shown}`);
  }
}
