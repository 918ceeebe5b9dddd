import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The root folder of the repository, with a closing slash. */
export const root: string = fileURLToPath(new URL('..', import.meta.url));

/** How a program ended. */
export interface ProgramEnd {
  /** Exit code; 128 where a signal ended it, 127 where it could not be started. */
  readonly code: number;
  readonly stdout: string;
  /** Both outputs, in the order in which they came. */
  readonly output: string;
  readonly seconds: number;
}

/** Programs that run now, to be ended when this one is interrupted. */
const running = new Set<ReturnType<typeof spawn>>();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

/** How a program is run. */
export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Shows what it writes as it comes, on stderr. */
  readonly live?: boolean | undefined;
}

/** Runs a program in the root folder without standard input, and waits for its end. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramEnd> {
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const stdout: Buffer[] = [];
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    output.push(chunk);
    if (options.live === true) process.stderr.write(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.push(chunk);
    if (options.live === true) process.stderr.write(chunk);
  });
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      output.push(Buffer.from(`${error.message}\n`));
      resolve(127);
    });
    child.once('close', (status) => {
      resolve(status ?? 128);
    });
  });
  running.delete(child);
  return {
    code,
    stdout: Buffer.concat(stdout).toString(),
    output: Buffer.concat(output).toString(),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Runs a TypeScript file of this repository on the workspace's Node, from the sources. */
export function runScript(
  file: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Promise<ProgramEnd> {
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];
  return runProgram(process.execPath, [...flags, `${root}${file}`, ...args], options);
}

/** Runs a program of an installed package. */
export function runTool(
  name: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramEnd> {
  return runProgram(`${root}node_modules/.bin/${name}`, args, options);
}
