import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { atEnd } from './at-end.ts';
import { dropRun, endProcess, killProcess, removeRemains, runMark } from './end-run.ts';
import { outputTail } from './output-tail.ts';
import { processIdentity } from './process-identity.ts';
import { freshRecord, writeRecord } from './run-record.ts';
import type { RunRecord } from './run-record.ts';

/** What is run. */
export interface TrackedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What its record says. Its folder, if it has one, goes with it. */
  readonly about: Pick<RunRecord, 'name' | 'version' | 'folder' | 'port'>;
}

/** A process that does not outlive its starter by much: its record is there before it is, and is swept. */
export interface TrackedProcess {
  readonly id: string;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How it ended, where it has: `undefined` for as long as it runs. */
  ended(): string | undefined;
  /** Settles at its end, with `undefined` where it ended well. */
  readonly end: Promise<string | undefined>;
  /** What it wrote last. */
  tail(): string;
  /** Adds to its record. */
  note(more: Pick<RunRecord, 'address'>): void;
  /** Ends it as a crash would. Its folder and its record stay. */
  kill(): Promise<void>;
  /** Ends it, if it still runs, and removes its folder and its record. */
  stop(): Promise<void>;
}

/** Starts a process, which does not keep this one running. */
export function startTracked({ command, args, cwd, environment, about }: TrackedCommand): TrackedProcess {
  let record: RunRecord = {
    ...about,
    ...freshRecord(about.name),
    how: 'process',
  };
  const note = (more: Partial<RunRecord>): void => writeRecord((record = { ...record, ...more }));
  note({});
  const forget = atEnd(() => dropRun(record));
  const child = spawn(command, args, {
    cwd,
    env: { ...environment, [runMark]: record.id },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C is for the starter, which ends this with all that it has started.
    detached: true,
  });
  child.unref();
  const { stdout, stderr } = child;
  const tail = outputTail();
  for (const stream of [stdout, stderr]) {
    tail.read(stream);
    if (stream instanceof Socket) stream.unref();
  }
  let ended: string | undefined;
  const end = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve((ended ??= error.message)));
    child.once('exit', (code, signal) => (ended ??= signal ?? `exit status ${code}`));
    child.once('close', (code) => resolve(code === 0 ? undefined : ended));
  });
  note({ process: child.pid === undefined ? undefined : processIdentity(child.pid) });
  const kill = async (): Promise<void> => {
    if (record.process !== undefined) await killProcess(record.process);
  };
  const stop = async (): Promise<void> => {
    if (record.process !== undefined) await endProcess(record.process);
    removeRemains(record);
    forget();
  };
  return { id: record.id, stdout, stderr, ended: () => ended, end, tail: tail.text, note, kill, stop };
}
