import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isKeyManagerError } from '@keyway/core/driver';
import { expect } from 'vitest';
import { faultModule } from '../../proof/shim/fault-module.ts';
import * as acts from '../acts.ts';
import { cleanUp, dumpOf, expectWhole } from '../dump.ts';
import type { KilledRow } from '../kill.ts';
import { testCall } from '../test-call.ts';
import { freshNamespace, testToken, testVault } from '../test-vault.ts';
import type { KilledCall, KilledOrders } from './killed-call-process.ts';

/** Functions of PKCS #11 that change what is on the token. */
const mutating = [
  'C_CreateObject',
  'C_CopyObject',
  'C_GenerateKey',
  'C_GenerateKeyPair',
  'C_UnwrapKey',
  'C_SetAttributeValue',
  'C_DestroyObject',
] as const;

const program = fileURLToPath(new URL('killed-call-process.ts', import.meta.url));
const flags = ['--disable-warning=ExperimentalWarning', '--conditions=@keyway/source'];

/** What a repeated act may say where the first one was done: there is nothing left to do. */
const done: ReadonlySet<string> = new Set([
  'ERR_KEY_NOT_FOUND',
  'ERR_OPERATION_NOT_PERMITTED',
  'ERR_KEY_EXISTS',
]);

interface Ended {
  readonly signal: string | null;
  readonly output: string;
}

/** Runs the act of a row in a process of its own, behind the fault module. */
async function inProcess(
  row: KilledRow,
  told: Pick<KilledOrders, 'namespace' | 'requestId' | 'kill'>,
): Promise<Ended> {
  const { module: real, label, pin, features } = await testToken();
  const folder = mkdtempSync(join(tmpdir(), 'keyway-killed-'));
  try {
    const faults = await faultModule(real, folder);
    const act = Object.entries(acts).find(([, each]) => each === row.act)?.[0];
    if (act === undefined) throw new Error('The act has no name');
    const orders: KilledOrders = { module: faults.module, label, pin, features, act, ...told };
    const child = spawn(process.execPath, [...flags, program, JSON.stringify(orders)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...faults.environment },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (signal === null && code !== 0) throw new Error(`The process ended with ${code}`);
    return { signal, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes what there is before the act. */
async function prepared({ before }: KilledRow): Promise<string> {
  const namespace = freshNamespace();
  const first = await testVault({ namespace, records: 'token' });
  for (const act of before) await act(first.vault, testCall());
  await first.close();
  return namespace;
}

/** Every mutating call of an act, before it is done and after. */
export async function callsOf(row: KilledRow): Promise<readonly KilledCall[]> {
  const namespace = await prepared(row);
  const { output } = await inProcess(row, { namespace, requestId: randomUUID() });
  const { vault } = await testVault({ namespace, records: 'token' });
  await cleanUp(vault);
  const counts = new Map(JSON.parse(output) as readonly (readonly [string, number])[]);
  return mutating.flatMap((name) =>
    Array.from({ length: counts.get(name) ?? 0 }, (_, at) =>
      (['before', 'after'] as const).map((when) => ({ function: name, when, number: at + 1 })),
    ).flat(),
  );
}

/**
 * Kills a process in a call of an act, opens the vault anew and repeats the act. Expects it whole or absent after the
 * opening, and done once in all after the repetition.
 */
export async function killInCall(row: KilledRow, kill: KilledCall): Promise<void> {
  const namespace = await prepared(row);
  const place = { namespace, records: 'token' } as const;
  const requestId = randomUUID();
  const look = await testVault(place);
  const before = await dumpOf(look.vault, 'k');
  await look.close();
  const { signal } = await inProcess(row, { namespace, requestId, kill });
  expect(signal).toBe('SIGKILL');
  const next = await testVault(place);
  try {
    const dump = await dumpOf(next.vault, 'k');
    expectWhole(dump);
    // No version that was there is lost, unless the key was to be destroyed.
    if (dump.state !== 'none') {
      const ids = dump.versions.map(({ version }) => version);
      expect(ids.slice(0, before.versions.length)).toEqual(before.versions.map(({ version }) => version));
    }
    const isBefore = dump.state === before.state && dump.versions.length === before.versions.length;
    const isAfter = dump.state === row.after.state && dump.versions.length === row.after.versions;
    expect([isBefore, isAfter]).toContain(true);
    await row.act(next.vault, testCall({ requestId })).catch((error: unknown) => {
      if (!isKeyManagerError(error) || !done.has(error.code)) throw error;
    });
    const end = await dumpOf(next.vault, 'k');
    expectWhole(end);
    expect([end.state, end.versions.length]).toEqual([row.after.state, row.after.versions]);
    expect(end.versions.at(-1)?.enabled ?? true).toBe(row.after.enabled ?? true);
  } catch (error) {
    throw new Error(`${row.what}, killed ${kill.when} call ${kill.number} of ${kill.function}`, {
      cause: error,
    });
  } finally {
    await next.close();
    await cleanUp(next.vault);
  }
}
