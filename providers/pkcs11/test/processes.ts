import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { testToken } from './test-vault.ts';
import type { Orders } from './vault-process.ts';

const script = fileURLToPath(new URL('vault-process.ts', import.meta.url));
const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];

export type Told = Pick<Orders, 'namespace' | 'records' | 'act'> & Partial<Orders>;

async function start(told: Told): Promise<ChildProcess> {
  const { module, label, pin, features } = await testToken();
  const orders: Orders = { module, label, pin, features, times: 1, ...told };
  return spawn(process.execPath, [...flags, script, JSON.stringify(orders)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Runs a process to its end. */
export async function runProcess(told: Told): Promise<void> {
  const child = await start(told);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`The process ended with ${code}`);
}

/** A process that waits in the middle of a flow. */
export interface StoppedProcess {
  /** `kill -9`. */
  kill(): Promise<void>;
}

/** Starts a process and waits until it has come to a moment of a flow. */
export async function stopProcess(
  told: Told & { stopAt: NonNullable<Orders['stopAt']> },
): Promise<StoppedProcess> {
  const child = await start(told);
  const { stdout } = child;
  if (stdout === null) throw new Error('The process has no output');
  const exit = once(child, 'exit');
  const stopped = once(stdout, 'data').then(() => true);
  if (!(await Promise.race([stopped, exit.then(() => false)])))
    throw new Error('The process did not get there');
  return {
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
