import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createVitest } from 'vitest/node';
import type { TestCase, TestModule, Vite } from 'vitest/node';
import { root } from '../run-program.ts';
import { takeOut } from './workaround.ts';
import type { Workaround, WorkaroundTest, WorkaroundVerdict } from './workaround.ts';

/** Changes a file on its way into the tests; the work tree stays as it is, however this ends. */
function without(workaround: Workaround): Vite.Plugin {
  const path = join(root, workaround.file);
  return {
    name: 'keyway-without-a-workaround',
    enforce: 'pre',
    transform: (code, id) => (id.split('?')[0] === path ? takeOut(code, workaround) : undefined),
  };
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** Runs tests, each file once, and gives what came of them. */
async function runTests(
  tests: readonly WorkaroundTest[],
  plugins: Vite.Plugin[],
): Promise<readonly TestModule[]> {
  // What it keeps of a changed file must not come back anywhere.
  const cache = { fsModuleCache: false } as const;
  const options = {
    root,
    config: join(root, 'vitest.config.ts'),
    watch: false,
    reporters: [{}],
    pool: 'threads',
    ...cache,
  };
  const vitest = await createVitest(options, { plugins });
  try {
    const specifications = [...Map.groupBy(tests, ({ file }) => file)].map(([file, inFile]) =>
      vitest.getRootProject().createSpecification(join(root, file), {
        testNamePattern: new RegExp(inFile.map(({ name }) => escaped(name)).join('|')),
      }),
    );
    return (await vitest.runTestSpecifications(specifications)).testModules;
  } finally {
    await vitest.close();
  }
}

/** The cases of a test that ran. */
function casesOf(modules: readonly TestModule[], { file, name }: WorkaroundTest): readonly TestCase[] {
  return modules
    .filter(({ moduleId }) => moduleId === join(root, file))
    .flatMap(({ children }) => [...children.allTests()])
    .filter(
      (each) => each.fullName.replaceAll(' > ', ' ').includes(name) && each.result().state !== 'skipped',
    );
}

/** The tests that do not pass on the code as it is: they guard nothing. */
async function findBroken(tests: readonly WorkaroundTest[]): Promise<ReadonlySet<WorkaroundTest>> {
  const modules = await runTests(tests, []);
  const passes = (test: WorkaroundTest): boolean => {
    const states = casesOf(modules, test).map((each) => each.result().state);
    return states.length > 0 && states.every((state) => state === 'passed');
  };
  return new Set(tests.filter((test) => !passes(test)));
}

/** Why a workaround cannot be taken out: its file or its place is not there, or no test is named. */
function whyNot(workaround: Workaround): string | undefined {
  if (workaround.tests.length === 0) return 'no test is named';
  try {
    takeOut(readFileSync(join(root, workaround.file), 'utf8'), workaround);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function tryOne(
  workaround: Workaround,
  broken: ReadonlySet<WorkaroundTest>,
): Promise<WorkaroundVerdict> {
  const refused = whyNot(workaround);
  if (refused !== undefined) return { workaround, guarded: false, said: refused };
  const useless = workaround.tests.find((test) => broken.has(test));
  if (useless !== undefined)
    return { workaround, guarded: false, said: `"${useless.name}" does not pass as the code is` };
  const modules = await runTests(workaround.tests, [without(workaround)]);
  const lines: string[] = [];
  for (const test of workaround.tests) {
    const red = casesOf(modules, test).find((each) => each.result().state === 'failed');
    // A file that does not load has no case: then the change is no program, and shows nothing.
    if (red === undefined) return { workaround, guarded: false, said: `"${test.name}" does not turn red` };
    const [said = ''] = red.result().errors?.[0]?.message.split('\n') ?? [];
    lines.push(`${red.name}: ${said}`);
  }
  return { workaround, guarded: true, said: lines.join('; ') };
}

/** How many run at once: each starts a process for every file of tests. */
const atOnce = 2;

/**
 * Takes each workaround out in turn and runs its tests. A place that is not found exactly once is not guarded.
 */
export async function tryWorkarounds(
  workarounds: readonly Workaround[],
  onVerdict: (verdict: WorkaroundVerdict) => void = () => undefined,
): Promise<readonly WorkaroundVerdict[]> {
  const status = process.exitCode;
  const broken = await findBroken(workarounds.flatMap(({ tests }) => tests));
  const verdicts: WorkaroundVerdict[] = [];
  const left = [...workarounds.entries()];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [index, workaround] = next;
        const verdict = await tryOne(workaround, broken);
        verdicts[index] = verdict;
        onVerdict(verdict);
      }
    }),
  );
  // Red tests are what is looked for; Vitest takes them for a failure of this process.
  process.exitCode = status;
  return verdicts;
}
