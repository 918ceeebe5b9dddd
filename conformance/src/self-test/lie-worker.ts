import { parentPort, workerData } from 'node:worker_threads';
import { allLies } from './all-lies.ts';
import { readVault } from './honest-vault.ts';
import { tryHonesty, tryLie } from './try-lie.ts';

/** Tries the lies that the main thread sends, one after the other; an empty text is the truth. */
const given = workerData as { readonly selfTest?: boolean; readonly module?: string } | null;
if (parentPort !== null && given?.selfTest === true) {
  const port = parentPort;
  const vault = readVault(given.module);
  port.on('message', (id: string) => {
    const lie = allLies.find((each) => each.id === id);
    const running = vault.then(({ target }) =>
      lie === undefined ? tryHonesty(target) : tryLie(lie, target),
    );
    running.then(
      (result) => port.postMessage({ id, ...result }),
      (error: unknown) =>
        port.postMessage({ id, error: error instanceof Error ? error.stack : String(error) }),
    );
  });
}
