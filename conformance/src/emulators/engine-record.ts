import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/**
 * All about the engine brought up here: one for the machine, whichever cache its users have. Its sockets' paths are
 * short. What is here does not outlive the machine, and belongs to root.
 */
export const engineFolder = '/run/keyway';

const engineFile = join(engineFolder, 'engine.json');
const usersFolder = join(engineFolder, 'users');

/** Held while the engine is brought up or taken down, and while its users are looked at. */
export const engineLock: string = join(engineFolder, 'lock');

/** Where it keeps its images. */
export const engineData = (): string => join(cacheFolder(), 'engine', 'data');

/** The engine that was brought up here, if it still runs. */
export function readEngine(): ProcessIdentity | undefined {
  const engine = read(engineFile);
  return engine !== undefined && isAlive(engine) ? engine : undefined;
}

/** Writes down which process the engine is; undefined once it is none. */
export function noteEngine(engine: ProcessIdentity | undefined): void {
  mkdirSync(engineFolder, { recursive: true });
  if (engine === undefined) rmSync(engineFile, { force: true });
  else writeFileSync(engineFile, JSON.stringify(engine));
}

/** Writes down that a process needs the engine. @returns What takes that back. */
export function addUser(user: ProcessIdentity): () => void {
  mkdirSync(usersFolder, { recursive: true });
  const file = join(usersFolder, `${user.pid}-${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(user));
  return () => rmSync(file, { force: true });
}

/** Whether a process that runs needs the engine. Those that are no more are forgotten. */
export function hasUsers(): boolean {
  if (!existsSync(usersFolder)) return false;
  const files = readdirSync(usersFolder).map((name) => join(usersFolder, name));
  const [used, left] = [files.filter(isUsed), files.filter((file) => !isUsed(file))];
  for (const file of left) rmSync(file, { force: true });
  return used.length > 0;
}

function isUsed(file: string): boolean {
  const user = read(file);
  return user !== undefined && isAlive(user);
}

function read(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
