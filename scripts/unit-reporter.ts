import { writeFileSync } from 'node:fs';
import process from 'node:process';
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';
import type { UnitReport } from './test-counts.ts';

function lineOf(test: TestCase): string {
  const result = test.result();
  const reason = result.state === 'skipped' ? result.note : undefined;
  return `${test.fullName}: ${reason ?? 'no reason given'}`;
}

/**
 * A reporter of vitest's: counts into the file that KEYWAY_UNIT_REPORT names. Vitest's own JSON leaves out why a test
 * was skipped.
 */
export default class UnitReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const withState = (state: string): readonly TestCase[] =>
      tests.filter((test) => test.result().state === state);
    const report: UnitReport = {
      passed: withState('passed').length,
      failed: withState('failed').length,
      broken: suites.reduce((sum, suite) => sum + suite.errors().length, errors.length),
      skipped: withState('skipped').map(lineOf),
    };
    writeFileSync(process.env['KEYWAY_UNIT_REPORT'] ?? '', JSON.stringify(report));
  }
}
