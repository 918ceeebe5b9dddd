import type { RequestsOfOperation } from './aws-kms-requests.ts';

function formatRow({ operation, requests, atOnce }: RequestsOfOperation): string {
  const counts = Object.entries(requests);
  const sum = counts.reduce((total, [, count]) => total + count, 0);
  const parts = counts.map(([name, count]) => (count === 1 ? `\`${name}\`` : `${count} \`${name}\``));
  const most = atOnce === undefined ? [] : [`at most ${atOnce} at once`];
  return `| ${[operation, sum, [...parts, ...most].join(', ')].join(' | ')} |`;
}

/** The table as the page of the vault shows it. */
export function formatRequests(rows: readonly RequestsOfOperation[]): string {
  return ['| operation | requests | which |', '|---|---|---|', ...rows.map(formatRow)].join('\n');
}

/** What differs between the committed table and what was counted: nothing where they have the same rows. */
export function requestDifferences(
  committed: readonly RequestsOfOperation[],
  counted: readonly RequestsOfOperation[],
): readonly string[] {
  const expected = new Set(committed.map(formatRow));
  const found = new Set(counted.map(formatRow));
  return [
    ...[...found].filter((row) => !expected.has(row)).map((row) => `counted, and not in the table: ${row}`),
    ...[...expected].filter((row) => !found.has(row)).map((row) => `in the table, and not counted: ${row}`),
  ];
}
