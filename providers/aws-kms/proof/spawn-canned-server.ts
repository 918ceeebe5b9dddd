import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CannedServerOptions } from './canned-store.ts';
import type { LoopbackServer } from './loopback-server.ts';

/** A key of a canned server, as another process knows it. */
interface SpawnedCannedKey {
  readonly id: string;
  readonly arn: string;
  /** SubjectPublicKeyInfo in DER; absent for symmetric keys. */
  readonly publicKey: Buffer | undefined;
}

/** A canned server in a process of its own. */
export interface SpawnedCannedServer extends LoopbackServer {
  readonly keys: readonly SpawnedCannedKey[];
}

/** What the process says when it is ready. */
interface Ready {
  readonly endpoint: string;
  readonly keys: readonly { readonly id: string; readonly arn: string; readonly publicKey?: string }[];
}

/**
 * Starts the canned server, our own, in a process of its own: its CPU time is then not the caller's. It ends when it is
 * closed, and when the caller's process ends, however that does.
 */
export async function spawnCannedServer(options: CannedServerOptions = {}): Promise<SpawnedCannedServer> {
  const program = fileURLToPath(new URL('canned-server-process.ts', import.meta.url));
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];
  const child = spawn(process.execPath, [...flags, program, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
  const first = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const line = await Promise.race([first, ended]);
  if (line === undefined) throw new Error('The canned server did not start');
  const ready = JSON.parse(line) as Ready;
  const close = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  const keys = ready.keys.map(({ id, arn, publicKey }) => ({
    id,
    arn,
    publicKey: publicKey === undefined ? undefined : Buffer.from(publicKey, 'base64'),
  }));
  return { endpoint: ready.endpoint, keys, close, [Symbol.asyncDispose]: close };
}
