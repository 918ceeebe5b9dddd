import { describe, expect, it } from 'vitest';
import {
  asOne,
  countCells,
  countConformance,
  countInputs,
  countKills,
  countLies,
  countLine,
  countUnits,
  countWorkarounds,
  total,
} from '../test-counts.ts';

const report = (counts: object): string =>
  JSON.stringify({ passed: 0, failed: 0, broken: 0, skipped: [], ...counts });
const ended = (code: number, output = ''): { code: number; output: string } => ({ code, output });

describe('counting unit tests', () => {
  it('counts each test, and hands on why one was skipped', () => {
    const text = report({ passed: 2, failed: 1, skipped: ['a promise: needs a thing'] });
    expect(countUnits(text, ended(1))).toMatchObject({
      passed: 2,
      failed: 1,
      skipped: 1,
      notRun: ['a promise: needs a thing'],
    });
  });

  it('counts what broke outside a test', () => {
    expect(countUnits(report({ passed: 1, broken: 2 }), ended(1))).toMatchObject({ passed: 1, failed: 2 });
  });

  it('counts an end that nothing explains, such as a missed threshold', () => {
    expect(countUnits(report({ passed: 1 }), ended(1))).toMatchObject({ passed: 1, failed: 1 });
    expect(countUnits(report({ passed: 1 }), ended(0))).toMatchObject({ passed: 1, failed: 0 });
  });

  it('shows the coverage', () => {
    const output = 'Statements   : 97% ( 97/100 )\nelse\nBranches     : 96% ( 96/100 )';
    const { summary } = countUnits(report({ passed: 1 }), ended(0, output));
    expect(summary).toBe('Statements   : 97% ( 97/100 ); Branches     : 96% ( 96/100 )');
  });
});

describe('counting the conformance suite', () => {
  const target = { name: 'memory', passed: 7, failed: 0, knownFailures: 1, unsupported: 2 };

  it('counts a case that was tried past the declaration and refused as passed', () => {
    const stdout = JSON.stringify({ targets: [target, { ...target, failed: 3 }] });
    expect(countConformance({ code: 1, stdout })).toMatchObject({ passed: 20, failed: 3 });
  });

  it('counts a bad end without a failed case as one failure', () => {
    const stdout = JSON.stringify({ targets: [target] });
    expect(countConformance({ code: 1, stdout })).toMatchObject({ passed: 10, failed: 1 });
  });
});

describe('counting by the last line', () => {
  it.each([
    ['40 of 40 lies caught', 0, 40, 0],
    ['38 of 40 lies caught', 1, 38, 2],
    ['40 of 40 lies caught', 1, 40, 1],
    ['0 of 0 lies caught', 0, 0, 0],
    ['something else', 1, 0, 1],
  ])('lies: %s, status %i', (line, code, passed, failed) => {
    expect(countLies({ code, stdout: `more\n${line}\n` })).toMatchObject({ passed, failed });
  });

  it.each([
    ['12 of 12 workarounds guarded', 0, 12, 0],
    ['11 of 12 workarounds guarded', 1, 11, 1],
    ['12 of 12 workarounds guarded', 1, 12, 1],
    ['12 of 12 lies caught', 0, 0, 0],
  ])('workarounds: %s, status %i', (line, code, passed, failed) => {
    expect(countWorkarounds({ code, stdout: `more\n${line}\n` })).toMatchObject({ passed, failed });
  });

  it.each([
    ['12 kills, 0 lost, 0 torn', 0, 0],
    ['12 kills, 1 lost, 0 torn', 0, 1],
    ['0 kills, 0 lost, 0 torn', 0, 1],
    ['12 kills, 0 lost, 0 torn', 1, 1],
    ['', 0, 1],
  ])('kills: %s, status %i', (line, code, failed) => {
    expect(countKills({ code, stdout: `more\n${line}\n` })).toMatchObject({ passed: 1 - failed, failed });
  });

  it.each([
    ['5000 inputs, 0 failures', 0, 0],
    ['5000 inputs, 2 failures', 1, 1],
    ['0 inputs, 0 failures', 0, 1],
  ])('inputs: %s, status %i', (line, code, failed) => {
    expect(countInputs({ code, stdout: `more\n${line}\n` })).toMatchObject({ passed: 1 - failed, failed });
  });
});

describe('counting the cells of a fault table', () => {
  it.each([
    ['114 cells, 0 wrong', 0, 114, 0],
    ['114 cells, 4 wrong', 1, 110, 4],
    ['0 cells, 0 wrong', 0, 0, 1],
    ['114 cells, 0 wrong', 1, 113, 1],
    ['', 0, 0, 1],
  ])('%s, status %i', (line, code, passed, failed) => {
    expect(countCells({ code, stdout: `more\n${line}\n` })).toMatchObject({ passed, failed });
  });
});

describe('the last line of all', () => {
  it('adds up, and speaks of skipped parts only where there are some', () => {
    const skipped = { passed: 0, failed: 0, skipped: 2, notRun: ['a', 'b'], summary: '' };
    expect(countLine(total([asOne(true), asOne(false), asOne(true)]))).toBe('2 passed, 1 failed');
    expect(countLine(total([asOne(true), skipped]))).toBe('1 passed, 0 failed, 2 skipped');
    expect(total([skipped, asOne(true)]).notRun).toEqual(['a', 'b']);
  });
});
