/** `npm test`: all checks and tests, and one line that counts them. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { canaries, findCanaries } from './canaries.ts';
import { ensure } from './requirements.ts';
import type { Missing } from './requirements.ts';
import { asOne, countLine, total } from './test-counts.ts';
import type { Counts } from './test-counts.ts';
import { testRows } from './test-rows.ts';
import type { TestRow } from './test-rows.ts';

const help = `Usage: npm test [-- --only NAME… | --list | --help]
       npm run test:full [-- …]

Fetches what the tests need, runs all checks and tests, and ends with "N passed, N failed", its exit
status in agreement. As root on Debian or Ubuntu it installs missing programs itself; elsewhere it
names them with the line that would, and does not run what needs them. With CI set that is a failure.

  --only NAME   runs one part, or the parts before its colon (check); may be given more than once
  --full        the long forms: full fuzz and crash runs, and the benchmarks (npm run test:full)
  --list        names the parts
`;

const inCi = !['', '0', 'false'].includes(process.env['CI'] ?? '');
const heartbeat = 60_000;

const say = (text: string): void => void process.stderr.write(`test: ${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs a part. A part that ran nothing has failed. */
async function runRow(row: TestRow, full: boolean, outputs: Map<string, string>): Promise<Counts> {
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  say(`${row.name}: ${row.title} …`);
  const timer = setInterval(() => say(`${row.name}: still running, ${seconds()}`), heartbeat);
  const { counts, output } = await row.run(full).catch((error: unknown) => ({
    counts: asOne(false),
    output: error instanceof Error ? error.stack : 'failed',
  }));
  clearInterval(timer);
  outputs.set(row.name, `${output ?? ''}\n${counts.summary}`);
  const empty = counts.passed + counts.failed === 0;
  const result = empty ? { ...counts, failed: 1 } : counts;
  if (result.failed > 0) print(`${output?.trim() ?? ''}${empty ? '\nNothing ran.' : ''}`);
  print(`${result.failed > 0 ? 'FAIL' : 'ok  '} ${row.name}: ${countLine(result)} (${seconds()})`);
  if (result.summary !== '') print(`     ${result.summary}`);
  return result;
}

/** Looks for secrets of the tests in all that the parts have written, and in a line of its own where one was put. */
function scanOutputs(outputs: ReadonlyMap<string, string>): Counts {
  const sightings = [...outputs].flatMap(([part, output]) =>
    findCanaries(output, canaries).map(({ canary, form }) => `${part} has written ${canary} as ${form}`),
  );
  const planted = canaries.filter(({ secret }) => {
    const line = `before ${Buffer.from(secret).toString('base64url')} after`;
    return findCanaries(line, canaries).length > 0;
  });
  const good = sightings.length === 0 && planted.length === canaries.length && canaries.length > 0;
  for (const sighting of sightings) print(sighting);
  const characters = [...outputs.values()].reduce((sum, { length }) => sum + length, 0);
  const summary = `${characters} characters of ${outputs.size} parts, ${canaries.length} canaries`;
  print(`${good ? 'ok  ' : 'FAIL'} canaries: no secret of the tests is in what they write`);
  print(`     ${summary}`);
  return asOne(good, summary);
}

/** A part whose requirements cannot be had here. */
function notRun({ name, title }: TestRow, lacking: readonly Missing[]): Counts {
  const reasons = lacking.map((missing) => `needs ${missing.name} (${missing.why}): ${missing.install}`);
  print(`${inCi ? 'FAIL' : 'skip'} ${name}: not run, ${reasons.join('; ')}`);
  const skipped = {
    passed: 0,
    failed: 0,
    skipped: 1,
    notRun: [`${title}: ${reasons.join('; ')}`],
    summary: '',
  };
  return inCi ? { ...skipped, failed: 1, skipped: 0 } : skipped;
}

async function runRows(rows: readonly TestRow[], full: boolean): Promise<Counts> {
  const needed = [...new Set(rows.flatMap(({ needs }) => needs))];
  const missing = await ensure(needed);
  const parts: Counts[] = [];
  const outputs = new Map<string, string>();
  for (const row of rows) {
    const lacking = missing.filter(({ name }) => row.needs.includes(name));
    parts.push(lacking.length > 0 ? notRun(row, lacking) : await runRow(row, full, outputs));
  }
  return total([...parts, ...(outputs.size > 0 ? [scanOutputs(outputs)] : [])]);
}

function chosenRows(only: readonly string[] | undefined, full: boolean): readonly TestRow[] {
  if (only === undefined) return testRows.filter(({ fullOnly }) => full || fullOnly !== true);
  const isMeant = (name: string, wanted: string): boolean => name === wanted || name.startsWith(`${wanted}:`);
  const unknown = only.find((wanted) => !testRows.some(({ name }) => isMeant(name, wanted)));
  if (unknown !== undefined) throw new TypeError(`There is no part ${unknown}; see --list`);
  return testRows.filter(({ name }) => only.some((wanted) => isMeant(name, wanted)));
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    options: { only: { type: 'string', multiple: true }, full: flag, list: flag, help: flag },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (values.list) {
    for (const { name, title } of testRows) print(`${name}: ${title}`);
    return;
  }
  const only = values.only === undefined ? undefined : [...values.only, ...positionals];
  if (only === undefined && positionals.length > 0) throw new TypeError('Parts are named with --only');
  const counts = await runRows(chosenRows(only, values.full), values.full);
  if (counts.notRun.length > 0) print(`\nNot run:\n${counts.notRun.map((line) => `  ${line}`).join('\n')}\n`);
  print(countLine(counts));
  if (counts.failed > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
});
