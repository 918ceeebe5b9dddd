import { writeFile } from 'node:fs/promises';
import { allCases } from '../all-cases.ts';
import { selectCases, UnknownCaseError } from '../case.ts';
import { describe } from '../expect.ts';
import { opensslVersion } from '../outside/openssl.ts';
import { isGreen, lackedByAll, notProven } from '../report.ts';
import type { CaseResult, TargetReport } from '../report.ts';
import { jsonFull, jsonSummary } from '../reports/json.ts';
import { junit } from '../reports/junit.ts';
import { markdown } from '../reports/markdown.ts';
import { runConformance } from '../run.ts';
import { runSelfTest } from '../self-test/run-self-test.ts';
import type { ConformanceTarget, TargetPart } from '../target.ts';
import { parseArguments, UsageError } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { formatVectorReports } from '../vectors/vector-report.ts';
import { vectorTally } from '../vectors/vector-tally.ts';
import { targetsFor } from './open-targets.ts';

const help = `Holds vaults to Keyway's contract.

  npm run conformance -- [options] [<uri> | <module> ...]

Without a vault: every target known here. A vault is a URI (memory:, local:vault.db?key-file=...), or a module that exports
target or targets. Keys are made under names that start with kw- and are removed again.

  --list                one case id a line, and nothing else; opens no vault
  --provider <name>     the targets of one provider that are known here
  --only <id>           only this case, or the cases below this prefix; may be repeated
  --json[=full]         counts as one JSON document on the standard output; full: with every case
  --junit [file.xml]    JUnit XML, to the file or to the standard output
  --markdown [file.md]  a matrix in Markdown, to the file or to the standard output
  --self-test [module]  runs the suite against drivers that lie; each must be caught. Lies are told about the local
                        vault, or about the target that the module exports
  --help                this text

Exit status: 0 all green, 1 something failed, 2 the command line makes no sense.
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(text);

async function run(given: readonly string[], known: readonly ConformanceTarget[]): Promise<number> {
  const asked = parseArguments(given);
  if (asked.help) {
    print(help);
    return 0;
  }
  const cases = selectCases(allCases, asked.only);
  if (asked.list) {
    print(cases.map(({ id }) => `${id}\n`).join(''));
    return 0;
  }
  if (asked.selfTest) return await runSelfTest({ print, say }, selfTestModule(asked));
  const reports: TargetReport[] = [];
  if (opensslVersion() === undefined)
    say('openssl not found (apt-get install openssl): checks outside run with node:crypto alone');
  for (const target of await targetsFor(asked, known)) reports.push(await runTarget(target, asked));
  for (const line of unproven(reports)) say(line);
  const vectors = vectorTally.reports();
  if (vectors.length > 0) say(`Vectors, in the last target that ran them:\n${formatVectorReports(vectors)}`);
  await write(reports, asked);
  return isGreen(reports) ? 0 : 1;
}

/** The module whose vault the self-test lies about. */
function selfTestModule({ vaults, providers }: Arguments): string | undefined {
  if (vaults.length > 1 || providers.length > 0)
    throw new UsageError('--self-test takes one module, or none');
  return vaults[0];
}

async function runTarget(target: ConformanceTarget, { only }: Arguments): Promise<TargetReport> {
  const { heldTo } = target;
  const part = heldTo === undefined ? '' : `, held to ${describePart(heldTo)}: ${heldTo.reason}`;
  say(`${target.name}${target.own === true ? ' (our own)' : ''}${part}`);
  let done = 0;
  const onResult = (result: CaseResult): void => {
    done++;
    if (result.outcome === 'failed') say(`  failed: ${result.id}: ${describe(result.error)}`);
    if (result.outcome === 'notRun') say(`  not run: ${result.id}: ${result.reason ?? ''}`);
    if (process.stderr.isTTY && done % 20 === 0) process.stderr.write(`  ${done} cases\r`);
  };
  const report = await runConformance(target, { only, onResult });
  const { passed, failed, knownFailure, unsupported, notRun } = report.counts;
  const counts = `${passed} passed, ${failed} failed, ${knownFailure} known failures, ${unsupported} unsupported`;
  const reached = report.reached === undefined ? '' : ` (${report.reached})`;
  say(
    `  ${counts}${notRun === 0 ? '' : `, ${notRun} not run`} in ${(report.durationMs / 1000).toFixed(1)} s${reached}`,
  );
  return report;
}

function describePart({ only, but = [] }: TargetPart): string {
  const whole = only === undefined ? 'the suite' : only.join(', ');
  return but.length === 0 ? whole : `${whole} without ${but.join(', ')}`;
}

/** What was not proven, since no target has it or each has a defect there. */
function unproven(reports: readonly TargetReport[]): readonly string[] {
  return [
    ...lackedByAll(reports).map(
      ({ provider, lacked }) =>
        `Not proven by any target of ${provider}, which all lack it: ${lacked.join(', ')}`,
    ),
    ...[
      ...Map.groupBy(notProven(reports), ({ provider, said }) => JSON.stringify([provider, said])).values(),
    ].map((cases) => {
      const [{ provider, said } = { provider: '', said: [] }] = cases;
      const ids = cases.map(({ case: id }) => id).join(', ');
      return `Not proven by any target of ${provider}: ${ids} (${said.join('; ')})`;
    }),
  ];
}

async function write(
  reports: readonly TargetReport[],
  { json, junit: junitTo, markdown: markdownTo }: Arguments,
): Promise<void> {
  if (json !== undefined)
    print(`${JSON.stringify(json === 'full' ? jsonFull(reports) : jsonSummary(reports))}\n`);
  if (junitTo !== undefined) await writeTo(junitTo, junit(reports));
  if (markdownTo !== undefined) await writeTo(markdownTo, markdown(reports));
}

async function writeTo(file: string, text: string): Promise<void> {
  if (file === '-') print(text);
  else await writeFile(file, text);
}

/**
 * Runs the suite's command.
 *
 * @param known The targets that `--provider` chooses from; all of them run where nothing is named.
 * @returns the exit status.
 */
export async function runCommand(
  given: readonly string[],
  known: readonly ConformanceTarget[],
): Promise<number> {
  try {
    return await run(given, known);
  } catch (error) {
    const usage = error instanceof UsageError || error instanceof UnknownCaseError;
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say(usage ? `${error.message}\nSee --help` : said);
    return usage ? 2 : 1;
  }
}
