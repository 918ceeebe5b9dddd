import process from 'node:process';
import type { Emulator } from './emulator.ts';
import { EmulatorError } from './emulator.ts';
import { addressVariable } from './emulator-row.ts';
import type { EmulatorRow } from './emulator-row.ts';
import { waitUntilReady } from './wait-until-ready.ts';

const answerWithin = 10_000;

/**
 * The emulator at the address that the environment gives, where it gives one.
 *
 * @throws EmulatorError where that is no address, or nothing answers there as the emulator does: nobody wants to be
 *   given another one silently.
 */
export async function byAddress(
  row: EmulatorRow,
  environment: NodeJS.ProcessEnv = process.env,
  within: number = answerWithin,
): Promise<Emulator | undefined> {
  const variable = addressVariable(row);
  const given = environment[variable];
  if (given === undefined || given === '') return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isPlain =
    url !== undefined && ['', '/'].includes(url.pathname) && url.username === '' && url.search === '';
  if (!isPlain || !['http:', 'https:'].includes(url.protocol))
    throw new EmulatorError(
      `${variable} is not an HTTP address without a path, such as http://127.0.0.1:4566`,
    );
  const address = url.origin;
  await waitUntilReady({ name: `${row.name} of ${variable}`, address, health: row.health, within });
  return { name: row.name, address, how: 'address', version: 'given', stop: () => Promise.resolve() };
}
