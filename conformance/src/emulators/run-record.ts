import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { cacheFolder } from './cache-folder.ts';
import { processIdentity } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What is written down of a started emulator before and while it runs, so that it can be found after its starter. */
export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly how: 'container' | 'process' | 'library';
  readonly host: string;
  /** The process that started it, and ends it. */
  readonly owner: ProcessIdentity;
  /** The emulator's process, once it has one. */
  readonly process?: ProcessIdentity | undefined;
  /** A folder of its own, removed with it. */
  readonly folder?: string | undefined;
  /** The port that it is told to listen on: no other one that is started here is told the same. */
  readonly port?: number | undefined;
  /** Once it answers. */
  readonly address?: string | undefined;
  /** ISO 8601. */
  readonly since: string;
}

/** The folder of all records. */
export const recordsFolder = (): string => join(cacheFolder(), 'run');

const fileOf = (id: string): string => join(recordsFolder(), `${id}.json`);

/** This process, as an owner. */
export function thisProcess(): ProcessIdentity {
  const identity = processIdentity(process.pid);
  if (identity === undefined) throw new Error('This process cannot be identified');
  return identity;
}

/** What every record of this process begins with. */
export function freshRecord(name: string): Pick<RunRecord, 'id' | 'host' | 'owner' | 'since'> {
  const [id, since] = [`${name}-${randomUUID()}`, new Date().toISOString()];
  return { id, host: hostname(), owner: thisProcess(), since };
}

/** Writes a record, whole or not at all. */
export function writeRecord(record: RunRecord): void {
  mkdirSync(recordsFolder(), { recursive: true });
  const fresh = `${fileOf(record.id)}.${process.pid}`;
  writeFileSync(fresh, JSON.stringify(record));
  renameSync(fresh, fileOf(record.id));
}

/** Removes a record, and what was asked of its owner. */
export function removeRecord(id: string): void {
  rmSync(fileOf(id), { force: true });
  rmSync(join(recordsFolder(), `${id}.stop`), { force: true });
}

/** The records of this machine. */
export function readRecords(): readonly RunRecord[] {
  return files()
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => recordIn(join(recordsFolder(), name)))
    .filter(({ host }) => host === hostname());
}

function recordIn(file: string): readonly RunRecord[] {
  try {
    return [JSON.parse(readFileSync(file, 'utf8')) as RunRecord];
  } catch {
    // It was removed in between. A half one does not happen.
    return [];
  }
}

function files(): readonly string[] {
  try {
    return readdirSync(recordsFolder());
  } catch {
    return [];
  }
}
