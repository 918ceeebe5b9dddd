import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Emulator } from './emulator.ts';
import { EmulatorError } from './emulator.ts';
import type { EmulatorRow } from './emulator-row.ts';
import { folderPrefix } from './end-run.ts';
import { withLock } from './file-lock.ts';
import { fillPlaces } from './fill-places.ts';
import { freePort } from './free-port.ts';
import { readRecords, recordsFolder } from './run-record.ts';
import { startTracked } from './tracked-process.ts';
import type { TrackedProcess } from './tracked-process.ts';
import { waitUntilReady } from './wait-until-ready.ts';

const tries = 3;
const portTaken = /address already in use|EADDRINUSE|Errno 98/i;

/** Chooses a port that is none of the given ones. */
export type ChoosePort = (given: readonly number[]) => Promise<number>;

/** Starts an emulator as a process of this machine, on a free port. Another process may be quicker to take that. */
export async function startAsProcess(
  row: EmulatorRow,
  program: string,
  environment: Readonly<Record<string, string>> = {},
  choosePort: ChoosePort = freePort,
): Promise<Emulator> {
  for (let left = tries - 1; ; left--) {
    try {
      return await startOnce(row, program, environment, choosePort);
    } catch (error) {
      const again = left > 0 && error instanceof EmulatorError && portTaken.test(error.message);
      if (!again) throw error;
    }
  }
}

async function startOnce(
  row: EmulatorRow,
  program: string,
  extra: Readonly<Record<string, string>>,
  choosePort: ChoosePort,
): Promise<Emulator> {
  const { name, version, health, readyWithin: within } = row;
  const { port, running } = await withLock(join(recordsFolder(), 'ports.lock'), async () => {
    const given = readRecords().flatMap(({ port }) => port ?? []);
    const port = await choosePort(given);
    return { port, running: launch(row, program, extra, port) };
  });
  const address = `http://127.0.0.1:${port}`;
  try {
    await waitUntilReady({ name, address, health, within, ended: running.ended, tail: running.tail });
  } catch (error) {
    await running.stop();
    throw error;
  }
  running.note({ address });
  return { name, address, how: 'process', version, id: running.id, stop: running.stop };
}

function launch(
  row: EmulatorRow,
  program: string,
  extra: Readonly<Record<string, string>>,
  port: number,
): TrackedProcess {
  const { name, version } = row;
  const folder = makeFolder();
  const fill = (text: string): string => fillPlaces(text, { port: String(port), folder, program });
  const [command, ...args] = row.command;
  const settings = Object.entries(row.environment).map(([key, text]) => [key, fill(text)]);
  return startTracked({
    command: fill(command),
    args: args.map(fill),
    cwd: folder,
    environment: { PATH: process.env['PATH'], ...Object.fromEntries(settings), ...extra },
    about: { name, version, folder, port },
  });
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), folderPrefix));
  for (const name of ['home', 'tmp', 'root', 'data']) mkdirSync(join(folder, name));
  return folder;
}
