/** `npm run emulators`: the emulators of the conformance suite, for people. */
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  addressVariable,
  announceCommand,
  emulatorCatalogue,
  emulatorRow,
  emulatorRuns,
  ensureEngine,
  isStopRequested,
  startEmulator,
  startServedToken,
  startToken,
  stopRuns,
  sweep,
  tokenCatalogue,
} from '@keyway/conformance/emulators';
import type { Emulator, EmulatorRun, EmulatorWay, SoftToken } from '@keyway/conformance/emulators';

const help = `Usage: npm run emulators -- list | start [NAME…] | status | stop [NAME…]  [--json] [--help]

Third-party programs that stand for vaults, each of a pinned version, fetched once into a cache
(KEYWAY_CACHE, default ~/.cache/keyway).

  list            the catalogue
  start [NAME…]   starts these, or all, on free ports; prints a variable with the address of each, as
                  the tests read it; stays until Ctrl-C, or until stop in another shell. A token of
                  PKCS#11 is fresh, and its pkcs11: URI is printed with the variables that it needs
  status          what is started on this machine, by this command and by tests
  stop [NAME…]    ends what start has started, and removes what was left behind by processes that
                  are no more; what running tests hold stays

  --how WAY       start: only container, or only process; default: a container where one can be had,
                  for which an engine is brought up as root where none answers
  --json          one JSON document on the standard output
`;

const betweenLooks = 200;

const say = (text: string): void => void process.stderr.write(`emulators: ${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Asked {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly how: EmulatorWay | undefined;
}

const catalogue = [...emulatorCatalogue, ...tokenCatalogue];
const isToken = (name: string): boolean => tokenCatalogue.some((row) => row.name === name);

function checkName(name: string): void {
  if (!isToken(name)) emulatorRow(name);
}

function list({ json }: Asked): void {
  if (json) print(JSON.stringify(catalogue));
  else for (const { name, version, standsFor } of catalogue) print(`${name} ${version} (${standsFor})`);
}

function startOne(name: string, how: Asked['how']): Promise<Emulator | SoftToken> {
  if (name === 'softhsm2' || name === 'nss') return startToken(name);
  if (name === 'p11-kit') return startServedToken({ how: how === 'address' ? undefined : how, say });
  return startEmulator(name, { how, say });
}

/** Starts all at once. Where one cannot be had, none stays. */
async function startAll({ names, how }: Asked): Promise<readonly (Emulator | SoftToken)[]> {
  const starts = names.map((name) => startOne(name, how));
  const ends = await Promise.allSettled(starts);
  const emulators = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed === undefined) return emulators;
  await Promise.all(emulators.map(({ stop }) => stop()));
  throw failed.reason;
}

/** What a person needs to use it. */
function linesOf(emulator: Emulator | SoftToken): readonly string[] {
  if (!('module' in emulator)) return [`${addressVariable(emulator)}=${emulator.address}`];
  const variables = Object.entries(emulator.environment).map(([name, value]) => `${name}=${value}`);
  return [...variables, emulator.uri];
}

async function start(asked: Asked): Promise<void> {
  const names = asked.names.length > 0 ? asked.names : catalogue.map(({ name }) => name);
  for (const name of names) checkName(name);
  const wantsEngine = names.some((name) =>
    isToken(name) ? name === 'p11-kit' : emulatorRow(name).container !== undefined,
  );
  announceCommand();
  const engine = wantsEngine && asked.how !== 'process' ? await ensureEngine(say) : undefined;
  try {
    const emulators = await startAll({ ...asked, names });
    if (asked.json) print(JSON.stringify(emulators));
    else for (const line of emulators.flatMap(linesOf)) print(line);
    say('they stay until Ctrl-C or: npm run emulators -- stop');
    await untilStopped(emulators);
  } finally {
    await engine?.stop();
  }
}

/** A given address is not ours to keep. */
async function untilStopped(emulators: readonly (Emulator | SoftToken)[]): Promise<void> {
  const running = new Set(emulators.filter(({ id }) => id !== undefined));
  while (running.size > 0) {
    await after(betweenLooks);
    for (const emulator of running) {
      if (emulator.id === undefined || !isStopRequested(emulator.id)) continue;
      await emulator.stop();
      running.delete(emulator);
      say(`${emulator.name}: stopped`);
    }
  }
}

function status({ json }: Asked): void {
  const runs = emulatorRuns();
  if (json) print(JSON.stringify(runs));
  else for (const run of runs) print(line(run));
  if (runs.length === 0) say('nothing is started');
}

function line({ name, how, address, state, owner, since }: EmulatorRun): string {
  return `${name} ${how} ${address ?? '(starting)'} ${state}, by process ${owner} since ${since}`;
}

async function stop({ names, json }: Asked): Promise<void> {
  for (const name of names) checkName(name);
  const meant = emulatorRuns().filter(({ name }) => names.length === 0 || names.includes(name));
  for (const { name, owner } of meant.filter(({ state }) => state === 'held'))
    say(`${name}: stays, process ${owner} uses it`);
  const left = await stopRuns(meant.filter(({ state }) => state === 'started'));
  const swept = await sweep();
  if (swept > 0) say(`${swept} left behind by processes that are no more`);
  for (const { name } of left) say(`${name}: still runs`);
  if (json) print(JSON.stringify({ stopped: meant.length - left.length, swept, left }));
  if (left.length > 0) process.exitCode = 1;
}

const commands = { list, start, status, stop } as const;

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    options: { json: flag, help: flag, how: { type: 'string' } },
    allowPositionals: true,
  });
  const [command, ...names] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(help);
    return;
  }
  const run = Object.entries(commands).find(([name]) => name === command)?.[1];
  if (run === undefined) throw new TypeError(`There is no command ${command}; see --help`);
  const how = (['container', 'process'] as const).find((way) => way === values.how);
  if (values.how !== undefined && how === undefined) throw new TypeError('--how is container or process');
  await run({ names, json: values.json, how });
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof TypeError ? 2 : 1;
});
