import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLocal } from '@keyway/local';
import type { LocalVault } from '@keyway/local';
import { afterwards, all, expectCode, makeClock, makePlace, openMemory } from './fixture.ts';

const data = new Uint8Array([7]);

async function remove(vault: LocalVault, name: string): Promise<void> {
  await (await vault.beginDeleteKey(name)).pollUntilDone();
  await vault.purgeDeletedKey(name);
}

describe('a backup', () => {
  it('brings back all versions with ids, properties, tags, the current one and the policy', async () => {
    const { clock, advance } = makeClock();
    const vault = await openMemory({ clock });
    await vault.createEcKey('key', { tags: { a: 'b' }, enabled: false });
    advance(10);
    await vault.createEcKey('key', { curve: 'P-384', expiresOn: new Date(clock() + 1e9) });
    await vault.updateKeyRotationPolicy('key', { expiresIn: 'P1Y' });
    const before = await all(vault.listPropertiesOfKeyVersions('key'));
    const policy = await vault.getKeyRotationPolicy('key');
    const { signature } = await (await vault.getCryptographyClient('key')).signData('ES384', data);
    const backup = await vault.backupKey('key');
    await remove(vault, 'key');
    advance(1000);
    const restored = await vault.restoreKeyBackup(backup);
    expect(restored.properties).toEqual(before.at(-1));
    expect(await all(vault.listPropertiesOfKeyVersions('key'))).toEqual(before);
    expect(await vault.getKeyRotationPolicy('key')).toEqual(policy);
    const client = await vault.getCryptographyClient('key', { execution: 'remote' });
    expect((await client.verifyData('ES384', data, signature)).result).toBe(true);
  });

  it('is refused where the name is in use or deleted, but given again to the same request', async () => {
    const vault = await openMemory();
    await vault.createRsaKey('key');
    const backup = await vault.backupKey('key');
    await expectCode(vault.restoreKeyBackup(backup), 'ERR_KEY_EXISTS');
    await (await vault.beginDeleteKey('key')).pollUntilDone();
    await expectCode(vault.restoreKeyBackup(backup), 'ERR_KEY_DELETED');
    await vault.purgeDeletedKey('key');
    const restored = await vault.restoreKeyBackup(backup, { requestId: 'again' });
    expect((await vault.restoreKeyBackup(backup, { requestId: 'again' })).id).toBe(restored.id);
    await expectCode(vault.restoreKeyBackup(backup, { requestId: 'other' }), 'ERR_KEY_EXISTS');
    await expectCode(vault.restoreKeyBackup(backup), 'ERR_KEY_EXISTS');
  });

  it('is restored by a copy of the vault, by a vault with the same key file, and by no other', async () => {
    const place = makePlace();
    const vault = await place.open();
    await vault.createOctKey('key');
    const backup = await vault.backupKey('key');
    await vault.close();
    copyFileSync(place.file, join(place.folder, 'copy.db'));
    const copy = await openLocal(join(place.folder, 'copy.db'), { keyFile: place.keyFile });
    await remove(copy, 'key');
    const same = await openLocal(join(place.folder, 'same.db'), { keyFile: place.keyFile });
    afterwards(() => Promise.all([copy.close(), same.close()]).then(() => undefined));
    expect((await copy.restoreKeyBackup(backup)).name).toBe('key');
    expect((await same.restoreKeyBackup(backup)).id).toMatch(new RegExp(`^${same.vaultUri}/keys/key/`));
    await expectCode((await makePlace().open()).restoreKeyBackup(backup), 'ERR_INTEGRITY');
    await expectCode((await openMemory()).restoreKeyBackup(backup), 'ERR_INTEGRITY');
  });

  it('under a passphrase is restored by any vault that is opened with it', async () => {
    const vault = await openMemory({ backupPassphrase: 'for backups' });
    await vault.createOctKey('key');
    const backup = await vault.backupKey('key');
    const other = await openMemory({ backupPassphrase: new TextEncoder().encode('for backups') });
    expect((await other.restoreKeyBackup(backup)).name).toBe('key');
    await expectCode(
      (await openMemory({ backupPassphrase: 'other' })).restoreKeyBackup(backup),
      'ERR_INTEGRITY',
    );
    await expectCode((await openMemory()).restoreKeyBackup(backup), 'ERR_UNAUTHENTICATED');
    await expectCode(openMemory({ backupPassphrase: '' }), 'ERR_INVALID_ARGUMENT');
  });

  it('is ERR_INTEGRITY after any change', async () => {
    const vault = await openMemory();
    await vault.createOctKey('key');
    const backup = await vault.backupKey('key');
    await remove(vault, 'key');
    for (let index = 0; index < backup.length; index++) {
      const changed = backup.map((octet, at) => (at === index ? octet ^ 1 : octet));
      await expect(vault.restoreKeyBackup(changed)).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(INTEGRITY|INVALID_ARGUMENT|UNSUPPORTED)$/) as string,
      });
    }
    expect((await vault.restoreKeyBackup(backup)).name).toBe('key');
  });

  it('is not made of a key that has lost a version', async () => {
    const place = makePlace();
    const vault = await place.open();
    await vault.createOctKey('key');
    await vault.rotateKey('key');
    place.sql('DELETE FROM versions WHERE sequence = 1');
    await expectCode(vault.backupKey('key'), 'ERR_INTEGRITY');
  });
});
