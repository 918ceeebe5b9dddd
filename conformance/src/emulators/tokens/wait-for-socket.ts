import { connect } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { EmulatorError } from '../emulator.ts';

const within = 20_000;
const betweenTries = 20;

/** What is told of a program that is waited for. */
export interface SocketWaiting {
  readonly ended?: () => string | undefined;
  readonly tail: () => string;
}

/** Waits until something accepts connections at a unix socket. */
export async function waitForSocket(path: string, { ended, tail }: SocketWaiting): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await accepts(path))) {
    const end = ended?.();
    if (end !== undefined) throw new EmulatorError(`p11-kit ended before it answered (${end})\n${tail()}`);
    if (performance.now() > deadline) {
      throw new EmulatorError(`p11-kit does not answer at its socket within ${within} ms\n${tail()}`);
    }
    await after(betweenTries);
  }
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
