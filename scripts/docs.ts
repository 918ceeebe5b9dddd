/** `npm run docs`: the documentation site. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runProgram, root } from './run-program.ts';

const help = `Usage: npm run docs [-- build | dev | --help]

  build   makes the reference from the sources and the site from docs/ (default); dead links are errors
  dev     serves the site on loopback while it is written
`;

async function step(name: string, args: readonly string[]): Promise<boolean> {
  process.stderr.write(`docs: ${name}\n`);
  const { code, output } = await runProgram(`${root}docs/node_modules/.bin/${name}`, args, { live: true });
  if (code !== 0) process.stdout.write(output);
  return code === 0;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { help: { type: 'boolean', default: false } }, allowPositionals: true });
  const [action = 'build', ...rest] = positionals;
  if (values.help || rest.length > 0 || (action !== 'build' && action !== 'dev')) {
    process.stdout.write(help);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const reference = await step('typedoc', ['--options', `${root}docs/typedoc.json`]);
  const site = action === 'build' ? ['build', `${root}docs`] : ['dev', `${root}docs`, '--host', '127.0.0.1'];
  if (!reference || !(await step('vitepress', site))) {
    process.exitCode = 1;
    return;
  }
  if (action === 'build') process.stdout.write('docs: built into docs/.vitepress/dist\n');
}

await main();
