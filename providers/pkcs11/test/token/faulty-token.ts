import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { SoftToken } from '@keyway/conformance/emulators';
import type { FaultModule } from '../../proof/shim/fault-module.ts';
import type { Fault, FaultAction } from '../../proof/shim/fault-script.ts';
import type { Token } from '../../src/token/token.ts';
import { faultyToken, openSoft, poolOf } from './open-soft-token.ts';
import { callFor, makeHmacKey, signsRight, type SigningKey } from './token-keys.ts';

/** Calls of one function fail. */
export const failing = (
  name: string,
  ckr: number,
  calls: Fault['calls'] = 1,
  when: Fault['when'] = 'before',
): Fault => ({ function: name, when, calls, action: { do: 'fail', ckr } });

/** Something befalls the next call of a function. */
export const once = (name: string, action: FaultAction): Fault => ({
  function: name,
  when: 'before',
  calls: 1,
  action,
});

/** A token with two workers behind a module that goes wrong as it is told, and a key to try it with. */
export interface FaultyToken {
  readonly soft: SoftToken;
  readonly faults: FaultModule;
  readonly token: Token;
  readonly key: SigningKey;
  readonly sign: (call?: ReturnType<typeof callFor>) => Promise<Uint8Array>;
  readonly isRight: () => Promise<boolean>;
  /** After whatever has happened. */
  readonly isWhole: () => Promise<void>;
  readonly openSessions: () => number;
  readonly countOf: (name: string) => number;
}

/** Makes it. Call it in `beforeAll`, and let each test begin with `faults.setFaults([])`. */
export async function openFaulty(): Promise<FaultyToken> {
  const { soft, faults } = await faultyToken();
  const token = await openSoft(soft, { workers: 2 });
  const key = await makeHmacKey(token);
  const isRight = (): Promise<boolean> => signsRight(token, key);
  // Both workers have their sessions, and the handle of the key is kept.
  while ([...poolOf(token).threads].some((thread) => thread.sessionHandle === 0n))
    await Promise.all(Array.from({ length: 8 }, isRight));
  return {
    soft,
    faults,
    token,
    key,
    isRight,
    sign: (call = callFor()) =>
      token.run('sign', { key: key.locator, mechanism: key.mechanism, data: randomBytes(32) }, call),
    isWhole: async () => {
      faults.setFaults([]);
      const rights = await Promise.all(Array.from({ length: 16 }, isRight));
      expect(rights).toEqual(rights.map(() => true));
    },
    openSessions: () => faults.sessions().opened - faults.sessions().closed,
    countOf: (name) => faults.calls().filter((call) => call.function === name).length,
  };
}

/** Waits for what happens beside this thread. */
export async function until(isSo: () => boolean, milliseconds = 10_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!isSo() && performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
  expect(isSo()).toBe(true);
}
