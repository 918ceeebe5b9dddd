import { describe, expect, it } from 'vitest';
import { defineCapabilities } from '../../src/driver.ts';
import type { CapabilityData, CapabilityRow } from '../../src/driver.ts';
import { createKeyManager } from '../../src/index.ts';
import { FakeVault, SdkError, stillSettings } from '../fake-vault.ts';

async function opened(names: readonly string[] = ['app'], changes: Partial<CapabilityData> = {}) {
  const vault = new FakeVault(changes);
  const still = stillSettings();
  const manager = createKeyManager(vault.driver, still.settings);
  for (const name of names) await manager.createEcKey(name);
  vault.calls.length = 0;
  return { vault, manager, ...still };
}

const many = Array.from({ length: 25 }, (_, index) => `key-${String(index).padStart(2, '0')}`);

describe('a list', () => {
  it('gives every key once, page by page', async () => {
    const { vault, manager } = await opened(many);
    const listed = await Array.fromAsync(manager.listPropertiesOfKeys());
    expect(listed.map(({ name }) => name)).toEqual(many);
    expect(vault.count('list')).toBe(3);
  });

  it("clamps the page size to the vault's limit", async () => {
    const { vault, manager } = await opened(many);
    await manager.listPropertiesOfKeys().byPage({ maxPageSize: 1000 }).next();
    await manager.listPropertiesOfKeys({ maxPageSize: 3 }).byPage().next();
    expect(vault.calls.map(({ request }) => request['maxPageSize'])).toEqual([10, 3]);
  });

  it('goes on from a token, in another process too', async () => {
    const { vault, manager } = await opened(many);
    const page = (await manager.listPropertiesOfKeys().byPage({ maxPageSize: 10 }).next()).value;
    const second = createKeyManager(vault.driver, stillSettings().settings);
    const rest = await Array.fromAsync(
      second.listPropertiesOfKeys().byPage({ continuationToken: page?.continuationToken }),
    );
    expect(rest.flat().map(({ name }) => name)).toEqual(many.slice(10));
  });

  it('refuses the token of another list, another key, another vault, and a damaged one', async () => {
    const { vault, manager } = await opened(many);
    const token = (await manager.listPropertiesOfKeys().byPage().next()).value?.continuationToken ?? '';
    const other = createKeyManager({ ...vault.driver, identity: 'fake:other' }, stillSettings().settings);
    vault.calls.length = 0;
    const uses = [
      manager.listDeletedKeys().byPage({ continuationToken: token }),
      manager.listPropertiesOfKeyVersions('key-00').byPage({ continuationToken: token }),
      other.listPropertiesOfKeys().byPage({ continuationToken: token }),
      manager.listPropertiesOfKeys().byPage({ continuationToken: `${token.slice(0, -1)}_` }),
      manager.listPropertiesOfKeys().byPage({ continuationToken: '10' }),
    ];
    for (const use of uses) await expect(use.next()).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(vault.calls).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses pages of %d', async (maxPageSize) => {
    const { manager } = await opened();
    expect(() => manager.listPropertiesOfKeys().byPage({ maxPageSize })).toThrow(/maxPageSize/);
  });

  it('throws TypeError at once for misuse', async () => {
    const { manager } = await opened();
    expect(() => manager.listPropertiesOfKeys({ pageSize: 3 } as never)).toThrow(TypeError);
    expect(() => manager.listPropertiesOfKeyVersions(7 as never)).toThrow(TypeError);
  });

  it('shows what little a vendor tells of a key', async () => {
    const { vault, manager } = await opened();
    vault.hooks['list'] = { before: () => ({ items: [{ name: 'app' }] }) };
    const [key] = await Array.fromAsync(manager.listPropertiesOfKeys());
    expect(key).toMatchObject({
      id: 'fake:vault/keys/app',
      version: undefined,
      enabled: undefined,
      tags: {},
    });
    vault.hooks['listDeleted'] = { before: () => ({ items: [{ key: { name: 'gone' } }] }) };
    const [deleted] = await Array.fromAsync(manager.listDeletedKeys());
    expect(deleted).toMatchObject({
      name: 'gone',
      recoveryId: 'fake:vault/deletedkeys/gone',
      deletedOn: undefined,
    });
  });
});

/** Makes a method answer that the vault is still at it, after doing its work. */
const pending = (vault: FakeVault, method: 'delete' | 'recover', readings: number) => {
  const reader = method === 'delete' ? 'readDeleted' : 'read';
  const inner = vault.driver.deletion[method];
  let left = readings;
  vault.hooks[reader] = {
    before: () => {
      if (left-- > 0) throw new SdkError({ code: 'ERR_KEY_NOT_FOUND', retry: 'never' });
    },
  };
  return async (request: never, call: never) => {
    await inner?.(request, call);
    return undefined;
  };
};

function slow(vault: FakeVault, method: 'delete' | 'recover', readings: number) {
  const deletion = { ...vault.driver.deletion, [method]: pending(vault, method, readings) };
  const still = stillSettings();
  const manager = createKeyManager({ ...vault.driver, deletion }, still.settings);
  return { manager, ...still };
}

