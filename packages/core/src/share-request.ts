import { aborted } from './arguments.ts';

/** One request that every caller waiting for it shares. */
interface SharedRequest {
  readonly answer: Promise<void>;
  readonly controller: AbortController;
  waiting: number;
}

/** Waits for an answer as long as the signal allows; the answer itself is left alone. */
async function within(answer: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await answer;
    return;
  }
  const { promise: fired, reject } = Promise.withResolvers<never>();
  const listener = (): void => reject(aborted(signal));
  signal.addEventListener('abort', listener, { once: true });
  try {
    await Promise.race([answer, fired]);
  } finally {
    signal.removeEventListener('abort', listener);
  }
}

/**
 * Lets callers who ask at the same time share one request.
 *
 * A caller whose signal fires stops waiting, with `ERR_ABORTED`; the others go on. Only when nobody waits any
 * more is the request itself given up, by its own signal, and the next caller starts a new one.
 */
export function shareRequest(
  request: (signal: AbortSignal) => Promise<void>,
): (signal: AbortSignal | undefined) => Promise<void> {
  let current: SharedRequest | undefined;

  function start(): SharedRequest {
    const controller = new AbortController();
    const shared: SharedRequest = { answer: request(controller.signal), controller, waiting: 0 };
    const ended = (): void => {
      if (current === shared) current = undefined;
    };
    shared.answer.then(ended, ended);
    return shared;
  }

  return async (signal) => {
    const shared = (current ??= start());
    shared.waiting++;
    try {
      await within(shared.answer, signal);
    } finally {
      shared.waiting--;
      if (shared.waiting === 0 && current === shared) {
        current = undefined;
        shared.controller.abort();
      }
    }
  };
}
