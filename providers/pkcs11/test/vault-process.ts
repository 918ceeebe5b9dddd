import process from 'node:process';
import { isKeyManagerError } from '@keyway/core/driver';
import type { Call } from '@keyway/core/driver';
import { classify } from '../src/classify.ts';
import type { RecordsPlace } from '../src/open-vault.ts';
import { openVault } from '../src/open-vault.ts';
import { openToken } from '../src/token/open-token.ts';
import type { TokenFeatures } from '../src/token-features.ts';
import { createSettings } from '../src/vault-settings.ts';
import { create, disable, purge, recover, remove, rotate } from './acts.ts';
import { testCall } from './test-call.ts';

/** What a process is told to do, as JSON in its first argument. */
export interface Orders {
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  readonly features: TokenFeatures;
  readonly namespace: string;
  readonly records: Extract<RecordsPlace, 'token' | { file: string }>;
  readonly act: 'create' | 'rotate' | 'disable' | 'remove' | 'recover' | 'purge';
  readonly times: number;
  /** Where it stops and waits to be killed, having said so. */
  readonly stopAt?: { readonly step: string; readonly at: string } | undefined;
}

const acts = { create, disable, purge, recover, remove, rotate };

/** Repeats what failed in passing, with the same request id, as core does. */
async function repeated<Result>(act: (call: Call) => Promise<Result>): Promise<Result> {
  const { requestId } = testCall();
  for (let attempt = 1; ; attempt++) {
    try {
      return await act(testCall({ requestId }));
    } catch (error) {
      const passing = isKeyManagerError(error) ? error.retryable : classify(error).retry === 'safe';
      if (!passing || attempt === 5) throw error;
    }
  }
}

async function obey(orders: Orders): Promise<void> {
  const { module, label, features, namespace, records, stopAt } = orders;
  const pin = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.from(Buffer.from(orders.pin)));
  const token = await repeated(() => openToken({ module, label, pin, workers: 1 }));
  const { vault, close } = await openVault(
    {
      token,
      features,
      namespace,
      records,
      identity: `pkcs11://test/${namespace}`,
      plainImport: false,
      checkSignatures: 'none',
      settings: createSettings({}),
      afterStep: ({ step, at }) => {
        if (step !== stopAt?.step || at !== stopAt.at) return undefined;
        process.stdout.write('stopped\n');
        // Keeps the process alive until it is killed.
        setInterval(() => {}, 60_000);
        return new Promise<void>(() => {});
      },
    },
    testCall(),
  );
  for (let time = 0; time < orders.times; time++) await repeated((call) => acts[orders.act](vault, call));
  await close();
  await token.close();
}

const [, , orders] = process.argv;
if (orders !== undefined) await obey(JSON.parse(orders) as Orders);
