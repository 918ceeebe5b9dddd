/** `npm run docs`: the documentation site. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { root, runProgram } from './run-program.ts';

const help = `Usage: npm run docs [-- build | dev | --help]

  build   makes the reference from the sources, and the site (default). Dead links are errors
  dev     makes the reference, and serves the site on loopback while it is written
`;

type Action = 'build' | 'dev';

/** What is run, one after the other. */
const steps: Readonly<Record<Action, readonly (readonly [string, ...string[]])[]>> = {
  build: [
    ['typedoc', '--options', `${root}docs/typedoc.json`],
    ['vitepress', 'build', `${root}docs`],
  ],
  dev: [
    ['typedoc', '--options', `${root}docs/typedoc.json`],
    ['vitepress', 'dev', `${root}docs`, '--host', '127.0.0.1'],
  ],
};

const isAction = (text: string): text is Action => Object.hasOwn(steps, text);

async function run(action: Action): Promise<boolean> {
  for (const [name, ...args] of steps[action]) {
    process.stderr.write(`docs: ${name}\n`);
    const { code } = await runProgram(`${root}docs/node_modules/.bin/${name}`, args, { live: true });
    if (code !== 0) return false;
  }
  return true;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [action = 'build', ...rest] = positionals;
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (rest.length > 0 || !isAction(action)) throw new TypeError('Only build or dev; see --help');
  if (!(await run(action))) process.exitCode = 1;
  else if (action === 'build') process.stdout.write('The site is in docs/.vitepress/dist\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`docs: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
