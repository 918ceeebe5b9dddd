import { describe } from '../expect.ts';
import type { CaseResult, TargetReport } from '../report.ts';

/** The results in the XML that CI systems read. Unsupported and known failures are `skipped`, with their reason. */
export function junit(reports: readonly TargetReport[]): string {
  const suites = reports.map(suite).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="keyway conformance">\n${suites}</testsuites>\n`;
}

function suite({ name, own, results, counts, durationMs }: TargetReport): string {
  const skipped = counts.unsupported + counts.knownFailure + counts.notRun;
  const label = own ? `${name} (our own)` : name;
  const numbers = `tests="${results.length}" failures="${counts.failed}" errors="0" skipped="${skipped}"`;
  const cases = results.map((result) => testcase(label, result)).join('');
  return `  <testsuite name="${escaped(label)}" ${numbers} time="${durationMs / 1000}">\n${cases}  </testsuite>\n`;
}

function testcase(target: string, result: CaseResult): string {
  const { id, outcome, durationMs, reason, error } = result;
  const open = `    <testcase classname="${escaped(target)}" name="${escaped(id)}" time="${durationMs / 1000}"`;
  if (outcome === 'passed') return `${open}/>\n`;
  if (outcome === 'failed') {
    const trace = error instanceof Error ? (error.stack ?? '') : '';
    return `${open}><failure message="${escaped(describe(error))}">${escaped(trace)}</failure></testcase>\n`;
  }
  return `${open}><skipped message="${escaped(`${outcome}: ${reason ?? ''}`)}"/></testcase>\n`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for XML: its special characters as entities, and none that XML 1.0 forbids. */
function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? '')
    .replaceAll(/[^\t\n\r\u0020-\uFFFD]/g, '?');
}
