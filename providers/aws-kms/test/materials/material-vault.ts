import { randomUUID } from 'node:crypto';
import { KMS } from '@aws-sdk/client-kms';
import type { Call, KeyDriver, KeyRecord, KeySummary, NewVersionRequest } from '@keyway/core/driver';
import { afterEach } from 'vitest';
import { createAliasScheme } from '../../src/aliases.ts';
import type { KmsClient } from '../../src/client.ts';
import { createAwsKmsDriver } from '../../src/driver.ts';
import { createMaterialKnowledge } from '../../src/materials/material-knowledge.ts';
import type { KmsVault } from '../../src/vault.ts';
import { startMaterialServer } from '../../proof/canned-material-server.ts';
import type { MaterialServer } from '../../proof/canned-material-server.ts';
import type { MaterialServerOptions } from '../../proof/canned-material-store.ts';
import { there } from '../fake-vault.ts';

const prefix = 'test';
const account = '111122223333';
const region = 'eu-central-1';

const open: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** The server of our own, for one test. */
export async function serverFor(options: MaterialServerOptions = {}): Promise<MaterialServer> {
  const server = await startMaterialServer(options);
  open.push(server);
  return server;
}

/** The bare SDK on it. */
export function bareClient({ endpoint }: MaterialServer): KMS {
  const credentials = { accessKeyId: 'keyway-test', secretAccessKey: 'keyway-test-secret' };
  const client = new KMS({ endpoint, region, credentials, maxAttempts: 1 });
  open.push({ close: () => client.destroy() });
  return client;
}

/** A vault of key materials, as a process of its own would open it: it waits for nothing. */
export function materialVault(server: MaterialServer, more: Partial<KmsVault> = {}): KmsVault {
  return {
    client: bareClient(server),
    identity: `awskms://aws/${account}/${region}/${prefix}`,
    account,
    prefix,
    aliases: createAliasScheme(prefix),
    deletionWindowInDays: 30,
    without: [],
    publicKeys: new Map(),
    materials: createMaterialKnowledge(),
    sleep: (_, signal) => {
      signal.throwIfAborted();
      return Promise.resolve();
    },
    ...more,
  };
}

/** The driver of such a vault. */
export function materialDriver(server: MaterialServer, more: Partial<KmsVault> = {}): KeyDriver {
  return createAwsKmsDriver(materialVault(server, more), () => undefined);
}

/** What accompanies a request. */
export function callOf(more: Partial<Call> = {}): Call {
  const signal = new AbortController().signal;
  const now = Math.floor(Date.now() / 1000);
  return { signal, deadline: Date.now() + 60_000, requestId: randomUUID(), now, ...more };
}

/** A request for a symmetric key. */
export function octRequest(name: string, more: Partial<NewVersionRequest> = {}): NewVersionRequest {
  const keyOperations = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] as const;
  return { name, keyType: 'oct', size: 256, keyOperations, enabled: true, tags: {}, ...more };
}

/** A driver with its methods ready to be called. */
export interface Acts {
  create(more?: Partial<NewVersionRequest>, call?: Partial<Call>): Promise<KeyRecord>;
  importKey(fill: number, call?: Partial<Call>, more?: Partial<NewVersionRequest>): Promise<KeyRecord>;
  rotate(call?: Partial<Call>, expectedCurrent?: string): Promise<KeyRecord>;
  read(version?: string): Promise<KeyRecord>;
  versions(maxPageSize?: number): Promise<readonly KeySummary[]>;
}

/** What is done with the key `k` through a driver. */
export function actsOf({ keys, rotation }: KeyDriver, name = 'k'): Acts {
  return {
    create: (more, call) => there(keys.create)(octRequest(name, more), callOf(call)),
    importKey: (fill, call, more) => {
      const material = { kty: 'oct', k: Buffer.alloc(32, fill).toString('base64url') } as const;
      return there(keys.import)({ ...octRequest(name, more), material }, callOf(call));
    },
    rotate: (call, expectedCurrent) => there(rotation.rotate)({ name, expectedCurrent }, callOf(call)),
    read: (version) => there(keys.read)({ name, version }, callOf()),
    async versions(maxPageSize = 100) {
      const all: KeySummary[] = [];
      let next: string | undefined;
      do {
        const request = { name, maxPageSize, ...(next === undefined ? {} : { next }) };
        const page = await there(keys.versions)(request, callOf());
        all.push(...page.items);
        next = page.next;
      } while (next !== undefined);
      return all;
    },
  };
}

/** A process that dies at its n-th request, before or after KMS has carried it out; without a number it lives. */
export function mortalDriver(
  server: MaterialServer,
  moment?: number,
): { readonly driver: KeyDriver; readonly moments: () => number } {
  let count = 0;
  let dead = false;
  const come = (): void => {
    if (!dead && count++ === moment) dead = true;
    if (dead) throw new Error('killed');
  };
  const sdk = bareClient(server);
  const client = new Proxy(sdk, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return async (...request: readonly unknown[]) => {
        come();
        const answer: unknown = await Reflect.apply(member, target, [...request]);
        come();
        return answer;
      };
    },
  }) as KmsClient;
  return { driver: materialDriver(server, { client }), moments: () => count };
}
