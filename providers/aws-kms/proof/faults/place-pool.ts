import { startEmulator } from '@keyway/conformance/emulators';
import { openEmulatorPlace, openOwnPlace } from './cell-place.ts';
import type { CellPlace, EmulatorPlace, PlaceRow } from './cell-place.ts';

/** Where the flows of one place run. */
export interface PlacePool {
  /** A place with no key in it, for one flow: what is listed stays short, and flows do not see each other. */
  open(): Promise<CellPlace>;
  /** The same, of an emulator. */
  openEmulator(): Promise<EmulatorPlace>;
  close(): Promise<void>;
}

function noEmulator(): Promise<never> {
  return Promise.reject(new TypeError('Our own KMS has no address'));
}

/** local-kms starts in no time, so that each flow has one of its own. */
function localKmsPool(row: PlaceRow): PlacePool {
  const openEmulator = async (): Promise<EmulatorPlace> => {
    const emulator = await startEmulator(row.name, { say: () => undefined });
    try {
      const place = await openEmulatorPlace(row, emulator.address, '111122223333');
      const close = async (): Promise<void> => {
        await place.close();
        await emulator.stop();
      };
      return { ...place, close };
    } catch (error) {
      await emulator.stop();
      throw error;
    }
  };
  return { open: openEmulator, openEmulator, close: () => Promise.resolve() };
}

/** LocalStack is slow to start, but has as many accounts as are asked for. */
async function localStackPool(row: PlaceRow): Promise<PlacePool> {
  const emulator = await startEmulator(row.name);
  // An emulator at a given address may have been used before.
  const first = Math.floor(Math.random() * 1e8);
  let next = 0;
  const openEmulator = (): Promise<EmulatorPlace> =>
    openEmulatorPlace(row, emulator.address, String(first * 1000 + ++next).padStart(12, '0'));
  return { open: openEmulator, openEmulator, close: () => emulator.stop() };
}

/** Opens the places of a row. */
export function openPool(row: PlaceRow): Promise<PlacePool> {
  switch (row.name) {
    case 'localstack':
      return localStackPool(row);
    case 'local-kms':
      return Promise.resolve(localKmsPool(row));
    case 'our own':
    case 'our own, materials':
      return Promise.resolve({
        open: () => openOwnPlace(row),
        openEmulator: noEmulator,
        close: () => Promise.resolve(),
      });
  }
}
