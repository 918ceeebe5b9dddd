import { rmSync } from 'node:fs';
import process from 'node:process';
import { startTracked } from '../tracked-process.ts';
import type { TrackedProcess } from '../tracked-process.ts';
import { serverArguments } from './served-token.ts';
import type { Serving, TokenServer } from './served-token.ts';
import { waitForSocket } from './wait-for-socket.ts';

/** Serves a token from a process of this machine. */
export async function serveAsProcess(serving: Serving): Promise<TokenServer> {
  let running = await launch(serving);
  const restart = async (): Promise<void> => {
    await running.stop();
    running = await launch(serving);
  };
  return {
    get id() {
      return running.id;
    },
    kill: () => running.kill(),
    restart,
    stop: () => running.stop(),
  };
}

async function launch(serving: Serving): Promise<TrackedProcess> {
  const { token, socket, version } = serving;
  // What a killed one has left.
  rmSync(socket, { force: true });
  const running = startTracked({
    command: 'p11-kit',
    args: serverArguments(serving),
    cwd: token.folder,
    environment: { PATH: process.env['PATH'], ...token.environment },
    about: { name: 'p11-kit', version },
  });
  try {
    await waitForSocket(socket, { ended: running.ended, tail: running.tail });
  } catch (error) {
    await running.stop();
    throw error;
  }
  running.note({ address: `unix:path=${socket}` });
  return running;
}
