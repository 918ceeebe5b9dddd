/** What a part of the tests counted. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What was not run, one line each. */
  readonly notRun: readonly string[];
  /** One line about what ran, for the reader. */
  readonly summary: string;
}

/** How a program ended, as far as counting goes. */
interface Ending {
  readonly code: number;
  readonly stdout: string;
}

const noneSkipped = { skipped: 0, notRun: [] } as const;

/** The last line of an output that is not empty. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** Counts as one test, which is good or not. */
export function asOne(good: boolean, summary = ''): Counts {
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, ...noneSkipped, summary };
}

/** What `unit-reporter.ts` writes. */
export interface UnitReport {
  readonly passed: number;
  readonly failed: number;
  /** Errors outside a test: a file that does not load, a hook that throws. */
  readonly broken: number;
  /** The names of the tests that were skipped, with the reasons. */
  readonly skipped: readonly string[];
}

const coverageLine = /^(?:Statements|Branches|Functions|Lines) +: .*$/gm;

/** Counts the unit tests. An end that nothing explains, such as a missed coverage threshold, is one failure. */
export function countUnits(report: string, end: { readonly code: number; readonly output: string }): Counts {
  const { passed, failed, broken, skipped } = JSON.parse(report) as UnitReport;
  const bad = failed + broken;
  return {
    passed,
    failed: bad === 0 && end.code !== 0 ? 1 : bad,
    skipped: skipped.length,
    notRun: skipped,
    summary: (end.output.match(coverageLine) ?? []).join('; '),
  };
}

interface ConformanceReport {
  readonly targets: readonly {
    readonly name: string;
    readonly passed: number;
    readonly failed: number;
    readonly knownFailures: number;
    readonly unsupported: number;
    readonly reached?: string;
  }[];
}

/** Counts the suite's JSON. A case that is unsupported was tried past the declaration and refused, so it passed. */
export function countConformance({ code, stdout }: Ending): Counts {
  const { targets } = JSON.parse(stdout) as ConformanceReport;
  const sum = (member: 'passed' | 'failed' | 'knownFailures' | 'unsupported'): number =>
    targets.reduce((total, target) => total + target[member], 0);
  const failed = sum('failed');
  const lines = targets.map(
    ({ name, passed, unsupported, knownFailures, reached }) =>
      `${name}${reached === undefined ? '' : ` (${reached})`}: ${passed} passed, ${unsupported} unsupported and refused, ${knownFailures} known failures`,
  );
  return {
    passed: sum('passed') + sum('unsupported') + sum('knownFailures'),
    failed: failed === 0 && code !== 0 ? 1 : failed,
    ...noneSkipped,
    summary: lines.join('; '),
  };
}

/** Counts by a last line `N of M …`. */
function countPart(line: RegExp, { code, stdout }: Ending): Counts {
  const summary = lastLine(stdout);
  const match = line.exec(summary);
  const [good, all] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  const missed = all - good;
  return { passed: good, failed: missed === 0 && code !== 0 ? 1 : missed, ...noneSkipped, summary };
}

/** Counts the lies of the self-test: those that were caught passed. */
export function countLies(end: Ending): Counts {
  return countPart(/^(\d+) of (\d+) lies caught$/, end);
}

/** Counts the workarounds: those that a test guards passed. */
export function countWorkarounds(end: Ending): Counts {
  return countPart(/^(\d+) of (\d+) workarounds guarded$/, end);
}

/** Counts the kills of a crash run as one test: nothing may be lost or torn. */
export function countKills({ code, stdout }: Ending): Counts {
  const summary = lastLine(stdout);
  const kills = /^(\d+) kills, 0 lost, 0 torn$/.exec(summary)?.[1];
  return asOne(code === 0 && Number(kills ?? 0) > 0, summary);
}

/** Counts a fuzz run as one test. */
export function countInputs({ code, stdout }: Ending): Counts {
  const summary = lastLine(stdout);
  const inputs = /^(\d+) inputs, 0 failures$/.exec(summary)?.[1];
  return asOne(code === 0 && Number(inputs ?? 0) > 0, summary);
}

/** Counts the cells of a fault table; at least one must have run, and none may be wrong. */
export function countCells({ code, stdout }: Ending): Counts {
  const summary = lastLine(stdout);
  const [, cells = '0', wrong = '0'] = /^(\d+) cells, (\d+) wrong$/.exec(summary) ?? [];
  const good = code === 0 && Number(cells) > 0 && wrong === '0';
  const failed = good ? 0 : Math.max(1, Number(wrong));
  return { passed: Math.max(0, Number(cells) - failed), failed, ...noneSkipped, summary };
}

/** Adds up what several parts counted. */
export function total(parts: readonly Counts[]): Counts {
  const sum = (member: 'passed' | 'failed' | 'skipped'): number =>
    parts.reduce((value, part) => value + part[member], 0);
  const notRun = parts.flatMap((part) => part.notRun);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), notRun, summary: '' };
}

/** The line that ends the tests: `N passed, N failed`, and what was skipped where something was. */
export function countLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
