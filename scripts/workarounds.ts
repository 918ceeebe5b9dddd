/** `npm run workarounds`: takes each workaround out in turn, and looks whether its test turns red. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { root } from './run-program.ts';
import { tryWorkarounds } from './workarounds/try-workarounds.ts';
import type { Workaround, WorkaroundVerdict } from './workarounds/workaround.ts';

const help = `Usage: npm run workarounds [-- PROVIDER…] [--json] [--list] [--help]

A provider has places that are there for a trap of its vendor or SDK. They are rows in its
proof/workarounds.ts, with the tests that know the trap. This takes each out in turn, on the way into the
tests and never in the work tree, and says which test turned red. One without which all stays green is not
guarded. The last line is "N of M workarounds guarded".

  PROVIDER   a folder of providers/; all that have such rows where none is named
  --json     one JSON document on stdout
  --list     the workarounds, and runs nothing
`;

class UsageError extends Error {}

const say = (text: string): void => void process.stderr.write(`workarounds: ${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** The rows of the providers that are asked for, or of all. */
async function readRows(asked: readonly string[]): Promise<readonly Workaround[]> {
  const files = globSync('providers/*/proof/workarounds.ts', { cwd: root }).toSorted();
  const known = files.map((file) => ({ provider: file.split('/')[1] ?? '', file }));
  const unknown = asked.find((name) => !known.some(({ provider }) => provider === name));
  if (unknown !== undefined) {
    const names = known.map(({ provider }) => provider).join(', ');
    throw new UsageError(`${unknown} has no rows; those that have: ${names}`);
  }
  const chosen = known.filter(({ provider }) => asked.length === 0 || asked.includes(provider));
  const modules = await Promise.all(
    chosen.map(
      async ({ file }) => (await import(join(root, file))) as { readonly workarounds: readonly Workaround[] },
    ),
  );
  return modules.flatMap(({ workarounds }) => workarounds);
}

function report(verdicts: readonly WorkaroundVerdict[], json: boolean): void {
  const guarded = verdicts.filter((verdict) => verdict.guarded).length;
  if (json) {
    const rows = verdicts.map(({ workaround: { name, file }, guarded: good, said }) => ({
      name,
      file,
      guarded: good,
      said,
    }));
    print(JSON.stringify({ guarded, workarounds: verdicts.length, rows }));
  } else {
    for (const { workaround, guarded: good, said } of verdicts) {
      print(`${good ? 'guarded    ' : 'NOT GUARDED'} ${workaround.name} (${workaround.file})`);
      print(`            ${good ? 'red: ' : ''}${said}`);
    }
    print(`${guarded} of ${verdicts.length} workarounds guarded`);
  }
  if (verdicts.length === 0 || guarded < verdicts.length) process.exitCode = 1;
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    options: { json: flag, list: flag, help: flag },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const rows = await readRows(positionals);
  if (values.list) {
    for (const { name, file } of rows) print(`${file}: ${name}`);
    return;
  }
  const started = performance.now();
  say(`${rows.length} workarounds, each in tests of its own`);
  const verdicts = await tryWorkarounds(rows);
  say(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  report(verdicts, values.json);
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
