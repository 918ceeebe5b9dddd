import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A running process of `vault-process.ts`. */
export interface VaultProcess {
  /** Resolves when it has said that it is ready. */
  readonly ready: Promise<void>;
  go(): void;
  /** The last line that it printed, read as JSON, and how it ended. */
  readonly ended: Promise<{ last: unknown; signal: NodeJS.Signals | null }>;
}

/** Starts a process of its own on a vault. */
export function startVaultProcess(...words: readonly (string | number)[]): VaultProcess {
  const script = fileURLToPath(new URL('vault-process.ts', import.meta.url));
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];
  const child = spawn(process.execPath, [...flags, script, ...words.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  let announce: () => void;
  const ready = new Promise<void>((resolve) => (announce = resolve));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.includes('\n')) announce();
  });
  const ended = once(child, 'close').then(([, signal]) => {
    const last = output.trim().split('\n').at(-1) ?? '';
    return {
      last: last === '' ? undefined : (JSON.parse(last) as unknown),
      signal: signal as NodeJS.Signals | null,
    };
  });
  return { ready, go: () => void child.stdin.end('go\n'), ended };
}

/** Lets several processes begin at the same moment, and gives what each printed last. */
export async function runTogether(
  ...commands: readonly (readonly (string | number)[])[]
): Promise<unknown[]> {
  const processes = commands.map((words) => startVaultProcess(...words));
  await Promise.all(processes.map(({ ready }) => ready));
  for (const process of processes) process.go();
  return Promise.all(processes.map(async ({ ended }) => (await ended).last));
}
