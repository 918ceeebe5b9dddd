import { allCases } from '../../conformance/src/all-cases.ts';
import { codes, markdownTable } from './markdown-table.ts';

/** The page of all conformance cases, by family. */
export function caseListPage(): string {
  const families = Map.groupBy(
    allCases.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ({ id }) => id.slice(0, id.indexOf('/')),
  );
  const sections = [...families].flatMap(([family, cases]) => [
    `## ${family}`,
    markdownTable(
      ['case', 'promise'],
      cases.map(({ id, title }) => [codes([id]), title]),
    ),
  ]);
  return [
    '# All conformance cases',
    `${allCases.length} cases. Made from the suite itself.`,
    ...sections,
    '',
  ].join('\n\n');
}
