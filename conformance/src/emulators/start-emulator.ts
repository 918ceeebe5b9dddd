import process from 'node:process';
import { byAddress } from './by-address.ts';
import { emulatorRow } from './catalogue.ts';
import { sweepContainers } from './container-labels.ts';
import type { Emulator, StartOptions } from './emulator.ts';
import { EmulatorError } from './emulator.ts';
import { addressVariable } from './emulator-row.ts';
import type { EmulatorRow } from './emulator-row.ts';
import { engineVersion } from './engine.ts';
import { obtain } from './obtain.ts';
import { startAsContainer } from './start-container.ts';
import { startAsProcess } from './start-process.ts';
import { staticImage } from './static-image.ts';
import { sweepProcesses } from './sweep.ts';

/**
 * Gives an emulator: at the address that `KEYWAY_EMULATOR_<NAME>` holds, else in a container where an engine answers
 * and there is an image or one can be made, else as a process. Says which.
 *
 * What it needs is fetched into the cache first, once for all processes. What starters left behind that are no more is
 * removed.
 *
 * @throws TypeError for an unknown name.
 * @throws EmulatorError where no way is open, or the emulator does not answer.
 */
export async function startEmulator(name: string, options: StartOptions = {}): Promise<Emulator> {
  return await startRow(emulatorRow(name), options);
}

/** The same for a row that is not in the catalogue. */
export async function startRow(row: EmulatorRow, options: StartOptions = {}): Promise<Emulator> {
  const { how, environment } = options;
  const tell = options.say ?? ((line: string) => void process.stderr.write(`emulators: ${line}\n`));
  const say = (line: string): void => tell(`${row.name}: ${line}`);
  sweepProcesses();
  const started = performance.now();
  const emulator =
    (how === undefined || how === 'address' ? await byAddress(row) : undefined) ??
    (how === undefined || how === 'container' ? await inContainer(row, how, environment, say) : undefined) ??
    (how === undefined || how === 'process'
      ? await startAsProcess(row, await obtain(row, say), environment)
      : undefined);
  if (emulator === undefined) throw new EmulatorError(`${addressVariable(row)} gives no address`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`${emulator.how} at ${emulator.address}, version ${emulator.version}, after ${seconds} s`);
  return emulator;
}

/** In a container, where that is possible; where it was asked for, it must be. */
async function inContainer(
  row: EmulatorRow,
  how: StartOptions['how'],
  environment: StartOptions['environment'],
  say: (line: string) => void,
): Promise<Emulator | undefined> {
  const { container } = row;
  const engine = container === undefined ? undefined : await engineVersion();
  if (container === undefined || engine === undefined) {
    if (how === undefined) return undefined;
    const reason = container === undefined ? 'no image can be made of it' : 'no container engine answers';
    throw new EmulatorError(`${row.name} cannot be had in a container: ${reason}`);
  }
  await sweepContainers();
  const image = await staticImage(row, await obtain(row, say), say);
  return await startAsContainer({ ...row, container }, image, environment);
}
