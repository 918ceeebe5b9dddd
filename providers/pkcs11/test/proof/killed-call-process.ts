import process from 'node:process';
import { writeFaultScript } from '../../proof/shim/fault-script.ts';
import { countCalls, readFaultLog } from '../../proof/shim/fault-log.ts';
import { openVault } from '../../src/open-vault.ts';
import { openToken } from '../../src/token/open-token.ts';
import type { TokenFeatures } from '../../src/token-features.ts';
import { createSettings } from '../../src/vault-settings.ts';
import * as acts from '../acts.ts';
import type { Act } from '../acts.ts';
import { testCall } from '../test-call.ts';

/** A call in which a process is to be killed. */
export interface KilledCall {
  readonly function: string;
  readonly when: 'before' | 'after';
  /** The n-th of the act, from 1. */
  readonly number: number;
}

/** What a process is told to do, as JSON in its first argument. */
export interface KilledOrders {
  /** The fault module, whose script and log the environment names. */
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  readonly features: TokenFeatures;
  readonly namespace: string;
  readonly act: string;
  readonly requestId: string;
  /** Default: it is not killed, and writes how often it has called each function. */
  readonly kill?: KilledCall | undefined;
}

async function obey({
  module,
  label,
  pin,
  features,
  namespace,
  act,
  requestId,
  kill,
}: KilledOrders): Promise<void> {
  const octets = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.from(Buffer.from(pin)));
  const token = await openToken({ module, label, pin: octets, workers: 1 });
  const parts = { plainImport: false, checkSignatures: 'none', settings: createSettings({}) } as const;
  const identity = `pkcs11://test/${namespace}`;
  const opened = await openVault(
    { ...parts, token, features, namespace, identity, records: 'token' },
    testCall(),
  );
  const { KEYWAY_SHIM_SCRIPT: script = '', KEYWAY_SHIM_LOG: log = '' } = process.env;
  const before = readFaultLog(log).length;
  if (kill !== undefined) {
    const { function: name, when, number } = kill;
    writeFaultScript(script, [{ function: name, when, calls: number, action: { do: 'kill' } }]);
  }
  await (acts as unknown as Readonly<Record<string, Act>>)[act]?.(opened.vault, testCall({ requestId }));
  const counts = countCalls(readFaultLog(log).slice(before));
  await opened.close();
  await token.close();
  process.stdout.write(JSON.stringify([...counts]));
}

const [, , orders] = process.argv;
if (orders !== undefined) await obey(JSON.parse(orders) as KilledOrders);
