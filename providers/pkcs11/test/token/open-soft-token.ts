import { afterAll } from 'vitest';
import type { SoftToken } from '@keyway/conformance/emulators';
import type { OpenedToken } from '../../src/token/opened-token.ts';
import type { WorkerPool } from '../../src/token/worker-pool.ts';
import { openToken } from '../../src/token/open-token.ts';
import type { PinSource, Token, TokenLocation } from '../../src/token/token.ts';
import { faultModule, type FaultModule } from '../../proof/shim/fault-module.ts';
import { softHsmToken } from '../fixtures/soft-tokens.ts';

/** Gives the PIN of a token, each time in a new array. */
export const pinOf =
  ({ pin }: SoftToken): PinSource =>
  () =>
    Promise.resolve(new TextEncoder().encode(pin));

const opened = new Set<Token>();
afterAll(async () => {
  for (const token of opened) await token.close();
});

/** Opens a token of SoftHSM2; it is closed with the file's tests. */
export async function openSoft(soft: SoftToken, more: Partial<TokenLocation> = {}): Promise<Token> {
  const token = await openToken({ module: soft.module, label: soft.label, pin: pinOf(soft), ...more });
  opened.add(token);
  return token;
}

/** The pool behind a token: its threads and its traffic. */
export const poolOf = (token: Token): WorkerPool => (token as OpenedToken).pool;

/** A fresh token whose module goes wrong as it is told. Call it before the process initialises any module. */
export async function faultyToken(options?: {
  readonly log?: boolean;
}): Promise<{ soft: SoftToken; faults: FaultModule }> {
  const soft = await softHsmToken();
  const faults = await faultModule(soft.module, soft.folder, options);
  Object.assign(process.env, faults.environment);
  return { soft: { ...soft, module: faults.module }, faults };
}
