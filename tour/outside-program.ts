import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const ourScripts = fileURLToPath(new URL('outside/', import.meta.url));

/** An outside program did not agree. */
export class OutsideRefusal extends Error {
  override readonly name: string = 'OutsideRefusal';
}

interface Ending {
  readonly status: number;
  readonly output: string;
}

async function execution(folder: string, program: string, args: readonly string[]): Promise<Ending> {
  try {
    const { stdout, stderr } = await execute(program, args, { cwd: folder });
    return { status: 0, output: stdout + stderr };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && typeof error.code === 'number')) throw error;
    const { stdout, stderr } = error as Error & { readonly stdout?: string; readonly stderr?: string };
    return { status: error.code, output: `${stdout ?? ''}${stderr ?? ''}` };
  }
}

/** Runs a program in a folder and shows its command line and raw output. A script of `tour/outside` runs under node. */
export async function runOutside(folder: string, program: string, args: readonly string[]): Promise<Ending> {
  const script = program.endsWith('.ts');
  const command = script ? [process.execPath, ourScripts + program, ...args] : [program, ...args];
  const [path = '', ...rest] = command;
  const ending = await execution(folder, path, rest);
  process.stdout.write(`    $ ${(script ? ['node', ...rest] : command).join(' ')}\n`);
  const output = ending.output.trimEnd();
  if (output !== '') process.stdout.write(`${output.replaceAll(/^/gm, '      ')}\n`);
  if (ending.status !== 0) process.stdout.write(`      (ended with ${ending.status})\n`);
  return ending;
}
