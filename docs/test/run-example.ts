import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the examples are. */
export const exampleFolder = fileURLToPath(new URL('../examples/', import.meta.url));

/** The names of all examples, without `.ts`. */
export function exampleNames(): readonly string[] {
  const files = readdirSync(exampleFolder).filter((file) => file.endsWith('.ts'));
  return files.map((file) => file.slice(0, -'.ts'.length)).toSorted();
}

/** Runs a TypeScript file in a process of its own and gives the lines that it printed. It must end well and silently. */
export async function runFile(file: string): Promise<readonly string[]> {
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];
  const { stdout, stderr } = await run(process.execPath, [...flags, file], { cwd: exampleFolder });
  if (stderr !== '') throw new Error(`${file} wrote to stderr: ${stderr}`);
  return stdout.trimEnd().split('\n');
}
