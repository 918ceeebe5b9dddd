import { describe, expect, it } from 'vitest';
import type { CapabilityData, KeyManagerErrorCode, KeyRecord } from '../../src/driver.ts';
import { createKeyManager } from '../../src/index.ts';
import type { KeyManagerSettings } from '../../src/index.ts';
import { FakeVault, SdkError, stillSettings } from '../fake-vault.ts';

const slow = { scope: 'version', enforcement: 'service', propagationMs: 60_000 } as const;
const eventually: Partial<CapabilityData> = {
  state: { enabled: slow, notBefore: slow, expiresOn: slow, keyOperations: slow, deleted: slow },
};
const data = Buffer.from('data');

async function opened(
  changes: Partial<CapabilityData> = {},
  more: KeyManagerSettings = {},
  stamp?: () => number,
) {
  const vault = new FakeVault(changes, stamp === undefined ? {} : { stamp });
  const still = stillSettings();
  const manager = createKeyManager(vault.driver, { ...still.settings, ...more });
  await manager.createEcKey('app');
  return { vault, manager, ...still };
}

describe('what others change', () => {
  it('is seen within stateTtl, and not asked for before', async () => {
    const { vault, manager, move } = await opened();
    const client = await manager.getCryptographyClient('app');
    vault.tamper('app', { enabled: false });
    await client.signData('ES256', data);
    move(299_000);
    await client.signData('ES256', data);
    move(1000);
    await expect(client.signData('ES256', data)).rejects.toMatchObject({ code: 'ERR_KEY_DISABLED' });
  });

  it('is seen at once with stateTtl 0', async () => {
    const { vault, manager } = await opened({}, { stateTtl: 0 });
    const client = await manager.getCryptographyClient('app');
    vault.tamper('app', { enabled: false });
    await expect(client.signData('ES256', data)).rejects.toMatchObject({ code: 'ERR_KEY_DISABLED' });
  });

  it('is seen at once where the vault has a stamp, and nothing is read while the stamp stays', async () => {
    let stamp = 1;
    const { vault, manager, move } = await opened({}, {}, () => stamp);
    const client = await manager.getCryptographyClient('app');
    const { signature } = await client.signData('ES256', data);
    const reads = vault.count('read');
    move(3_600_000);
    expect((await client.verifyData('ES256', data, signature)).result).toBe(true);
    expect(vault.count('read')).toBe(reads);
    vault.tamper('app', { enabled: false });
    stamp++;
    await expect(client.verifyData('ES256', data, signature)).rejects.toMatchObject({
      code: 'ERR_KEY_DISABLED',
    });
  });

  it('is seen by getKey at once, always', async () => {
    const { vault, manager } = await opened();
    await manager.getKey('app');
    vault.tamper('app', { enabled: false });
    expect((await manager.getKey('app')).properties.enabled).toBe(false);
  });
});

describe('what this manager changes, while the vault still answers stale', () => {
  it('is seen at once after an update, in use, in reading and in lists', async () => {
    const { vault, manager } = await opened(eventually);
    const client = await manager.getCryptographyClient('app');
    const before = vault.record('app');
    await manager.updateKeyProperties('app', { enabled: false, tags: { team: 'pay' } });
    const stale = () => before;
    vault.hooks['read'] = { before: stale };
    vault.hooks['list'] = { before: () => ({ items: [before] }) };
    await expect(client.signData('ES256', data)).rejects.toMatchObject({ code: 'ERR_KEY_DISABLED' });
    expect((await manager.getKey('app')).properties).toMatchObject({ enabled: false, tags: { team: 'pay' } });
    const listed = await Array.fromAsync(manager.listPropertiesOfKeys());
    expect(listed.map((key) => key.enabled)).toEqual([false]);
  });

  it('is read as it was made where the vault does not find it yet; another failure is told as it is', async () => {
    const { vault, manager } = await opened(eventually);
    const fail = (code: KeyManagerErrorCode) => ({
      before: () => {
        throw new SdkError({ code, retry: 'never' });
      },
    });
    vault.hooks['read'] = fail('ERR_KEY_NOT_FOUND');
    expect((await manager.getKey('app')).name).toBe('app');
    vault.hooks['read'] = fail('ERR_PERMISSION_DENIED');
    await expect(manager.getKey('app')).rejects.toMatchObject({ code: 'ERR_PERMISSION_DENIED' });
  });

  it('gives way to a later change by others', async () => {
    const { vault, manager } = await opened(eventually);
    const before = vault.record('app');
    await manager.updateKeyProperties('app', { enabled: false });
    vault.hooks['read'] = {
      before: () => ({ ...before, enabled: true, updatedOn: (before.updatedOn ?? 0) + 10 }),
    };
    expect((await manager.getKey('app')).properties.enabled).toBe(true);
  });

  it('gives way when the stated propagation has passed', async () => {
    const { vault, manager, move } = await opened(eventually);
    const before = vault.record('app');
    await manager.updateKeyProperties('app', { enabled: false });
    vault.hooks['read'] = { before: () => before };
    move(60_000);
    expect((await manager.getKey('app')).properties.enabled).toBe(true);
  });

  it('keeps a deleted key away from reading, use and lists', async () => {
    const { vault, manager } = await opened(eventually);
    const client = await manager.getCryptographyClient('app');
    const before = vault.record('app');
    await manager.beginDeleteKey('app');
    vault.hooks['read'] = { before: () => before };
    vault.hooks['list'] = { before: () => ({ items: [before] }) };
    await expect(manager.getKey('app')).rejects.toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
      message: 'The key is deleted',
    });
    await expect(client.signData('ES256', data)).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
    expect(await Array.fromAsync(manager.listPropertiesOfKeys())).toEqual([]);
    const versions = manager.listPropertiesOfKeyVersions('app');
    await expect(Array.fromAsync(versions)).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  });

  it('shows a new version as current, and a new key in reading and lists', async () => {
    const { vault, manager } = await opened(eventually);
    const old: KeyRecord = vault.record('app');
    vault.hooks['read'] = {
      before: (request: { version?: string }) =>
        request.version === undefined ? { ...old, createdOn: old.createdOn - 10 } : undefined,
    };
    const rotated = await manager.rotateKey('app');
    expect((await manager.getKey('app')).id).toBe(rotated.id);
    vault.hooks['list'] = { before: () => ({ items: [] }) };
    expect((await Array.fromAsync(manager.listPropertiesOfKeys())).map((key) => key.name)).toEqual(['app']);
  });

  it('hides a purged and a recovered key from the deleted ones', async () => {
    const { vault, manager } = await opened(eventually);
    await manager.beginDeleteKey('app');
    const [deleted] = [...vault.keys.keys()];
    const stale = { items: [{ key: { name: deleted }, deletedOn: 1 }] };
    await manager.purgeDeletedKey('app');
    vault.hooks['listDeleted'] = { before: () => stale };
    expect(await Array.fromAsync(manager.listDeletedKeys())).toEqual([]);
    await expect(manager.getDeletedKey('app')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  });
});
