import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { all, expectCode, makeClock, makePlace, openMemory } from './fixture.ts';

const day = 86_400;

describe('deleting', () => {
  it('makes a key as good as gone, and brings it back with all versions and states', async () => {
    const { clock } = makeClock();
    const vault = await openMemory({ clock });
    const first = await vault.createEcKey('key', { enabled: false });
    const second = await vault.createEcKey('key');
    const poller = await vault.beginDeleteKey('key');
    const deleted = await poller.pollUntilDone();
    expect(deleted.scheduledPurgeDate).toEqual(new Date(clock() + 90 * day * 1000));
    for (const attempt of [vault.getKey('key'), vault.rotateKey('key'), vault.backupKey('key')]) {
      await expectCode(attempt, 'ERR_KEY_NOT_FOUND');
    }
    await expectCode(vault.createEcKey('key'), 'ERR_KEY_DELETED');
    expect(await all(vault.listPropertiesOfKeys())).toEqual([]);
    expect((await all(vault.listDeletedKeys())).map(({ name }) => name)).toEqual(['key']);
    const recovered = await (await vault.beginRecoverDeletedKey('key')).pollUntilDone();
    expect(recovered).toMatchObject({ id: second.id, lostVersions: [] });
    const enabled = (await all(vault.listPropertiesOfKeyVersions('key'))).map((version) => version.enabled);
    expect(enabled).toEqual([false, true]);
    expect((await vault.getKey('key', { version: first.properties.version })).id).toBe(first.id);
  });

  it('purges for ever, after which the name is free', async () => {
    const place = makePlace();
    const vault = await place.open();
    await vault.createEcKey('key');
    await expectCode(vault.purgeDeletedKey('key'), 'ERR_KEY_NOT_FOUND');
    await (await vault.beginDeleteKey('key')).pollUntilDone();
    const [row] = place.rows('SELECT hex(sealed) AS sealed FROM materials');
    await vault.purgeDeletedKey('key');
    await expectCode(vault.getDeletedKey('key'), 'ERR_KEY_NOT_FOUND');
    expect(place.rows('SELECT * FROM materials')).toEqual([]);
    await vault.close();
    expect(readFileSync(place.file).includes(Buffer.from(String(row?.['sealed']), 'hex'))).toBe(false);
    expect((await (await place.open()).createRsaKey('key')).keyType).toBe('RSA');
  });

  it('lists deleted keys in pages, and no page after the last', async () => {
    const vault = await openMemory();
    for (const name of ['a', 'b', 'c', 'd']) {
      await vault.createEcKey(name);
      await (await vault.beginDeleteKey(name)).pollUntilDone();
    }
    const pages = await Array.fromAsync(vault.listDeletedKeys().byPage({ maxPageSize: 2 }));
    expect(pages.map((page) => page.map(({ name }) => name))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(pages.at(-1)?.continuationToken).toBeUndefined();
  });

  it.each([
    [7, 'CustomizedRecoverable+Purgeable'],
    [89, 'CustomizedRecoverable+Purgeable'],
    [90, 'Recoverable+Purgeable'],
  ])('says at %i days of retention that a key is %s', async (retentionDays, level) => {
    const vault = await openMemory({ retentionDays });
    expect((await vault.createEcKey('key')).properties.recoveryLevel).toBe(level);
  });

  it('lets nobody purge before the time where the vault is protected, and says from when on', async () => {
    const { clock, advance } = makeClock();
    const vault = await openMemory({ clock, purgeProtection: true, retentionDays: 7 });
    const made = await vault.createEcKey('key');
    expect(made.properties.recoveryLevel).toBe('CustomizedRecoverable');
    await (await vault.beginDeleteKey('key')).pollUntilDone();
    const earliest = new Date(clock() + 7 * day * 1000);
    await expect(vault.purgeDeletedKey('key')).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED', earliest });
    advance(7 * day);
    await expectCode(vault.purgeDeletedKey('key'), 'ERR_KEY_NOT_FOUND');
    expect((await vault.createEcKey('key')).properties.version).not.toBe(made.properties.version);
  });

  it('counts a deleted key whose time has come as purged, everywhere and at once', async () => {
    const { clock, advance } = makeClock();
    const vault = await openMemory({ clock, retentionDays: 7 });
    const backups = new Map<string, Uint8Array>();
    for (const name of ['a', 'b', 'c', 'd']) {
      await vault.createEcKey(name);
      backups.set(name, await vault.backupKey(name));
      await (await vault.beginDeleteKey(name)).pollUntilDone();
    }
    advance(7 * day - 1);
    expect(await all(vault.listDeletedKeys())).toHaveLength(4);
    await expectCode(vault.createEcKey('a'), 'ERR_KEY_DELETED');
    advance(1);
    expect(await all(vault.listDeletedKeys())).toEqual([]);
    await expectCode(vault.getDeletedKey('a'), 'ERR_KEY_NOT_FOUND');
    await expectCode(vault.purgeDeletedKey('a'), 'ERR_KEY_NOT_FOUND');
    await expectCode(vault.getKey('a'), 'ERR_KEY_NOT_FOUND');
    await expect(vault.beginRecoverDeletedKey('a')).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
    expect((await vault.createRsaKey('a')).keyType).toBe('RSA');
    expect((await vault.restoreKeyBackup(backups.get('b') ?? new Uint8Array())).name).toBe('b');
    expect(await vault.maintenance.purgeDueKeys()).toEqual(['c', 'd']);
    expect(await vault.maintenance.purgeDueKeys()).toEqual([]);
  });

  it('settles retention and purge protection when the vault is made', async () => {
    const place = makePlace();
    await (await place.open({ retentionDays: 30 })).close();
    await expectCode(place.open({ retentionDays: 90 }), 'ERR_CONFLICT');
    await expectCode(place.open({ purgeProtection: true }), 'ERR_CONFLICT');
    await (await place.open({ retentionDays: 30, purgeProtection: false })).close();
    for (const retentionDays of [6, 91, 7.5]) {
      await expectCode(openMemory({ retentionDays }), 'ERR_INVALID_ARGUMENT');
    }
    await expect(openMemory({ retentionDays: '7' as never })).rejects.toBeInstanceOf(TypeError);
  });
});
