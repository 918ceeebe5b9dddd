import type { KeyManager } from '@keyway/core';
import type { Call, KeyDriver } from '@keyway/core/driver';

/**
 * A vault that is true but for one thing: one method, under one condition. Most are lying drivers, with lies that core
 * cannot mend; a few are a lying core, because cases that hold core to its rules must bite as well.
 */
export interface Lie {
  /** What it does wrong, in a few words: `drops-the-aad`. */
  readonly id: string;
  readonly driver?: ((honest: KeyDriver) => KeyDriver) | undefined;
  readonly manager?: ((honest: KeyManager) => KeyManager) | undefined;
}

type Group = 'keys' | 'cryptography' | 'deletion' | 'rotation' | 'other';

/** For each method that lies: what runs in its place, given the honest one. */
export type LyingMethods = {
  readonly [Name in Group]?: {
    readonly [Method in keyof KeyDriver[Name]]?: (
      honest: NonNullable<KeyDriver[Name][Method]>,
    ) => NonNullable<KeyDriver[Name][Method]>;
  };
};

/** The same driver with some methods lying, as far as it has them. */
export function lying(honest: KeyDriver, methods: LyingMethods): KeyDriver {
  const groups = Object.entries(methods).map(([name, lies]) => {
    const group = (honest[name as Group] ?? {}) as Readonly<Record<string, unknown>>;
    const told = Object.entries(lies as Readonly<Record<string, (method: unknown) => unknown>>).filter(
      ([method]) => group[method] !== undefined,
    );
    return [
      name,
      { ...group, ...Object.fromEntries(told.map(([method, lie]) => [method, lie(group[method])])) },
    ];
  });
  return { ...honest, ...(Object.fromEntries(groups) as Partial<KeyDriver>) };
}

/** A lie told by methods alone. */
export function methodLie(id: string, methods: LyingMethods | (() => LyingMethods)): Lie {
  return { id, driver: (honest) => lying(honest, typeof methods === 'function' ? methods() : methods) };
}

/** A lie told by capabilities alone: the methods are the true ones. */
export function capabilityLie(id: string, tell: (honest: KeyDriver) => KeyDriver): Lie {
  return { id, driver: tell };
}

/** The same call without its request id. A call is no plain object: its signal is made on first use. */
export function withoutRequestId(call: Call): Call {
  return {
    get signal() {
      return call.signal;
    },
    deadline: call.deadline,
    now: call.now,
    requestId: undefined,
  };
}

/** A copy with its last bit changed. */
export function flipped(octets: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(octets);
  const last = copy.length - 1;
  copy[last] = (copy[last] ?? 0) ^ 1;
  return copy;
}
