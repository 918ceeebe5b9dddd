/** `npm run check`: every check of the repository. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { checks } from './checks.ts';
import type { Check } from './checks.ts';

const help = `Usage: npm run check [-- NAME… | --fix | --list | --help]

Runs all checks, or the named ones, and ends with 1 where one fails.
  --fix    mends what can be mended (format, lint, API reports, generated pages)
  --list   names the checks
`;

async function runCheck(check: Check, fix: boolean): Promise<boolean> {
  const started = performance.now();
  const { ok, output } = await check.run(fix);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${check.name}: ${check.title} (${seconds} s)\n`);
  if (!ok) process.stdout.write(`${output.trim()}\n`);
  return ok;
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({ options: { fix: flag, list: flag, help: flag }, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (values.list) {
    process.stdout.write(checks.map(({ name, title }) => `${name}: ${title}\n`).join(''));
    return;
  }
  const unknown = positionals.find((name) => !checks.some((check) => check.name === name));
  if (unknown !== undefined) {
    process.stderr.write(`There is no check ${unknown}; see --list\n`);
    process.exitCode = 2;
    return;
  }
  let failed = 0;
  for (const check of checks) {
    if (positionals.length > 0 && !positionals.includes(check.name)) continue;
    if (!(await runCheck(check, values.fix))) failed++;
  }
  if (failed > 0) process.exitCode = 1;
}

await main();
