import { randomBytes } from 'node:crypto';
import { ObjectTurns } from './object-turns.ts';
import type { TokenFacts } from './token.ts';

/** Somebody whose workers use a module: all of them must be out of it before it is initialised anew. */
export interface ModuleUser {
  /** Whether the module serves it: then nobody may take the module away for the sake of another token. */
  readonly isServed: () => Promise<boolean>;
  /** Sends no more jobs, and resolves once no worker is in the module: false if one stays in it for too long. */
  readonly pause: () => Promise<boolean>;
  readonly resume: () => void;
}

/** What this process does with one module, whoever asked for it. */
export interface SharedModule {
  /** See `epochs` in wire.ts. */
  readonly epochs: SharedArrayBuffer;
  readonly users: Set<ModuleUser>;
  /** By slot: digest of the PIN that was accepted. */
  readonly accepted: Map<string, string>;
  /** Whether C_Initialize succeeded here. Only then is it ours to finalise. */
  owned: boolean;
  /** Threads that never came back from the module. While there is one it is never finalised. */
  lost: number;
  /** Logins and finalising: one after the other. */
  gate: Promise<unknown>;
  /** Openings, one after the other: two threads that initialise SoftHSM at once both succeed, and take each other's sessions. */
  opening: Promise<unknown>;
  /** By serial number of a token: see `turnsOf`. */
  readonly turns: Map<string, ObjectTurns>;
  resetting: Promise<void> | undefined;
  /** When initialising anew was last of no use, by `performance.now()`. */
  lastReset: number;
}

interface Registry {
  readonly modules: Map<string, SharedModule>;
  /** Keeps digests of PINs from meaning anything outside of this process. */
  readonly key: Uint8Array;
}

/** Shared by all copies of this library in the process: change the number with the shape. */
const place = Symbol.for('keyway.pkcs11/1');

function registry(): Registry {
  const holder = globalThis as { [place]?: Registry };
  holder[place] ??= { modules: new Map(), key: randomBytes(32) };
  return holder[place];
}

/** The key under which PINs are compared. */
export function digestKey(): Uint8Array {
  return registry().key;
}

/** What the process does with the module at a real path. */
export function sharedModule(path: string): SharedModule {
  const { modules } = registry();
  const known = modules.get(path);
  if (known !== undefined) return known;
  const made: SharedModule = {
    epochs: new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT),
    users: new Set(),
    accepted: new Map(),
    owned: false,
    lost: 0,
    gate: Promise.resolve(),
    opening: Promise.resolve(),
    turns: new Map(),
    resetting: undefined,
    lastReset: Number.NEGATIVE_INFINITY,
  };
  modules.set(path, made);
  return made;
}

/** What SoftHSM2 and NSS say of their tokens; p11-kit hands it on. NSS keeps objects in SQLite, whose writers wait for one another for seconds. */
const needsTurns = /^(?:SoftHSM|Mozilla)/u;

/** The order of all jobs of this process on a token, where the token does not keep them apart by itself. */
export function turnsOf(
  { turns }: SharedModule,
  { manufacturer, serial }: TokenFacts,
): ObjectTurns | undefined {
  if (!needsTurns.test(manufacturer)) return undefined;
  let known = turns.get(serial);
  if (known === undefined) turns.set(serial, (known = new ObjectTurns()));
  return known;
}

/** Runs `work` when everything that was asked for before it has ended. */
export function inTurn<Result>(
  module: SharedModule,
  work: () => Promise<Result>,
  queue: 'gate' | 'opening' = 'gate',
): Promise<Result> {
  const turn = module[queue].then(work);
  module[queue] = turn.then(
    () => undefined,
    () => undefined,
  );
  return turn;
}

/** Not more often than this, in milliseconds, while it does not help: a device that is gone is asked for by every job. */
const resetsApart = 1_000;

/**
 * Has `reset` run while nobody is in the module; does nothing where the module is not ours, serves somebody else, or somebody
 * stays in it.
 */
export function resetModule(
  module: SharedModule,
  asker: ModuleUser,
  reset: () => Promise<void>,
): Promise<void> {
  if (module.resetting !== undefined) return module.resetting;
  if (!module.owned || module.lost > 0 || performance.now() - module.lastReset < resetsApart)
    return Promise.resolve();
  module.resetting = resetWhenEmpty(module, asker, reset).finally(() => {
    module.resetting = undefined;
    module.lastReset = performance.now();
  });
  return module.resetting;
}

async function resetWhenEmpty(
  module: SharedModule,
  asker: ModuleUser,
  reset: () => Promise<void>,
): Promise<void> {
  const users = [...module.users];
  const served = await Promise.all(users.filter((user) => user !== asker).map((user) => user.isServed()));
  if (served.some(Boolean)) return;
  try {
    const out = await Promise.all(users.map((user) => user.pause()));
    if (out.every(Boolean)) await reset();
  } finally {
    for (const user of users) user.resume();
  }
}
