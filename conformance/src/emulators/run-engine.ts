import { spawn } from 'node:child_process';
import { mkdirSync, closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { EmulatorError } from './emulator.ts';
import { engineVersion } from './engine.ts';
import { removeEngineRemains } from './engine-remains.ts';
import { engineData, engineFolder, noteEngine, readEngine } from './engine-record.ts';
import { findInPath } from './find-in-path.ts';
import { isAlive, processIdentity, signalGroup } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

const upWithin = 30_000;
const downWithin = 15_000;
const betweenLooks = 50;

const log = join(engineFolder, 'dockerd.log');
const execution = join(engineFolder, 'exec');
const pidFile = join(engineFolder, 'pid');

/**
 * Brings up dockerd in a session of its own. Ports are on the loopback interface only, and accept when the program in
 * the container listens, not before.
 */
export async function startEngine(): Promise<string> {
  removeEngineRemains();
  mkdirSync(engineFolder, { recursive: true });
  const files = ['--data-root', engineData(), '--exec-root', execution, '--pidfile', pidFile];
  const network = [
    '--ip',
    '127.0.0.1',
    '--userland-proxy=false',
    '--mtu',
    '1400',
    '-H',
    'unix:///var/run/docker.sock',
  ];
  const output = openSync(log, 'w');
  const child = spawn(findInPath('dockerd') ?? 'dockerd', [...files, ...network], {
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  child.unref();
  const identity = child.pid === undefined ? undefined : processIdentity(child.pid);
  noteEngine(identity);
  const version = identity === undefined ? undefined : await untilItAnswers(identity);
  if (version !== undefined) return version;
  const tail = readFileSync(log, 'utf8').slice(-2_000);
  stopEngine();
  throw new EmulatorError(`dockerd does not come up\n${tail}`);
}

async function untilItAnswers(engine: ProcessIdentity): Promise<string | undefined> {
  const deadline = performance.now() + upWithin;
  while (isAlive(engine) && performance.now() < deadline) {
    const version = await engineVersion();
    if (version !== undefined) return version;
    await after(betweenLooks);
  }
  return undefined;
}

/** Takes down what was brought up here. It blocks, since it is also called at the end of a process. */
export function stopEngine(): void {
  const engine = readEngine();
  if (engine !== undefined) {
    signalEngine(engine.pid, 'SIGTERM');
    const deadline = performance.now() + downWithin;
    while (isAlive(engine) && performance.now() < deadline) block(betweenLooks);
    signalGroup(engine, 'SIGKILL');
  }
  noteEngine(undefined);
  removeEngineRemains();
}

/** The engine alone is asked to end; it ends what it has started. */
function signalEngine(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in between.
  }
}

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
