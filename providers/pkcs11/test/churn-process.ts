import { randomBytes } from 'node:crypto';
import process from 'node:process';
import type { KeyManager } from '@keyway/core';
import { createKeyManager, isKeyManagerError } from '@keyway/core/driver';
import { createPkcs11Driver } from '../src/driver.ts';
import { openVault } from '../src/open-vault.ts';
import { openToken } from '../src/token/open-token.ts';
import { createSettings } from '../src/vault-settings.ts';
import { testCall } from './test-call.ts';
import type { Orders } from './vault-process.ts';

/** What a process is told to do beside others, as JSON in its first argument. */
export interface ChurnOrders extends Pick<
  Orders,
  'module' | 'label' | 'pin' | 'features' | 'namespace' | 'records'
> {
  /** Begins the names of its own keys. */
  readonly prefix: string;
  readonly changes: number;
  readonly workers: number;
}

/** What it has done, told as one line of JSON. */
export interface ChurnReport {
  /** Its own keys that must be there, with the number of their versions. */
  readonly kept: Readonly<Record<string, number>>;
  readonly purged: readonly string[];
  /** Versions made of the key of all, `k`. */
  readonly rotations: number;
  readonly signatures: number;
  readonly errors: readonly string[];
}

async function signsRight(manager: KeyManager, name: string): Promise<boolean> {
  const client = await manager.getCryptographyClient(name, { execution: 'remote' });
  const data = Uint8Array.from(randomBytes(20));
  const { signature } = await client.signData('ES256', data);
  return (await client.verifyData('ES256', data, signature)).result;
}

async function churn(manager: KeyManager, { prefix, changes }: ChurnOrders): Promise<ChurnReport> {
  const kept: Record<string, number> = {};
  const purged: string[] = [];
  const errors: string[] = [];
  let [rotations, signatures, done] = [0, 0, 0];
  const attempt = async (what: string, run: () => Promise<unknown>): Promise<void> => {
    done++;
    try {
      await run();
    } catch (error) {
      errors.push(`${what}: ${isKeyManagerError(error) ? `${error.code} ${error.message}` : String(error)}`);
    }
  };
  for (let round = 0; done < changes; round++) {
    const name = `${prefix}${round}`;
    await attempt('create', async () => {
      await manager.createEcKey(name, { curve: 'P-256' });
      kept[name] = 1;
    });
    await attempt('rotate own', async () => {
      await manager.rotateKey(name);
      kept[name] = 2;
    });
    await attempt('rotate shared', async () => {
      await manager.rotateKey('k');
      rotations++;
    });
    for (const signing of ['k', name]) {
      try {
        if (await signsRight(manager, signing)) signatures++;
        else errors.push(`sign ${signing}: wrong`);
      } catch (error) {
        errors.push(`sign ${signing}: ${String(error)}`);
      }
    }
    if (round % 2 === 1) continue;
    await attempt('delete', async () => (await manager.beginDeleteKey(name)).pollUntilDone());
    await attempt('purge', async () => {
      await manager.purgeDeletedKey(name);
      delete kept[name];
      purged.push(name);
    });
  }
  return { kept, purged, rotations, signatures, errors };
}

async function obey(orders: ChurnOrders): Promise<void> {
  const { module, label, features, namespace, records, workers } = orders;
  const pin = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.from(Buffer.from(orders.pin)));
  const token = await openToken({ module, label, pin, workers });
  const opened = await openVault(
    {
      token,
      features,
      namespace,
      records,
      identity: `pkcs11://test/${namespace}`,
      plainImport: false,
      checkSignatures: 'none',
      settings: createSettings({}),
    },
    testCall(),
  );
  const manager = createKeyManager(createPkcs11Driver(opened.vault, () => opened.close()));
  process.stdout.write(`${JSON.stringify(await churn(manager, orders))}\n`);
  await manager.close();
  await token.close();
}

const [, , orders] = process.argv;
if (orders !== undefined) await obey(JSON.parse(orders) as ChurnOrders);
