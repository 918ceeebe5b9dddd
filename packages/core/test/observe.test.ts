import { tracingChannel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyManager } from '../src/index.ts';
import type { OperationEvent } from '../src/index.ts';
import { FakeVault, stillSettings } from './fake-vault.ts';

const channel = tracingChannel<OperationEvent>('keyway:operation');
const canary = 'canary-0b5c9f';
const secret = Buffer.from(canary);
let seen: [string, OperationEvent][] = [];

const note = (name: string) => (event: unknown) => {
  seen.push([name, structuredClone(event) as OperationEvent]);
};
const subscribers = {
  start: note('start'),
  end: note('end'),
  error: note('error'),
  asyncStart: note('asyncStart'),
  asyncEnd: note('asyncEnd'),
};

beforeEach(() => {
  seen = [];
  channel.subscribe(subscribers);
});

afterEach(() => {
  channel.unsubscribe(subscribers);
});

describe('the tracing channel keyway:operation', () => {
  it('tells operation, provider, key, algorithm and duration', async () => {
    const manager = createKeyManager(new FakeVault().driver, stillSettings().settings);
    const key = await manager.createEcKey('app');
    const client = await manager.getCryptographyClient('app');
    seen = [];
    await client.signData('ES256', secret);
    expect(seen.map(([name]) => name)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(seen.at(-1)?.[1]).toEqual({
      operation: 'signData',
      provider: 'fake',
      keyId: key.id,
      algorithm: 'ES256',
      durationMs: expect.any(Number),
    });
  });

  it('tells the code of an error', async () => {
    const manager = createKeyManager(new FakeVault().driver, stillSettings().settings);
    await manager.getKey('app').catch(() => undefined);
    await manager.getKey(7 as never).catch(() => undefined);
    const errors = seen.filter(([name]) => name === 'error').map(([, event]) => event.errorCode);
    expect(errors).toEqual(['ERR_KEY_NOT_FOUND', 'TypeError']);
  });

  it('never carries a byte of payload', async () => {
    const manager = createKeyManager(new FakeVault().driver, stillSettings().settings);
    await manager.createEcKey('app');
    await manager.createOctKey('secret');
    const ec = await manager.getCryptographyClient('app');
    const oct = await manager.getCryptographyClient('secret');
    const parts = {
      iv: new Uint8Array(12),
      authenticationTag: new Uint8Array(16),
      additionalAuthenticatedData: secret,
    };
    const { signature } = await ec.signData('ES256', secret);
    await ec.verifyData('ES256', secret, signature);
    await oct.encrypt('A256GCM', secret, { context: { canary } });
    await oct.decrypt('A256GCM', secret, parts);
    await oct.wrapKey('A256KW', Buffer.concat([secret, secret]).subarray(0, 24));
    await oct.unwrapKey('A256KW', Buffer.concat([secret, secret]).subarray(0, 24));
    await manager.releaseKey('app', canary).catch(() => undefined);
    await manager.restoreKeyBackup(secret);
    await manager.getRandomBytes(16);
    expect(seen.length).toBeGreaterThan(40);
    const text = JSON.stringify(seen);
    for (const form of [canary, secret.toString('base64'), secret.toString('hex'), [...secret].join(',')]) {
      expect(text).not.toContain(form);
    }
    for (const [, event] of seen) {
      const members = ['operation', 'provider', 'keyId', 'algorithm', 'durationMs', 'errorCode'];
      expect(Object.keys(event).filter((member) => !members.includes(member))).toEqual([]);
    }
  });

  it('runs a subscriber’s store around the operation', async () => {
    const { AsyncLocalStorage } = await import('node:async_hooks');
    const storage = new AsyncLocalStorage<OperationEvent>();
    channel.start.bindStore(storage);
    const vault = new FakeVault();
    const manager = createKeyManager(vault.driver, stillSettings().settings);
    let inside: string | undefined;
    vault.hooks['create'] = {
      before: () => {
        inside = storage.getStore()?.operation;
      },
    };
    await manager.createEcKey('app');
    channel.start.unbindStore(storage);
    expect(inside).toBe('createKey');
  });
});
