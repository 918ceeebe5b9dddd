import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import process from 'node:process';
import { EmulatorError } from './emulator.ts';
import { startTracked } from './tracked-process.ts';

/** How a step of making something is run. */
export interface StepOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Shows each line that it writes. */
  readonly say?: (line: string) => void;
}

/**
 * Runs a program to its end. Where this process is killed meanwhile, the next start ends it.
 *
 * @throws EmulatorError where it ends badly or cannot be started, with the end of what it wrote.
 */
export async function runStep(
  command: string,
  args: readonly string[],
  { cwd = tmpdir(), environment, say }: StepOptions = {},
): Promise<void> {
  const step = startTracked({
    command,
    args,
    cwd,
    environment: { ...process.env, ...environment },
    about: { name: `step-${basename(command)}`, version: '' },
  });
  if (say !== undefined) {
    for (const stream of [step.stdout, step.stderr])
      stream.on('data', (chunk: Buffer) => chunk.toString().split('\n').filter(Boolean).forEach(say));
  }
  // It does not keep this process running; the wait does.
  const awake = setInterval(() => {}, 60_000);
  const failure = await step.end;
  clearInterval(awake);
  await step.stop();
  if (failure !== undefined)
    throw new EmulatorError(
      `${command} ${args.slice(0, 3).join(' ')} failed (${failure})\n${step.tail()}`.trim(),
    );
}
