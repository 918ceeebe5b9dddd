/** `npm test`: all checks and tests, and one line that counts them. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { ensure, requirements } from './requirements.ts';
import type { Missing } from './requirements.ts';
import { runScript } from './run-program.ts';
import { fullRows, inCi, testRows } from './test-rows.ts';
import type { Counts, TestRow } from './test-rows.ts';

const help = `Usage: npm test [-- --only NAME… | --full | --list | --help]

Installs what the tests need, runs all checks and tests, and ends with "N passed, N failed", its exit
status in agreement. As root on Debian or Ubuntu it installs missing programs itself, elsewhere it names
them with the line that would.

  --only NAME   runs one part; may be given more than once
  --full        the long forms: full fuzz and crash runs, and the benchmarks (npm run test:full)
  --list        names the parts
`;

async function runRow(row: TestRow, full: boolean): Promise<Counts> {
  process.stderr.write(`test: ${row.name}: ${row.title} …\n`);
  const started = performance.now();
  const counts = await row.run(full).catch(
    (error: unknown): Counts => ({
      passed: 0,
      failed: 1,
      skipped: 0,
      output: error instanceof Error ? (error.stack ?? error.message) : 'the part failed',
      summary: '',
    }),
  );
  const empty = counts.passed + counts.failed === 0;
  const failed = empty ? 1 : counts.failed;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (failed > 0) process.stdout.write(`${counts.output.trim()}\n${empty ? 'Nothing ran.\n' : ''}`);
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  process.stdout.write(`${failed > 0 ? 'FAIL' : 'ok  '} ${row.name}: ${counts.passed} passed, ${failed} failed${skipped} (${seconds} s)\n`);
  if (counts.summary !== '') process.stdout.write(`     ${counts.summary}\n`);
  return { ...counts, failed };
}

/** Fetches what the tests need; what is not to be had is named, and in CI it is a failure. */
async function prepare(): Promise<readonly Missing[]> {
  const missing = await ensure(requirements.map(({ name }) => name));
  if (missing.some(({ name }) => name === 'go')) return missing;
  const vectors = await runScript('scripts/vectors.ts', [], { live: true });
  if (vectors.code === 0) return missing;
  return [...missing, { name: 'wycheproof', why: 'test vectors', install: 'node scripts/vectors.ts' }];
}

function chosenRows(only: readonly string[] | undefined, full: boolean): readonly TestRow[] {
  const rows = full ? [...testRows, ...fullRows] : testRows;
  const names = only ?? rows.map(({ name }) => name);
  const unknown = names.find((name) => !rows.some((row) => row.name === name));
  if (unknown !== undefined) throw new TypeError(`There is no part ${unknown}; see --list`);
  return rows.filter(({ name }) => names.includes(name));
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: { only: { type: 'string', multiple: true }, full: flag, list: flag, help: flag },
  });
  if (values.help || values.list) {
    const list = [...testRows, ...fullRows].map(({ name, title }) => `${name}: ${title}\n`).join('');
    process.stdout.write(values.help ? help : list);
    return;
  }
  const rows = chosenRows(values.only, values.full);
  const missing = await prepare();
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const row of rows) {
    const counts = await runRow(row, values.full);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  for (const { name, why, install } of missing) {
    process.stdout.write(`${inCi ? 'FAIL' : 'not run'}: ${name} is missing (${why}); install it with: ${install}\n`);
    if (inCi) total.failed++;
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
  if (total.failed > 0) process.exitCode = 1;
}

await main();
