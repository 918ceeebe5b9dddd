import process from 'node:process';

const pending = new Set<() => void>();
let listening = false;

/**
 * Has something done when this process ends, by itself or by a signal that it can see. It must not wait: it is called
 * when nothing asynchronous runs any more.
 *
 * @returns A function that takes it back.
 */
export function atEnd(cleanUp: () => void): () => void {
  listen();
  pending.add(cleanUp);
  return () => void pending.delete(cleanUp);
}

/** One that throws must not keep the others from their turn. */
function cleanUpAll(): void {
  for (const cleanUp of pending) {
    pending.delete(cleanUp);
    try {
      cleanUp();
    } catch (error) {
      process.stderr.write(`emulators: ${String(error)}\n`);
    }
  }
}

function listen(): void {
  if (listening) return;
  listening = true;
  process.once('exit', cleanUpAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      cleanUpAll();
      // Where nobody else listens, the signal does what it would have done.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}
