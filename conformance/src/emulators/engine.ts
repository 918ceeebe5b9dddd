import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const answerWithin = 5_000;

/** Runs the engine's own client. @returns What it wrote. */
export async function docker(args: readonly string[], within: number = 60_000): Promise<string> {
  const { stdout } = await run('docker', [...args], { timeout: within });
  return stdout.trim();
}

/** Version of the container engine that answers here; undefined where none does. */
export async function engineVersion(): Promise<string | undefined> {
  try {
    const version = await docker(['version', '--format', '{{.Server.Version}}'], answerWithin);
    return version === '' ? undefined : version;
  } catch {
    return undefined;
  }
}
