/** Runs the suite on the local vault with the built packages on the oldest Node that they support, and on the newest there is. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runProgram, runTool } from './run-program.ts';

interface Report {
  readonly targets: readonly { readonly name: string }[];
}

/** Nodes as packages of the registry, which exist for Linux on x64 under these names. */
const packages = ['node-oldest', 'node-newest'];

function binaryOf(name: string): string {
  const manifest = fileURLToPath(import.meta.resolve(`${name}/package.json`));
  const binary = join(dirname(manifest), 'bin', 'node');
  if (!existsSync(binary)) throw new Error(`${name} has no ${binary}`);
  return binary;
}

/** The suite's report, each target named with the Node on which it ran. */
async function runSuite(binary: string): Promise<Report['targets']> {
  const { stdout: version } = await runProgram(binary, ['--version']);
  process.stderr.write(`other-nodes: Node.js ${version}`);
  const file = 'conformance/dist/cli/main.js';
  const args = ['--disable-warning=ExperimentalWarning', file, '--provider', 'local', '--json'];
  const { stdout, output, code } = await runProgram(binary, args);
  if (stdout === '') throw new Error(`The suite ended with ${code} on Node.js ${version}${output}`);
  const { targets } = JSON.parse(stdout) as Report;
  if (code !== 0) process.stderr.write(output);
  return targets.map((target) => ({ ...target, name: `${target.name} on Node.js ${version.trim()}` }));
}

const built = await runTool('tsc', ['--build', 'conformance']);
if (built.code !== 0) throw new Error(`The packages do not build: ${built.output}`);
const targets: Report['targets'][number][] = [];
for (const name of packages) targets.push(...(await runSuite(binaryOf(name))));
process.stdout.write(`${JSON.stringify({ targets }, undefined, 2)}\n`);
