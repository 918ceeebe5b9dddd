import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EmulatorPlace } from './cell-place.ts';
import { openCellVault, vaultClient } from './cell-vault.ts';
import type { FaultReport } from './fault-report.ts';
import { keyKinds } from './key-kinds.ts';
import { describeState } from './name-state.ts';
import type { SeenName } from './name-state.ts';
import type { RaceAct } from './race-acts.ts';

/** Two acts at once, and whether the key was deleted before. */
const pairs: readonly (readonly [RaceAct, RaceAct, deleted: boolean])[] = [
  ['rotate', 'rotate', false],
  ['rotate', 'delete', false],
  ['delete', 'delete', false],
  ['delete', 'recover', true],
  ['recover', 'recover', true],
  ['delete', 'recover', false],
];

/** The only codes with which the one that comes second may be told. */
const told = ['ERR_CONFLICT', 'ERR_KEY_DELETED', 'ERR_KEY_NOT_FOUND'];

const program = fileURLToPath(new URL('../fault-racer-process.ts', import.meta.url));

/** Starts a process that is ready for its act; gives how to let it go, and how it ended. */
async function startRacer(
  place: EmulatorPlace,
  prefix: string,
  act: RaceAct,
): Promise<() => Promise<string>> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, program, place.address, place.account, prefix, act],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ready = await lines.next();
  if (ready.value !== 'ready') throw new Error('A process that was to race did not start');
  return async () => {
    const exited = once(child, 'exit');
    child.stdin.write('go\n');
    const { value } = await lines.next();
    await exited;
    return String(value);
  };
}

function judge({ state, orphans }: SeenName, ends: readonly string[]): readonly string[] {
  const states = new Set(state.versions.map((version) => `${version.state} ${version.marked}`));
  const newest = state.claims.at(-1);
  return [
    ...(ends.includes('done') ? [] : ['none of them was done']),
    ...ends.filter((end) => end !== 'done' && !told.includes(end)).map((end) => `one ended with ${end}`),
    ...(states.size === 1 ? [] : ['the versions are not all live or all deleted']),
    ...(state.claims.includes(0) ? ['the claims have a gap'] : []),
    ...(state.points === newest ? [] : ['the alias is not at the newest version']),
    ...(orphans.length === 0 ? [] : [`${orphans.length} orphans`]),
  ];
}

/** Lets pairs of processes work on one name at once, on the emulator itself. */
export async function runRaces(
  place: EmulatorPlace,
  rounds: number,
  report: FaultReport,
  say: (line: string) => void,
): Promise<void> {
  for (const [first, second, deleted] of pairs) {
    const pair = `${first} and ${second} of a ${deleted ? 'deleted' : 'live'} key`;
    const ended = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const prefix = `race-${randomBytes(6).toString('hex')}`;
      const { manager, close } = openCellVault({
        client: vaultClient(place.address, place.account),
        account: place.account,
        prefix,
      });
      await keyKinds[0]?.create(manager, randomUUID());
      await keyKinds[0]?.create(manager, randomUUID());
      if (deleted) await manager.beginDeleteKey('k');
      await close();
      const racers = await Promise.all([first, second].map((act) => startRacer(place, prefix, act)));
      const ends = await Promise.all(racers.map((go) => go()));
      const seen = await place.look(prefix, []);
      const wrong = judge(seen, ends);
      ended.add(ends.join('/'));
      report.raced(pair);
      if (wrong.length > 0) {
        report.wrong(pair, `${wrong.join('; ')}; ${ends.join('/')}: ${describeState(seen.state)}`);
      }
      await place.forget(prefix);
    }
    say(`two processes: ${pair}: ${[...ended].join(', ')}`);
  }
}
