import { describe, expect, it } from 'vitest';
import { createKeyManager } from '../../src/index.ts';
import { FakeVault, stillSettings } from '../fake-vault.ts';

async function opened() {
  const vault = new FakeVault();
  const manager = createKeyManager(vault.driver, stillSettings().settings);
  const releasePolicy = { encodedPolicy: Buffer.from('{}') };
  await manager.createEcKey('open', { exportable: true, releasePolicy });
  await manager.createEcKey('kept');
  vault.calls.length = 0;
  return { vault, manager };
}

describe('releaseKey', () => {
  it('hands the token and the algorithm to the driver, for the version that is asked for', async () => {
    const { vault, manager } = await opened();
    expect(await manager.releaseKey('open', 'token')).toEqual({ value: 'a.b.c' });
    expect(vault.calls.at(-1)?.request).toMatchObject({
      name: 'open',
      version: vault.record('open').version,
      targetAttestationToken: 'token',
      algorithm: 'CKM_RSA_AES_KEY_WRAP',
    });
    await manager.releaseKey('open', 'token', { algorithm: 'RSA_AES_KEY_WRAP_384' });
    expect(vault.calls.at(-1)?.request).toMatchObject({ algorithm: 'RSA_AES_KEY_WRAP_384' });
  });

  it('refuses a key that is not exportable, or is disabled', async () => {
    const { vault, manager } = await opened();
    const kept = manager.releaseKey('kept', 'token');
    await expect(kept).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
    vault.tamper('open', { enabled: false });
    await expect(manager.releaseKey('open', 'token')).rejects.toMatchObject({ code: 'ERR_KEY_DISABLED' });
    expect(vault.count('release')).toBe(0);
  });

  it.each(['', 'x'.repeat(65_537)])(
    'refuses a token that cannot be one, without repeating it',
    async (token) => {
      const { vault, manager } = await opened();
      await expect(manager.releaseKey('open', token)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      expect(vault.calls).toEqual([]);
    },
  );

  it('refuses an unknown algorithm and what is no text', async () => {
    const { manager } = await opened();
    const unknown = manager.releaseKey('open', 'token', { algorithm: 'RSA' as never });
    await expect(unknown).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    await expect(manager.releaseKey('open', 7 as never)).rejects.toThrow(TypeError);
  });

  it('does not believe an answer that is no text', async () => {
    const { vault, manager } = await opened();
    vault.hooks['release'] = { before: () => ({ value: 7 }) };
    await expect(manager.releaseKey('open', 'token')).rejects.toMatchObject({ code: 'ERR_UNKNOWN' });
  });
});

describe('restoreKeyBackup', () => {
  it('gives the key that the backup brings, and refuses an empty one', async () => {
    const { vault, manager } = await opened();
    expect((await manager.restoreKeyBackup(Buffer.from('back'))).name).toBe('back');
    vault.calls.length = 0;
    await expect(manager.restoreKeyBackup(new Uint8Array(0))).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
    await expect(manager.restoreKeyBackup('back' as never)).rejects.toThrow(TypeError);
    expect(vault.calls).toEqual([]);
  });
});
