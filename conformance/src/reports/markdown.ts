import { describe } from '../expect.ts';
import { lackedByAll, notProven } from '../report.ts';
import type { Outcome, TargetReport } from '../report.ts';

const signs: Readonly<Record<Outcome, string>> = {
  passed: '✓',
  failed: '**✗**',
  knownFailure: 'known failure',
  unsupported: '–',
  notRun: 'not run',
};

/** A matrix of cases and targets, counts above it, and below it whatever needs a word. */
export function markdown(reports: readonly TargetReport[]): string {
  return [
    '# Conformance',
    '',
    ...countsTable(reports),
    '',
    '`✓` kept · `–` not declared, and tried past the declaration without success · **✗** broken',
    '',
    ...matrix(reports),
    ...remarks(reports),
    '',
  ].join('\n');
}

function label({ name, own }: TargetReport): string {
  return own ? `${name} (our own)` : name;
}

function countsTable(reports: readonly TargetReport[]): readonly string[] {
  const rows = reports.map((report) => {
    const { passed, failed, knownFailure, unsupported, notRun } = report.counts;
    return `| ${label(report)} | ${passed} | ${failed} | ${knownFailure} | ${unsupported} | ${notRun} |`;
  });
  return [
    '| target | passed | failed | known failures | unsupported | not run |',
    '|---|---|---|---|---|---|',
    ...rows,
  ];
}

function matrix(reports: readonly TargetReport[]): readonly string[] {
  const ids = [...new Set(reports.flatMap(({ results }) => results.map(({ id }) => id)))];
  const rows = ids.map((id) => {
    const cells = reports.map(({ results }) => {
      const outcome = results.find((result) => result.id === id)?.outcome;
      return outcome === undefined ? '' : signs[outcome];
    });
    return `| ${id} | ${cells.join(' | ')} |`;
  });
  return [
    `| case | ${reports.map(label).join(' | ')} |`,
    `|---|${reports.map(() => '---|').join('')}`,
    ...rows,
  ];
}

function remarks(reports: readonly TargetReport[]): readonly string[] {
  const failed = reports.flatMap((report) =>
    report.results
      .filter(({ outcome }) => outcome === 'failed' || outcome === 'knownFailure' || outcome === 'notRun')
      .map(({ id, outcome, reason, error }) => {
        const said = reason ?? (error === undefined ? '' : describe(error));
        return `- ${label(report)}, ${id}: ${outcome === 'failed' ? `failed: ${describe(error)}` : `${signs[outcome]}: ${said}`}`;
      }),
  );
  const unproven = [
    ...lackedByAll(reports).map(
      ({ provider, lacked }) => `- ${provider}: ${lacked.join(', ')}: no target has it`,
    ),
    ...notProven(reports).map(({ case: id, said }) => `- ${id}: ${said.join('; ')}`),
  ];
  return [
    ...(failed.length === 0 ? [] : ['', '## Not passed', '', ...failed]),
    ...(unproven.length === 0 ? [] : ['', '## Not proven by any emulator', '', ...unproven]),
  ];
}
