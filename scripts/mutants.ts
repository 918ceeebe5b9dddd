/** `npm run mutants`: changes the code a little, and looks whether the tests notice. */
import { randomBytes } from 'node:crypto';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { createRandom } from '../fuzz/random.ts';
import { copyWorkspace } from './mutants/copy-workspace.ts';
import { findMutants } from './mutants/find-mutants.ts';
import type { Mutant } from './mutants/find-mutants.ts';
import { packageOf, timeFor, tryMutant } from './mutants/try-mutant.ts';
import type { Verdict } from './mutants/try-mutant.ts';
import { root } from './run-program.ts';

const help = `Usage: npm run mutants [-- --count N] [--seed S] [--files PATTERN…] [--list] [--help]

Changes a condition, a comparison, a literal, a guard or a check in a copy of the workspace, one at a
time, and runs the tests of its package that reach the file. A mutant that no test notices must be
listed with its reason in scripts/mutants-survivors.json. The last line is
"N mutants, N killed, N listed, N survived".

  --count N         so many, picked at random (150)
  --seed S          the same ones again; the seed is printed
  --files PATTERN   only of these files; may be given more than once
                    (packages/core/src/**/*.ts and providers/{local,aws-kms}/src/**/*.ts)
  --list            prints the mutants and runs nothing
`;

/** A mutant that no test notices, and why that is in order. */
interface Survivor {
  readonly file: string;
  readonly operator: string;
  readonly code: string;
  readonly reason: string;
}

class UsageError extends Error {}

const say = (text: string): void => void process.stderr.write(`mutants: ${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const describe = ({ file, line, operator, code }: Mutant): string => `${file}:${line}: ${operator}: ${code}`;

const survivors = (
  JSON.parse(readFileSync(join(root, 'scripts/mutants-survivors.json'), 'utf8')) as { survivors: Survivor[] }
).survivors;

function isListed({ file, operator, code }: Mutant): boolean {
  return survivors.some((row) => row.file === file && row.operator === operator && row.code === code);
}

function wholeNumber(text: string, what: string): number {
  if (!/^[0-9]{1,10}$/.test(text)) throw new UsageError(`${what} must be a whole number`);
  return Number(text);
}

/** Picks mutants at random. */
function sample(mutants: readonly Mutant[], count: number, seed: number): readonly Mutant[] {
  const random = createRandom(seed);
  const left = [...mutants];
  const picked: Mutant[] = [];
  while (picked.length < count && left.length > 0) picked.push(...left.splice(random.below(left.length), 1));
  return picked;
}

async function tryAll(copy: string, mutants: readonly Mutant[]): Promise<ReadonlyMap<Mutant, Verdict>> {
  const verdicts = new Map<Mutant, Verdict>();
  const limits = new Map<string, number>();
  // Tests that fail anyway would kill every mutant.
  for (const own of new Set(mutants.map(({ file }) => packageOf(file)))) {
    say(`the tests of ${own}, as they are`);
    const limit = await timeFor(copy, own);
    if (limit === undefined)
      throw new Error(`The tests of ${own} fail without any mutant, or there are none`);
    limits.set(own, limit);
  }
  for (const [index, mutant] of mutants.entries()) {
    const verdict = await tryMutant(copy, mutant, limits.get(packageOf(mutant.file)) ?? 0);
    verdicts.set(mutant, verdict);
    say(`${index + 1} of ${mutants.length}: ${verdict}: ${describe(mutant)}`);
  }
  return verdicts;
}

function report(verdicts: ReadonlyMap<Mutant, Verdict>): void {
  const survived = [...verdicts].filter(([, verdict]) => verdict === 'survived').map(([mutant]) => mutant);
  const fresh = survived.filter((mutant) => !isListed(mutant));
  const wrong = [...verdicts].filter(([mutant, verdict]) => verdict !== 'survived' && isListed(mutant));
  for (const [mutant] of wrong) print(`killed, though listed: ${describe(mutant)}`);
  for (const mutant of fresh) print(`SURVIVED ${describe(mutant)}`);
  const killed = verdicts.size - survived.length;
  print(
    `${verdicts.size} mutants, ${killed} killed, ${survived.length - fresh.length} listed, ${fresh.length} survived`,
  );
  if (verdicts.size === 0 || fresh.length > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '150' },
      seed: { type: 'string' },
      files: {
        type: 'string',
        multiple: true,
        default: ['packages/core/src/**/*.ts', 'providers/{local,aws-kms}/src/**/*.ts'],
      },
      list: flag,
      help: flag,
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const count = wholeNumber(values.count, '--count');
  const seed = values.seed === undefined ? randomBytes(4).readUInt32BE() : wholeNumber(values.seed, '--seed');
  const files = globSync(values.files, { cwd: root }).toSorted();
  if (files.length === 0) throw new UsageError('No file fits --files');
  const all = files.flatMap((file) => findMutants(file, readFileSync(join(root, file), 'utf8')));
  const mutants = sample(all, count, seed);
  if (values.list) {
    for (const mutant of mutants) print(describe(mutant));
    return;
  }
  say(`${mutants.length} of ${all.length} mutants of ${files.length} files, seed ${seed}`);
  const folder = await mkdtemp(join(tmpdir(), 'keyway-mutants-'));
  // However this ends, the copy is taken away.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, 'workspace');
  await copyWorkspace(copy);
  report(await tryAll(copy, mutants));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(128));

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
