import { parseArgs } from 'node:util';
import { awsKmsRows } from './aws-kms-rows.ts';
import { countedRows } from './counted-rows.ts';
import { cryptographyRows } from './cryptography-rows.ts';
import { closeLargeVaults, largeVaultRows } from './large-vault-rows.ts';
import { closeBenchTokens } from './pkcs11-fixture.ts';
import { pkcs11Rows } from './pkcs11-rows.ts';
import { formatResult, toResult } from './result.ts';
import type { BenchResult } from './result.ts';
import type { BenchRow } from './row.ts';
import { startUpRows } from './start-up-rows.ts';
import { tracingRows } from './tracing-rows.ts';

const rows: readonly BenchRow[] = [
  ...cryptographyRows,
  ...countedRows,
  ...largeVaultRows,
  ...startUpRows,
  ...tracingRows,
  ...awsKmsRows,
  ...pkcs11Rows,
];

const help = `Usage: npm run bench -- [name…] [--json] [--help]

Measures each row with its baseline interleaved in one run, both results verified, in processor
time, and judges its bound. A bound within what the baseline differs from itself by (the control) is
"not decided": the row is measured once more, and otherwise does not count as held. Exits 1 where a
bound does not hold.

  name    a row, or the group in front of the slash; all rows by default
  --json  one JSON document: { "results": [{ name, ratio, bound, holds, against, … }] }

Rows: ${rows.map(({ name }) => name).join(', ')}
`;

function progress(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

class UsageError extends Error {}

function select(names: readonly string[]): readonly BenchRow[] {
  const isMeant = (row: string, wanted: string): boolean => row === wanted || row.startsWith(`${wanted}/`);
  for (const wanted of names) {
    if (!rows.some(({ name }) => isMeant(name, wanted))) throw new UsageError(`There is no row ${wanted}`);
  }
  return rows.filter(({ name }) => names.length === 0 || names.some((wanted) => isMeant(name, wanted)));
}

/** Measures a row; once more where the machine was too restless to decide. */
async function measure(row: BenchRow): Promise<BenchResult> {
  progress(row.name);
  const result = toResult(await row.run(progress));
  if (result.decided) return result;
  progress(`${row.name} is not decided, once more`);
  return toResult(await row.run(progress));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const results: BenchResult[] = [];
  try {
    for (const row of select(positionals)) {
      const result = await measure(row);
      results.push(result);
      if (!values.json) process.stdout.write(`${formatResult(result)}\n`);
    }
  } finally {
    await closeLargeVaults();
    await closeBenchTokens();
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ results }, undefined, 2)}\n`);
  else
    process.stdout.write(`${results.filter(({ holds }) => holds).length} of ${results.length} bounds held\n`);
  if (results.some(({ holds }) => !holds)) process.exitCode = 1;
}

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
main().catch((error: unknown) => {
  // parseArgs tells a wrong option by a TypeError.
  if (error instanceof UsageError || (error instanceof TypeError && 'code' in error)) {
    progress(`${error.message}; see --help`);
    process.exitCode = 2;
    return;
  }
  progress(error instanceof Error ? String(error.stack) : String(error));
  process.exitCode = 1;
});
