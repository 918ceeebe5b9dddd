import { createKeyManager } from '@keyway/core';
import type { Capabilities, KeyManager, KeyManagerSettings } from '@keyway/core';
import type { Call, KeyDriver } from '@keyway/core/driver';
import { createCallLog, recordCalls } from './call-log.ts';
import type { CallLog } from './call-log.ts';
import type { MadeKey } from './make-key.ts';
import { createTestClock } from './test-clock.ts';
import type { TestClock } from './test-clock.ts';
import type { TargetFixtures } from './target.ts';

/** What a case works with. Everything in it belongs to this case alone, except the vault. */
export interface CaseContext {
  readonly capabilities: Capabilities;
  /** Reads the state of a key at each use (`stateTtl: 0`), never waits, and is driven by `clock`. */
  readonly manager: KeyManager;
  /** The vault's driver; its calls, through `manager` or direct, stand in `calls`. Closing it does nothing. */
  readonly driver: KeyDriver;
  readonly calls: CallLog;
  /** The time of every `KeyManager` of this case. Moved by hours at most: a vault may purge by it. */
  readonly clock: TestClock;
  /** The pauses, in milliseconds, that core would have made. */
  readonly pauses: readonly number[];
  readonly fixtures: TargetFixtures;
  /** Whether the openssl program is asked too. */
  readonly openssl: boolean;
  /** RSA keys are slow to create, so cases import them where either will do; the self-test's vault creates them at once. */
  readonly createsRsaFast: boolean;
  /** A portable name that no other key has. Whatever is made under it is removed after the case. */
  newName(): string;
  /** Works with a name that the case chose itself: it must be unique in the vault, and is removed after the case too. */
  useName(name: string, work: () => Promise<void>): Promise<void>;
  /**
   * A key that cases share because none of them changes it: made once, removed when the session ends. A making that fails
   * is tried again by the next case.
   *
   * @param id Says all that matters about the key.
   */
  share(id: string, make: (context: CaseContext) => Promise<MadeKey>): Promise<MadeKey>;
  /** Tells whether a name is one of this case's. */
  isMine(name: string): boolean;
  /** Another `KeyManager` on the same vault: to it everything this one did is somebody else's change. */
  open(settings?: KeyManagerSettings, driver?: KeyDriver): KeyManager;
  /** What accompanies a direct call of the driver. */
  call(requestId?: string): Call;
}

/** What a session gives to each of its cases. */
export interface CaseSurroundings {
  readonly driver: KeyDriver;
  readonly fixtures: TargetFixtures;
  readonly openssl: boolean;
  readonly createsRsaFast: boolean;
  /** Unique in the vault; names are made from it. */
  readonly prefix: string;
  /** The keys that cases share, by their id, and the case that they belong to. */
  readonly shared: SharedKeys;
  /** The self-test puts a lying `KeyManager` here. */
  readonly wrapManager?: ((manager: KeyManager) => KeyManager) | undefined;
}

/** What cases share. */
export interface SharedKeys {
  readonly keys: Map<string, MadeKey>;
  /** Where they are made; opened at first use. */
  owner(): CaseContext;
}

/** A context, and the names that were taken from it. */
export interface OpenCase {
  readonly context: CaseContext;
  readonly names: readonly string[];
}

/** Makes the context of one case. */
export function createCaseContext(surroundings: CaseSurroundings): OpenCase {
  const names: string[] = [];
  const pauses: number[] = [];
  const calls = createCallLog();
  const clock = createTestClock();
  const driver = recordCalls(surroundings.driver, calls);
  function open(settings: KeyManagerSettings = {}, through: KeyDriver = driver): KeyManager {
    const manager = createKeyManager(through, {
      stateTtl: 0,
      clock: clock.now,
      random: () => 0.5,
      sleep: (milliseconds, signal) => {
        pauses.push(milliseconds);
        clock.advance(milliseconds);
        return signal?.aborted === true ? Promise.reject(signal.reason as Error) : Promise.resolve();
      },
      ...settings,
    });
    return surroundings.wrapManager?.(manager) ?? manager;
  }
  const context: CaseContext = {
    capabilities: driver.capabilities,
    manager: open(),
    driver,
    calls,
    clock,
    pauses,
    fixtures: surroundings.fixtures,
    openssl: surroundings.openssl,
    createsRsaFast: surroundings.createsRsaFast,
    newName() {
      const name = `${surroundings.prefix}-${names.length + 1}`;
      names.push(name);
      return name;
    },
    useName(name, work) {
      names.push(name);
      return work();
    },
    async share(id, make) {
      const { keys, owner } = surroundings.shared;
      const key = keys.get(id) ?? (await make(owner()));
      keys.set(id, key);
      return key;
    },
    isMine: (name) => names.includes(name),
    open,
    call: (requestId) => ({
      signal: new AbortController().signal,
      deadline: clock.now() + 60_000,
      requestId,
      now: Math.floor(clock.now() / 1000),
    }),
  };
  return { context, names };
}
