import { parentPort, workerData } from 'node:worker_threads';
import { allLies } from './all-lies.ts';
import { tryHonesty, tryLie } from './try-lie.ts';

/** Tries the lies that the main thread sends, one after the other; an empty text is the truth. */
if (parentPort !== null && (workerData as { readonly selfTest?: boolean } | null)?.selfTest === true) {
  const port = parentPort;
  port.on('message', (id: string) => {
    const lie = allLies.find((each) => each.id === id);
    const running = lie === undefined ? tryHonesty() : tryLie(lie);
    running.then(
      (result) => port.postMessage({ id, ...result }),
      (error: unknown) =>
        port.postMessage({ id, error: error instanceof Error ? error.stack : String(error) }),
    );
  });
}
