import type { Random } from '../fuzz/random.ts';
import type { KeyState } from './expected-state.ts';
import type { Ledger } from './plan.ts';
import type { ChangeKind, Order, WriterSetup } from './protocol.ts';
import type { Writer } from './writer-process.ts';

/** How a campaign is run. */
export interface CrashSettings {
  readonly setup: WriterSetup;
  /** A second key file, under which the vault is sealed and back again. */
  readonly otherKeyFile: string;
  /** At least so many; more where a kind of change has not been hit yet, or most kills came too late. */
  readonly kills: number;
  readonly seed: number;
  readonly writers: number;
  readonly onProgress: (text: string) => void;
  /** Fires when the campaign is to end early. */
  readonly signal: AbortSignal;
}

/** What a campaign came to. */
export interface CrashReport {
  readonly kills: number;
  readonly acknowledged: number;
  /** Kills that landed after the writer had taken a change up and before it had answered. */
  readonly unacknowledged: number;
  /** How the changes under way at those kills ended. */
  readonly whole: number;
  readonly absent: number;
  /** How often each kind of change was under way. */
  readonly inFlight: ReadonlyMap<ChangeKind, number>;
  readonly lost: readonly string[];
  readonly torn: readonly string[];
}

/** A campaign under way: what it has counted, and what it has learned about the time that changes take. */
export interface Campaign {
  readonly settings: CrashSettings;
  /** How the vault is opened now: the key file changes when it is sealed under another. */
  setup: WriterSetup;
  kills: number;
  acknowledged: number;
  unacknowledged: number;
  whole: number;
  absent: number;
  readonly inFlight: Map<ChangeKind, number>;
  readonly lost: string[];
  readonly torn: string[];
  /** Milliseconds from taking an order up to its answer, as a moving mean. */
  readonly latencies: Map<Order['kind'], number>;
  /** The share of that time within which a strike comes. */
  readonly aims: Map<Order['kind'], number>;
  /** A number that no order has had. */
  nextId(): number;
}

/** A writer, its keys, and what has been seen of them. */
export interface Slot {
  readonly ledger: Ledger;
  readonly random: Random;
  /** Earlier states by name, to tell a lost change from a torn one. */
  readonly history: Map<string, (KeyState | undefined)[]>;
  writer: Writer;
}

/** Starts counting. */
export function createCampaign(settings: CrashSettings): Campaign {
  let id = 0;
  return {
    settings,
    setup: settings.setup,
    kills: 0,
    acknowledged: 0,
    unacknowledged: 0,
    whole: 0,
    absent: 0,
    inFlight: new Map(),
    lost: [],
    torn: [],
    latencies: new Map(),
    aims: new Map(),
    nextId: () => ++id,
  };
}
