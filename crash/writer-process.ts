import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Order, WriterMessage, WriterSetup } from './protocol.ts';

/** What became of an order. */
export type Outcome =
  | { readonly type: 'done'; readonly version?: string | undefined; readonly backup?: Uint8Array | undefined }
  | { readonly type: 'failed'; readonly reason: string }
  /** The writer died before it answered. `started`: it had taken the order up. */
  | { readonly type: 'killed'; readonly started: boolean };

/** A writer in a process of its own. */
export interface Writer {
  readonly pid: number;
  /** Gives an order. `onStarted` is called when the writer takes it up. */
  send(order: Order, onStarted?: () => void): Promise<Outcome>;
  /** Sends SIGKILL, and resolves when the process is gone and everything it had said is read. */
  kill(): Promise<void>;
}

/** Starts a writer and waits until it has opened the vault. */
export async function startWriter(setup: WriterSetup): Promise<Writer> {
  const child: ChildProcess = fork(
    fileURLToPath(new URL('writer.ts', import.meta.url)),
    [JSON.stringify(setup)],
    {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  const { promise: ready, resolve: isReady, reject: isNotReady } = Promise.withResolvers<void>();
  const { promise: gone, resolve: isGone } = Promise.withResolvers<void>();
  let running:
    | { id: number; started: boolean; onStarted: (() => void) | undefined; settle(outcome: Outcome): void }
    | undefined;

  function settle(outcome: Outcome): void {
    const order = running;
    running = undefined;
    order?.settle(outcome);
  }
  child.on('message', (message) => {
    const said = message as WriterMessage;
    if (said.type === 'ready') return isReady();
    if (running?.id !== said.id) return;
    if (said.type !== 'started') return settle(said);
    running.started = true;
    running.onStarted?.();
  });
  let left = 2;
  const end = (): void => {
    // The process may be gone before its last words are read: both must have happened.
    left--;
    if (left > 0) return;
    if (running !== undefined) settle({ type: 'killed', started: running.started });
    isNotReady(new Error('A writer ended before it had opened the vault'));
    isGone();
  };
  child.once('exit', end);
  child.once('disconnect', end);
  await ready;
  const { pid } = child;
  if (pid === undefined) throw new Error('A writer has no process');
  return {
    pid,
    async send(order, onStarted) {
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      running = { id: order.id, started: false, onStarted, settle: resolve };
      child.send(order);
      return await promise;
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
