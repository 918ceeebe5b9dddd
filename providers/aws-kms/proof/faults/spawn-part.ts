import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import type { FaultFigures } from './fault-report.ts';

/**
 * Runs a part of the table in a process of its own, since what runs in this process keeps one core busy.
 *
 * @param args Arguments of the program, `--json` left out.
 */
export async function runPart(program: string, args: readonly string[]): Promise<FaultFigures> {
  const child = spawn(process.execPath, [...process.execArgv, program, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const output = await text(child.stdout);
  await exited;
  const report = output.split('\n').find((line) => line.startsWith('{'));
  if (report === undefined) throw new Error(`A part of the table has given no report: ${args.join(' ')}`);
  return JSON.parse(report) as FaultFigures;
}
