import { randomBytes } from 'node:crypto';
import { checkName, checkVersion, integrityError, KeyManagerError } from '@keyway/core/driver';
import type { MetadataStore } from '@keyway/core/driver';
import type { JobCall } from '../token/token.ts';
import { isDamage } from './authenticated-records.ts';
import { hasEnded, thisProcess } from './process-owner.ts';
import type { ProcessOwner } from './process-owner.ts';
import type { RecordSeal } from './record-seal.ts';

/** The flows that may leave something behind when they are killed. */
export type IntentFlow = 'make-version' | 'change' | 'purge';

/** A change in flight: what whoever comes next needs to finish it, or to take it back. */
export interface Intent {
  readonly id: string;
  readonly flow: IntentFlow;
  readonly name: string;
  /** The versions that are being made. */
  readonly versions: readonly string[];
  /** Milliseconds since 1970. */
  readonly begun: number;
  readonly owner: ProcessOwner;
}

/** Of a process that cannot be asked, a change is over after this time: no call lasts as long. */
const patienceMs = 600_000;

const prefix = 'intent/';

/** Ids of the changes that this thread is at, in every copy of the library. */
const registry = Symbol.for('keyway.pkcs11.intents/1');

function running(): Set<string> {
  const holder = globalThis as { [registry]?: Set<string> };
  return (holder[registry] ??= new Set());
}

/** The changes in flight of one namespace. */
export interface Intents {
  /** Writes down what is about to be done. */
  begin(intent: Pick<Intent, 'flow' | 'name' | 'versions'>, call: JobCall): Promise<Intent>;
  /** The change is done, or wholly taken back. */
  forget(intent: Intent, call: JobCall): Promise<void>;
  /** This process is no longer at it, however it ended: what it left is for whoever opens the vault next. */
  leave(intent: Intent): void;
  /** All changes in flight that can be believed. */
  all(call: JobCall): Promise<readonly Intent[]>;
  /** Whether somebody is making or destroying something under a name, or has left that half way. */
  isInFlight(name: string, call: JobCall): Promise<boolean>;
  /** The changes that nobody is at any more. Entries that cannot be believed are left where they are. */
  abandoned(call: JobCall): Promise<readonly Intent[]>;
}

function encode({ id, flow, name, versions, begun, owner }: Intent): string {
  const { host, pid, started, thread } = owner;
  return JSON.stringify({ v: 1, id, flow, name, versions, begun, owner: { host, pid, started, thread } });
}

const flows: readonly unknown[] = ['make-version', 'change', 'purge'] satisfies IntentFlow[];

/** The text is authenticated: it is ours, though perhaps of a later release. */
function decode(text: string): Intent {
  const { v, ...intent } = JSON.parse(text) as Intent & { readonly v: number };
  if (v !== 1 || !flows.includes(intent.flow)) throw integrityError();
  checkName(intent.name, false);
  for (const version of intent.versions) checkVersion(version);
  return intent;
}

function isAbandoned(intent: Intent, self: ProcessOwner): boolean {
  const { owner } = intent;
  const sameProcess = owner.host === self.host && owner.pid === self.pid && owner.started === self.started;
  // Nobody tells whether another thread of this process has ended: its changes are left until it is old, or the process ends.
  if (sameProcess && owner.thread === self.thread) return !running().has(intent.id);
  return hasEnded(owner) || Date.now() - intent.begun > patienceMs;
}

/** Makes the access to the changes in flight. */
export function createIntents(store: MetadataStore, seal: RecordSeal): Intents {
  const self = thisProcess();
  const keyOf = (id: string): string => `${prefix}${id}`;

  async function read(key: string, octets: Uint8Array, call: JobCall): Promise<Intent | undefined> {
    try {
      return decode(await seal.open(key, octets, call));
    } catch (error) {
      if (isDamage(error)) return undefined;
      throw error;
    }
  }
  async function all(call: JobCall): Promise<readonly Intent[]> {
    const found: Intent[] = [];
    for (let after: string | undefined; ;) {
      const entries = await store.list({ prefix, after, limit: 100 }, call);
      for (const { key, octets } of entries) {
        const intent = await read(key, octets, call);
        if (intent !== undefined) found.push(intent);
      }
      after = entries.at(-1)?.key;
      if (entries.length < 100) return found;
    }
  }
  return {
    async begin(wanted, call) {
      const id = randomBytes(16).toString('hex');
      const intent = { ...wanted, id, begun: Date.now(), owner: self };
      running().add(id);
      try {
        const octets = await seal.seal(keyOf(id), encode(intent), call);
        if (await store.write(keyOf(id), octets, undefined, call)) return intent;
        throw new KeyManagerError('ERR_CONFLICT', 'There is a change of the same id');
      } catch (error) {
        running().delete(id);
        throw error;
      }
    },
    async forget(intent, call) {
      const octets = await store.read(keyOf(intent.id), call);
      if (octets !== undefined) await store.remove(keyOf(intent.id), octets, call);
      running().delete(intent.id);
    },
    leave(intent) {
      running().delete(intent.id);
    },
    all,
    async isInFlight(name, call) {
      const found = await all(call);
      return found.some((intent) => intent.name === name);
    },
    async abandoned(call) {
      const found = await all(call);
      return found.filter((intent) => isAbandoned(intent, self));
    },
  };
}
