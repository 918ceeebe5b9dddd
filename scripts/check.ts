/** `npm run check`: every check of the repository. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { buildCheck, checks } from './checks.ts';
import type { Check } from './checks.ts';

const help = `Usage: npm run check [-- NAME… | --fix | --list | --help]

Runs all checks, or the named ones, and ends with 1 where one fails. The build comes first, then two
at a time.
  --fix    mends what can be mended (lint, format, API reports, generated pages), one after the other
  --list   names the checks
`;

async function runCheck(check: Check, fix: boolean): Promise<boolean> {
  const started = performance.now();
  const { ok, output } = await check
    .run(fix)
    .catch((error: unknown) => ({ ok: false, output: String(error) }));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${check.name}: ${check.title} (${seconds} s)\n`);
  if (!ok) process.stdout.write(`${output.trim()}\n`);
  return ok;
}

/** Runs checks, as many at a time as there are lanes, and counts those that fail. */
async function runChecks(chosen: readonly Check[], fix: boolean, lanes: number): Promise<number> {
  const waiting = [...chosen];
  let failed = 0;
  const lane = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      if (!(await runCheck(check, fix))) failed++;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return failed;
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    options: { fix: flag, list: flag, help: flag },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (values.list) {
    process.stdout.write(checks.map(({ name, title }) => `${name}: ${title}\n`).join(''));
    return;
  }
  const unknown = positionals.find((name) => !checks.some((check) => check.name === name));
  if (unknown !== undefined) throw new TypeError(`There is no check ${unknown}; see --list`);
  const chosen = checks.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const first = chosen.filter((check) => check === buildCheck);
  const rest = chosen.filter((check) => check !== buildCheck);
  const failed =
    (await runChecks(first, values.fix, 1)) + (await runChecks(rest, values.fix, values.fix ? 1 : 2));
  if (failed > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`check: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
