import process from 'node:process';
import { atEnd } from './at-end.ts';
import { engineVersion } from './engine.ts';
import { addUser, engineLock, hasUsers, readEngine } from './engine-record.ts';
import { hasEngineRemains } from './engine-remains.ts';
import { withLock, withLockAtOnce } from './file-lock.ts';
import { findInPath } from './find-in-path.ts';
import { thisProcess } from './run-record.ts';
import { startEngine, stopEngine } from './run-engine.ts';

/** A container engine that answers. */
export interface Engine {
  readonly version: string;
  /** Whether it was brought up here, by this process or another one. Elsewhere it is the one that was there. */
  readonly own: boolean;
  /** This process needs it no more. The last one takes an engine down that was brought up here. */
  stop(): Promise<void>;
}

/**
 * The container engine of this machine. Where none answers, it is brought up: only as root on Linux, where `dockerd`
 * is installed, and where the environment names no other engine. Several processes share it.
 *
 * @returns undefined where there is none and none can be brought up.
 */
export async function ensureEngine(
  say: (line: string) => void = (line) => void process.stderr.write(`emulators: ${line}\n`),
): Promise<Engine | undefined> {
  if (!isRoot()) {
    const there = await engineVersion();
    return there === undefined ? undefined : given(there);
  }
  return await withLock(engineLock, async () => {
    const there = await engineVersion();
    if (there !== undefined) return readEngine() === undefined ? given(there) : engine(there, becomeUser());
    if (process.env['DOCKER_HOST'] !== undefined || findInPath('dockerd') === undefined) return undefined;
    say('bringing up a container engine');
    const user = becomeUser();
    try {
      return engine(await startEngine(), user);
    } catch (error) {
      user.leave();
      throw error;
    }
  });
}

const isRoot = (): boolean => process.platform === 'linux' && process.getuid?.() === 0;

const given = (version: string): Engine => ({ version, own: false, stop: () => Promise.resolve() });

function engine(version: string, { leave }: { leave(): void }): Engine {
  return { version, own: true, stop: () => withLock(engineLock, async () => leave()) };
}

/** This process is written down as one that needs the engine, until it leaves or ends. */
function becomeUser(): { leave(): void } {
  const takeBack = addUser(thisProcess());
  const leave = (): void => {
    forget();
    takeBack();
    if (!hasUsers()) stopEngine();
  };
  const forget = atEnd(() => withLockAtOnce(engineLock, leave));
  return { leave };
}

/** Takes down an engine that was brought up here, where the processes that needed it are no more. */
export async function sweepEngine(): Promise<boolean> {
  if (!isRoot() || hasUsers() || !hasEngineRemains()) return false;
  return await withLock(engineLock, async () => {
    // Meanwhile somebody may have taken it down, or into use.
    if (hasUsers() || !hasEngineRemains()) return false;
    stopEngine();
    return true;
  });
}
