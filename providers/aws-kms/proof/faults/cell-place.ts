import type { KMS } from '@aws-sdk/client-kms';
import { dumpKms, listKeyIds } from '../dump.ts';
import { startFaultProxy } from '../fault-proxy.ts';
import type { FaultProxy } from '../fault-proxy.ts';
import { createSecretCollector } from '../secret-collector.ts';
import type { SecretCollector } from '../secret-collector.ts';
import { emulatorCredentials, sdkClient } from './cell-vault.ts';
import { readName } from './name-state.ts';
import type { SeenName } from './name-state.ts';
import type { AfterCancel } from './step-effects.ts';

/** What is known of an emulator of KMS. */
export interface PlaceRow {
  readonly emulator: 'local-kms' | 'localstack';
  readonly account: string;
  readonly afterCancel: AfterCancel;
}

export const placeRows: readonly PlaceRow[] = [
  // Its CancelKeyDeletion leaves every key enabled: a known failure, with its reproduction.
  { emulator: 'local-kms', account: '111122223333', afterCancel: 'Enabled' },
  { emulator: 'localstack', account: '000000000000', afterCancel: 'Disabled' },
];

/** An emulator with the proxy in front of it. */
export interface CellPlace extends PlaceRow {
  readonly address: string;
  readonly proxy: FaultProxy;
  /** The SDK, past the proxy. */
  readonly client: KMS;
  readonly secrets: SecretCollector;
  /** Everything that must hold no secret: errors as they were thrown, and the bodies of error answers. */
  readonly texts: string[];
  /** Lets slow requests go, and waits until none is on its way. */
  settle(): Promise<void>;
  look(prefix: string, given: readonly string[]): Promise<SeenName>;
  /** Takes away the aliases of a cell; its keys are left out of what is looked at from now on. */
  forget(prefix: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Puts a proxy in front of an emulator.
 *
 * @param leaveOut Keys that are looked at no longer; shared by those who work on one emulator.
 */
export async function openPlace(row: PlaceRow, address: string, leaveOut: Set<string>): Promise<CellPlace> {
  const client = sdkClient(address);
  const secrets = createSecretCollector();
  secrets.add('the secret access key', emulatorCredentials.secretAccessKey);
  const texts: string[] = [];
  for (const id of await listKeyIds(client)) leaveOut.add(id);
  let waiting: (() => void)[] = [];
  const proxy = await startFaultProxy({
    upstream: address,
    wait: () => new Promise((resolve) => waiting.push(resolve)),
    watchBodies(seen) {
      secrets.watchBodies(seen);
      const text = seen.octets.toString('latin1');
      if (seen.direction === 'answer' && text.includes('"__type"')) texts.push(text);
    },
  });
  return {
    ...row,
    address,
    proxy,
    client,
    secrets,
    texts,
    async settle() {
      for (let turn = 0; proxy.inFlight > 0; turn++) {
        for (const release of waiting) release();
        waiting = [];
        if (turn > 100_000) throw new Error('Requests are on their way that do not end');
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async look(prefix, given) {
      const dump = await dumpKms(client, { leaveOut, aliasPrefix: `alias/${prefix}/` });
      return readName(dump, prefix, given);
    },
    async forget(prefix) {
      const { keys, aliases } = await dumpKms(client, { leaveOut, aliasPrefix: `alias/${prefix}/` });
      for (const { id, tags } of keys) {
        const own = tags['keyway:vault'] === prefix;
        if (own || aliases.some(({ target }) => target === id)) leaveOut.add(id);
      }
      for (const { name } of aliases) await client.deleteAlias({ AliasName: name });
    },
    async close() {
      client.destroy();
      await proxy.close();
    },
  };
}
