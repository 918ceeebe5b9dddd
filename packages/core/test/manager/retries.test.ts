import { describe, expect, it } from 'vitest';
import { createKeyManager, isKeyManagerError } from '../../src/index.ts';
import { FakeVault, SdkError, stillSettings } from '../fake-vault.ts';

function failing(times: number, error: unknown): () => void {
  let left = times;
  return () => {
    if (left-- > 0) throw error;
  };
}

async function opened(changes = {}) {
  const vault = new FakeVault(changes);
  const still = stillSettings();
  const manager = createKeyManager(vault.driver, still.settings);
  await manager.createEcKey('app');
  vault.calls.length = 0;
  return { vault, manager, ...still };
}

describe('a read that fails in passing', () => {
  it('is repeated with growing pauses', async () => {
    const { vault, manager, sleeps } = await opened();
    vault.hooks['read'] = { before: failing(3, new SdkError({ code: 'ERR_UNAVAILABLE', retry: 'safe' })) };
    await manager.getKey('app');
    expect(vault.count('read')).toBe(4);
    expect(sleeps).toEqual([50, 100, 200]);
  });

  it('honours the pause that the vault asks for', async () => {
    const { vault, manager, sleeps } = await opened();
    const error = new SdkError({ code: 'ERR_THROTTLED', retry: 'safe', retryAfterMs: 2000 });
    vault.hooks['read'] = { before: failing(1, error) };
    await manager.getKey('app');
    expect(sleeps).toEqual([2100]);
  });

  it('ends with an error that says it may be repeated and keeps the cause', async () => {
    const { vault, manager } = await opened();
    const error = new SdkError({ code: 'ERR_THROTTLED', retry: 'safe', retryAfterMs: 2000 });
    vault.hooks['read'] = { before: failing(9, error) };
    const thrown = await manager.getKey('app').catch((reason: unknown) => reason);
    expect(isKeyManagerError(thrown)).toBe(true);
    expect(thrown).toMatchObject({
      code: 'ERR_THROTTLED',
      retryable: true,
      retryAfterMs: 2000,
      provider: 'fake',
      operation: 'getKey',
      keyId: 'fake:vault/keys/app',
      cause: error,
    });
  });

  it('is not repeated where the error will stay', async () => {
    const { vault, manager } = await opened();
    vault.hooks['read'] = {
      before: failing(9, new SdkError({ code: 'ERR_PERMISSION_DENIED', retry: 'never' })),
    };
    await expect(manager.getKey('app')).rejects.toMatchObject({
      code: 'ERR_PERMISSION_DENIED',
      retryable: false,
    });
    expect(vault.count('read')).toBe(1);
  });

  it('does not wait beyond the time allowed', async () => {
    const { vault, manager } = await opened();
    const error = new SdkError({ code: 'ERR_THROTTLED', retry: 'safe', retryAfterMs: 120_000 });
    vault.hooks['read'] = { before: failing(9, error) };
    await expect(manager.getKey('app')).rejects.toMatchObject({ code: 'ERR_THROTTLED' });
    expect(vault.count('read')).toBe(1);
  });
});

describe('a change that is repeated', () => {
  it('is repeated where it certainly did not happen, even if it makes a version', async () => {
    const { vault, manager } = await opened();
    vault.hooks['rotate'] = { before: failing(1, new SdkError({ code: 'ERR_THROTTLED', retry: 'safe' })) };
    await manager.rotateKey('app');
    expect(vault.count('rotate')).toBe(2);
  });

  it('takes "not found" after a lost answer of delete for its own doing', async () => {
    const { vault, manager } = await opened();
    let first = true;
    vault.hooks['delete'] = {
      after: () => {
        if (first) {
          first = false;
          throw new SdkError({ code: 'ERR_UNAVAILABLE', retry: 'safe' });
        }
      },
    };
    const poller = await manager.beginDeleteKey('app');
    expect((await poller.pollUntilDone()).name).toBe('app');
  });

  it('takes "not found" after a lost answer of recover and purge for its own doing', async () => {
    const { vault, manager } = await opened();
    const loseOnce = () => {
      let first = true;
      return () => {
        if (!first) return;
        first = false;
        throw new SdkError({ code: 'ERR_UNAVAILABLE', retry: 'safe' });
      };
    };
    await manager.beginDeleteKey('app');
    vault.hooks['recover'] = { after: loseOnce() };
    expect((await (await manager.beginRecoverDeletedKey('app')).pollUntilDone()).name).toBe('app');
    await manager.beginDeleteKey('app');
    vault.hooks['purge'] = { after: loseOnce() };
    await manager.purgeDeletedKey('app');
    expect(vault.keys.size).toBe(0);
  });

  it('does not take the first "not found" for its own doing', async () => {
    const { manager } = await opened();
    await expect(manager.beginDeleteKey('other')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
    await expect(manager.purgeDeletedKey('other')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  });
});

it('lets the key-state table choose the code where the error does not say which state is to blame', async () => {
  const { vault, manager } = await opened();
  const client = await manager.getCryptographyClient('app');
  vault.hooks['sign'] = {
    before: () => {
      vault.tamper('app', { enabled: false });
      throw new SdkError({ code: 'ERR_CONFLICT', retry: 'never', readState: true });
    },
  };
  await expect(client.signData('ES256', new Uint8Array(3))).rejects.toMatchObject({
    code: 'ERR_KEY_DISABLED',
  });
});

it('treats a driver whose classify throws as one that does not know', async () => {
  const vault = new FakeVault({}, { classify: () => { throw new Error('broken'); } }); // prettier-ignore
  const manager = createKeyManager(vault.driver, stillSettings().settings);
  vault.hooks['read'] = { before: failing(1, new Error('secret text of the SDK')) };
  const error = await manager.getKey('app').catch((reason: Error) => reason);
  expect(error).toMatchObject({
    code: 'ERR_UNKNOWN',
    cause: expect.objectContaining({ message: 'secret text of the SDK' }),
  });
  expect((error as Error).message).not.toContain('secret');
});
