import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { must } from './fixture.ts';
import type { BenchRow } from './row.ts';
import { spreadOf } from './statistics.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs node on a module text, with the built packages, and gives what it printed. */
async function node(text: string): Promise<string> {
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', text], { cwd: root, env });
  return stdout;
}

async function build(progress: (text: string) => void): Promise<void> {
  progress('building the packages');
  await run(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '--build', 'packages/core', 'packages/keyway'],
    { cwd: root },
  );
  must(existsSync(`${root}packages/core/dist/index.js`), 'there is no built package');
}

/** Says how much processor time the process has used so far, in microseconds. */
const report = `const { user, system } = process.cpuUsage(); console.log(user + system);`;
const withCore = `import { createKeyManager } from '@keyway/core'; createKeyManager.name; ${report}`;

/** Milliseconds of processor time from the start of a process to the end of its module. */
async function startUp(text: string): Promise<number> {
  const used = Number(await node(text));
  must(used > 0, 'the process did not come up');
  return used / 1000;
}

const importCore: BenchRow = {
  name: 'local/import-core',
  async run(progress) {
    await build(progress);
    const rounds = 25;
    const texts = [report, withCore, report];
    const values: number[] = [];
    const controls: number[] = [];
    for (const text of texts) await startUp(text);
    for (let round = 0; round < rounds; round++) {
      const times = [0, 0, 0];
      for (let turn = 0; turn < 3; turn++) {
        const index = (round + turn) % 3;
        times[index] = await startUp(texts[index] ?? '');
      }
      const [plain = 0, ours = 0, again = 0] = times;
      values.push(ours - plain);
      controls.push(again - plain);
    }
    return {
      name: importCore.name,
      against: 'starting bare Node',
      bound: { value: 15, side: 'at most' },
      unit: 'ms more of processor time',
      n: 1,
      rounds,
      values: spreadOf(values),
      control: spreadOf(controls),
      combine: 'difference',
    };
  },
};

/** Prints every module that importing the umbrella loads, but Node's own. */
const listModules = `
import { registerHooks } from 'node:module';
const loaded = new Set();
registerHooks({ load(url, context, next) { loaded.add(url); return next(url, context); } });
const { openKeyManager } = await import('keyway');
if (typeof openKeyManager !== 'function') throw new Error('keyway does not open');
console.log(JSON.stringify([...loaded].filter((url) => !url.startsWith('node:'))));
`;

const noSdk: BenchRow = {
  name: 'local/umbrella-loads-no-sdk',
  async run(progress) {
    await build(progress);
    const loaded = JSON.parse(await node(listModules)) as readonly string[];
    const foreign = loaded.filter((url) => !/\/packages\/(?:core|keyway)\/dist\//.test(url));
    must(loaded.length > foreign.length, 'no module was loaded at all');
    const count = foreign.length;
    return {
      name: noSdk.name,
      against: 'modules of @keyway/core and keyway alone, before a vault is opened',
      bound: { value: 0, side: 'at most' },
      unit: 'foreign modules',
      n: loaded.length,
      rounds: 1,
      values: { p10: count, median: count, p90: count },
      combine: 'difference',
      ...(count === 0 ? {} : { note: foreign.join(' ') }),
    };
  },
};

/** What loading costs. */
export const startUpRows: readonly BenchRow[] = [importCore, noSdk];
