import { describe, expect, it } from 'vitest';
import { lackedByAll, notProven, reportOf } from '../src/report.ts';
import type { CaseResult } from '../src/report.ts';
import { jsonFull, jsonSummary } from '../src/reports/json.ts';
import { junit } from '../src/reports/junit.ts';
import { markdown } from '../src/reports/markdown.ts';
import type { ConformanceTarget } from '../src/target.ts';

const target = (name: string, own: boolean): ConformanceTarget => ({
  name,
  provider: 'acme',
  own,
  open: () => Promise.reject(new Error('not opened')),
});
const result = (id: string, rest: Partial<CaseResult>): CaseResult => ({
  id,
  title: id,
  outcome: 'passed',
  durationMs: 5,
  ...rest,
});
const results: readonly CaseResult[] = [
  result('a/b', {}),
  result('a/c', { outcome: 'failed', error: new Error('x < y & "z"\u0000') }),
  result('a/d', { outcome: 'knownFailure', reason: 'emulator 1: confused' }),
  result('a/e', { outcome: 'unsupported', reason: 'sign ES256' }),
  result('a/f', { outcome: 'notRun', reason: 'no fixture' }),
];
const reports = [reportOf(target('one', false), results, 1500), reportOf(target('two', true), results, 20)];

describe('the reports', () => {
  it('have a short JSON form with exactly the counts', () => {
    const counts = { passed: 1, failed: 1, knownFailures: 1, unsupported: 1 };
    expect(jsonSummary(reports)).toEqual({
      targets: [
        { name: 'one', ...counts },
        { name: 'two', ...counts },
      ],
    });
  });

  it('have a full JSON form with every case', () => {
    const text = JSON.stringify(jsonFull(reports));
    for (const { id } of results) expect(text).toContain(`"id":"${id}"`);
    expect(text).toContain('"own":true');
  });

  it('are well-formed JUnit, whatever stands in an error', () => {
    const xml = junit(reports);
    expect(xml).toContain('tests="5" failures="1" errors="0" skipped="3"');
    expect(xml).toContain('x &lt; y &amp; &quot;z&quot;?');
    expect(xml).not.toContain(String.fromCodePoint(0));
    expect(xml.match(/<testcase /g)).toHaveLength(10);
  });

  it('are a Markdown matrix that names what is our own, and says a word about all that did not pass', () => {
    const text = markdown(reports);
    expect(text).toContain('| case | one | two (our own) |');
    expect(text).toContain('| a/c | **✗** | **✗** |');
    expect(text).toContain('- one, a/f: not run: no fixture');
  });

  it('list what no target of a provider proves, with what each said', () => {
    expect(notProven(reports)).toEqual([
      { provider: 'acme', case: 'a/d', said: ['one: emulator 1: confused'] },
    ]);
    const passed = results.map((each) => ({ ...each, outcome: 'passed' as const }));
    const proven = reportOf(target('three', false), passed, 1);
    expect(notProven([...reports, proven])).toEqual([]);
  });

  it('take nothing for proven by what is our own, nor by another variant', () => {
    const passed = results.map((each) => ({ ...each, outcome: 'passed' as const }));
    const own = reportOf(target('four', true), passed, 1);
    const other = reportOf({ ...target('five', false), variant: 'v=2', lacks: ['x'] }, passed, 1);
    const cases = notProven([...reports, own, other]).map(({ provider, case: id }) => [provider, id]);
    expect(cases).toEqual([['acme', 'a/d']]);
    expect(lackedByAll([own, other, ...reports])).toEqual([{ provider: 'acme (v=2)', lacked: ['x'] }]);
  });
});