describe('beginDeleteKey', () => {
  it('is done at once where the vault is', async () => {
    const { manager } = await opened();
    const poller = await manager.beginDeleteKey('app');
    expect(poller.isDone()).toBe(true);
    expect(poller.getResult()).toMatchObject({
      name: 'app',
      scheduledPurgeDate: new Date('2026-04-01T00:00:00Z'),
    });
    await expect(manager.beginDeleteKey('app')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  });

  it('asks until the vault shows the deleted key', async () => {
    const { vault } = await opened();
    const { manager, sleeps } = slow(vault, 'delete', 3);
    const poller = await manager.beginDeleteKey('app');
    expect(poller.isDone()).toBe(false);
    expect((await poller.pollUntilDone()).name).toBe('app');
    expect(sleeps.length).toBe(3);
    expect(vault.count('readDeleted')).toBe(4);
  });

  it('goes on from its text without deleting again, and refuses a foreign text', async () => {
    const { vault } = await opened(['app', 'other']);
    const { manager } = slow(vault, 'delete', 1);
    const resumeFrom = (await manager.beginDeleteKey('app')).toString();
    const again = createKeyManager(vault.driver, stillSettings().settings);
    const poller = await again.beginDeleteKey('app', { resumeFrom });
    expect((await poller.pollUntilDone()).name).toBe('app');
    expect(vault.count('delete')).toBe(1);
    for (const foreign of [
      again.beginDeleteKey('other', { resumeFrom }),
      again.beginRecoverDeletedKey('app', { resumeFrom }),
    ]) {
      await expect(foreign).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    }
    expect(vault.count('delete') + vault.count('recover')).toBe(1);
  });

  it('ends with the error of a vault that refuses to tell', async () => {
    const { vault } = await opened();
    const { manager } = slow(vault, 'delete', 0);
    const poller = await manager.beginDeleteKey('app');
    vault.hooks['readDeleted'] = {
      before: () => {
        throw new SdkError({ code: 'ERR_PERMISSION_DENIED', retry: 'never' });
      },
    };
    await expect(poller.pollUntilDone()).rejects.toMatchObject({ code: 'ERR_PERMISSION_DENIED' });
    expect(poller.getOperationState().status).toBe('failed');
  });
});

describe('beginRecoverDeletedKey', () => {
  it('gives the key and what was lost', async () => {
    const { vault, manager } = await opened();
    await manager.beginDeleteKey('app');
    vault.hooks['recover'] = { after: (result: object) => ({ ...result, lostVersions: ['v1'] }) };
    const poller = await manager.beginRecoverDeletedKey('app', { allowPartial: true });
    expect(poller.getResult()).toMatchObject({ name: 'app', lostVersions: ['v1'] });
    expect(vault.calls.at(-1)?.request).toEqual({ name: 'app', allowPartial: true });
  });

  it('asks until the key is back, and can be resumed', async () => {
    const slowly = { scope: 'version', enforcement: 'service', propagationMs: 60_000 } as const;
    const state = {
      enabled: slowly,
      notBefore: slowly,
      expiresOn: slowly,
      keyOperations: slowly,
      deleted: slowly,
    };
    const { vault } = await opened(['app'], { state });
    const { manager } = slow(vault, 'recover', 0);
    await (await manager.beginDeleteKey('app')).pollUntilDone();
    const poller = await manager.beginRecoverDeletedKey('app');
    let left = 2;
    vault.hooks['read'] = {
      before: () => {
        if (left-- > 0) throw new SdkError({ code: 'ERR_KEY_NOT_FOUND', retry: 'never' });
      },
    };
    expect((await poller.pollUntilDone()).name).toBe('app');
    const resumed = await manager.beginRecoverDeletedKey('app', { resumeFrom: poller.toString() });
    expect(await resumed.pollUntilDone()).toMatchObject({ name: 'app', lostVersions: [] });
    expect(vault.count('recover')).toBe(1);
  });
});

describe('purgeDeletedKey', () => {
  it('that must wait says until when', async () => {
    const { vault, manager } = await opened();
    await manager.beginDeleteKey('app');
    const wait = (earliest?: number) => ({
      before: () => {
        throw new SdkError({ code: 'ERR_UNSUPPORTED', retry: 'never', earliest });
      },
    });
    vault.hooks['purge'] = wait(1_800_000_000);
    await expect(manager.purgeDeletedKey('app')).rejects.toMatchObject({
      earliest: new Date(1_800_000_000_000),
    });
    vault.hooks['purge'] = wait();
    await expect(manager.purgeDeletedKey('app')).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      earliest: new Date('2026-04-01T00:00:00Z'),
    });
  });
});

describe('purgeDeletedKey of a vault in which only time destroys', () => {
  async function withoutPurge() {
    const vault = new FakeVault();
    const rows = vault.driver.capabilities.rows.map((row): CapabilityRow =>
      row.operation === 'purgeDeletedKey'
        ? { ...row, support: 'unsupported', note: 'Only time destroys', alternative: 'waiting' }
        : row,
    );
    const { purge: _, ...deletion } = vault.driver.deletion;
    const capabilities = defineCapabilities({ ...vault.driver.capabilities, rows });
    const manager = createKeyManager({ ...vault.driver, capabilities, deletion }, stillSettings().settings);
    await manager.createEcKey('app');
    return manager;
  }

  it('is refused, and says when the key will be gone', async () => {
    const manager = await withoutPurge();
    await manager.beginDeleteKey('app');
    await expect(manager.purgeDeletedKey('app')).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      alternative: 'waiting',
      earliest: new Date('2026-04-01T00:00:00Z'),
    });
  });

  it('is refused for a key that is not deleted, too', async () => {
    await expect((await withoutPurge()).purgeDeletedKey('app')).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      earliest: undefined,
    });
  });
});

describe('backupKey', () => {
  it('is refused for a key that was not made for it, where the vault asks for that', async () => {
    const { vault, manager } = await opened(['app'], { backup: 'asked' });
    await expect(manager.backupKey('app')).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
    vault.tamper('app', { backup: true });
    expect(Buffer.from(await manager.backupKey('app')).toString()).toBe('app');
  });
});
