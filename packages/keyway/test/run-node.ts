import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** Makes the process write the address of every module that it resolves to stderr, one a line. */
const traceModules = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    writeSync(2, resolved.url + '\\n');
    return resolved;
  },
});
`)}`;

/** What a process that ran a module left behind. */
export interface Run {
  readonly output: string;
  /** The addresses of all modules, in the order in which they were asked for. */
  readonly modules: readonly string[];
  readonly status: number | null;
}

/** Runs the text of a module in a process of its own, as an application beside this package would. */
export async function runNode(text: string): Promise<Run> {
  const flags = [
    '--disable-warning=ExperimentalWarning',
    '--conditions=@keyway/source',
    `--import=${traceModules}`,
  ];
  const child = spawn(process.execPath, [...flags, '--input-type=module', '--eval', text], {
    cwd: packageFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = Promise.withResolvers<number | null>();
  child.once('error', closed.reject).once('close', closed.resolve);
  const [output, errors, status] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    closed.promise,
  ]);
  return { output, modules: errors.split('\n').filter((line) => /^(?:file|node|data):/.test(line)), status };
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}
