import { describe, expect, it, vi } from 'vitest';
import { createKeyManager } from '../../src/index.ts';
import type { KeyManager } from '../../src/index.ts';
import type { Call } from '../../src/driver.ts';
import { FakeVault, stillSettings } from '../fake-vault.ts';

async function opened() {
  const vault = new FakeVault();
  const manager = createKeyManager(vault.driver, stillSettings().settings);
  await manager.createEcKey('app');
  vault.calls.length = 0;
  return { vault, manager };
}

describe('an aborted signal', () => {
  it('fired before: nothing is sent', async () => {
    const { vault, manager } = await opened();
    const signal = AbortSignal.abort(new Error('enough'));
    const error = await manager.getKey('app', { signal }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_ABORTED', retryable: false, cause: signal.reason });
    expect(vault.calls).toEqual([]);
  });

  it('fired during: the call ends at once, the driver is told, and nothing is repeated or settled', async () => {
    const { vault, manager } = await opened();
    const controller = new AbortController();
    let told: AbortSignal | undefined;
    vault.hooks['create'] = {
      before: (_request, call) => {
        told = call.signal;
        controller.abort();
        return new Promise(() => {});
      },
    };
    const creating = manager.createEcKey('new', { signal: controller.signal });
    await expect(creating).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(told?.aborted).toBe(true);
    expect(vault.count('create')).toBe(1);
    expect(vault.count('versions')).toBe(0);
  });

  it('fired during: a driver that listens by the lighter way is told once, and finds it told afterwards', async () => {
    const { vault, manager } = await opened();
    const controller = new AbortController();
    const told: unknown[] = [];
    let seen: Call['cancellation'];
    vault.hooks['create'] = {
      before: (_request, call) => {
        seen = call.cancellation;
        Object.assign(seen ?? {}, { onabort: () => told.push(seen?.reason) });
        expect(call.cancellation).toBe(seen);
        expect(seen).toMatchObject({ aborted: false, reason: undefined });
        controller.abort();
        return new Promise(() => {});
      },
    };
    const creating = manager.createEcKey('new', { signal: controller.signal });
    await expect(creating).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(told).toMatchObject([{ code: 'ERR_ABORTED' }]);
    expect(seen).toMatchObject({ aborted: true, reason: { code: 'ERR_ABORTED' } });
  });

  it('fired before anybody listened by the lighter way: it says so', async () => {
    const { vault, manager } = await opened();
    const controller = new AbortController();
    let call: Call | undefined;
    vault.hooks['create'] = {
      before: (_request, given) => {
        call = given;
        return new Promise(() => {});
      },
    };
    const creating = manager.createEcKey('new', { signal: controller.signal });
    await vi.waitFor(() => expect(call).toBeDefined());
    controller.abort();
    await expect(creating).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(call?.cancellation).toMatchObject({ aborted: true, reason: { code: 'ERR_ABORTED' } });
  });

  it('fired after: the result stays', async () => {
    const { manager } = await opened();
    const controller = new AbortController();
    const key = await manager.getKey('app', { signal: controller.signal });
    controller.abort();
    expect(key.name).toBe('app');
  });

  it('fired while data is read in chunks: no more is read', async () => {
    const { vault, manager } = await opened();
    const client = await manager.getCryptographyClient('app');
    const controller = new AbortController();
    async function* chunks() {
      yield Buffer.from('one');
      controller.abort();
      yield Buffer.from('two');
    }
    const signing = client.signData('ES256', chunks(), { signal: controller.signal });
    await expect(signing).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(vault.count('sign')).toBe(0);
  });
});

describe('close', () => {
  const methods: readonly [string, (manager: KeyManager) => Promise<unknown>][] = [
    ['createKey', (manager) => manager.createKey('a', 'EC')],
    ['createRsaKey', (manager) => manager.createRsaKey('a')],
    ['createEcKey', (manager) => manager.createEcKey('a')],
    ['createOctKey', (manager) => manager.createOctKey('a')],
    ['importKey', (manager) => manager.importKey('a', { kty: 'oct', k: 'AAAA' })],
    ['getKey', (manager) => manager.getKey('app')],
    ['listPropertiesOfKeys', (manager) => manager.listPropertiesOfKeys().next()],
    ['listPropertiesOfKeyVersions', (manager) => manager.listPropertiesOfKeyVersions('app').next()],
    ['updateKeyProperties', (manager) => manager.updateKeyProperties('app', {})],
    ['beginDeleteKey', (manager) => manager.beginDeleteKey('app')],
    ['getDeletedKey', (manager) => manager.getDeletedKey('app')],
    ['listDeletedKeys', (manager) => manager.listDeletedKeys().next()],
    ['beginRecoverDeletedKey', (manager) => manager.beginRecoverDeletedKey('app')],
    ['purgeDeletedKey', (manager) => manager.purgeDeletedKey('app')],
    ['backupKey', (manager) => manager.backupKey('app')],
    ['restoreKeyBackup', (manager) => manager.restoreKeyBackup(Buffer.from('x'))],
    ['rotateKey', (manager) => manager.rotateKey('app')],
    ['getKeyRotationPolicy', (manager) => manager.getKeyRotationPolicy('app')],
    ['updateKeyRotationPolicy', (manager) => manager.updateKeyRotationPolicy('app', {})],
    ['rotateDueKeys', (manager) => manager.rotateDueKeys()],
    ['getRandomBytes', (manager) => manager.getRandomBytes(1)],
    ['releaseKey', (manager) => manager.releaseKey('app', 'token')],
    ['getCryptographyClient', (manager) => manager.getCryptographyClient('app')],
    ['adoptKey', (manager) => manager.adoptKey('app', 'source')],
  ];

  it.each(methods)('%s is refused afterwards', async (_name, call) => {
    const { vault, manager } = await opened();
    await manager.close();
    await expect(call(manager)).rejects.toMatchObject({ code: 'ERR_CLOSED', provider: 'fake' });
    expect(vault.calls).toEqual([]);
  });

  it('ends the clients too', async () => {
    const { manager } = await opened();
    const client = await manager.getCryptographyClient('app');
    await manager.close();
    await expect(client.signData('ES256', Buffer.from('x'))).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  it('waits for what runs, refuses what comes, and closes the driver once', async () => {
    const { vault, manager } = await opened();
    const { promise, resolve } = Promise.withResolvers<void>();
    vault.hooks['read'] = { before: () => promise };
    const reading = manager.getKey('app');
    const closing = manager.close();
    const again = manager.close();
    await expect(manager.getKey('app')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    expect(vault.closed).toBe(0);
    resolve();
    expect((await reading).name).toBe('app');
    await closing;
    await again;
    await manager[Symbol.asyncDispose]();
    expect(vault.closed).toBe(1);
  });
});
