import { describe, expect, it } from 'vitest';
import { createKeyManager } from '../../src/index.ts';
import type { KeyManager } from '../../src/index.ts';
import { FakeVault, stillSettings } from '../fake-vault.ts';

const data = Buffer.from('data');

async function opened(changes = {}) {
  const vault = new FakeVault(changes);
  const manager = createKeyManager(vault.driver, { ...stillSettings().settings, stateTtl: 0 });
  await manager.createEcKey('app');
  return { vault, manager };
}

describe('a key whose record is missing or damaged', () => {
  it('does not sign, is not updated, rotated or released, but is read and verifies', async () => {
    const { vault, manager } = await opened();
    const client = await manager.getCryptographyClient('app');
    const { signature } = await client.signData('ES256', data);
    vault.tamper('app', { intact: false });
    const refused = { code: 'ERR_INTEGRITY' };
    await expect(client.signData('ES256', data)).rejects.toMatchObject(refused);
    await expect(client.sign('ES256', new Uint8Array(32))).rejects.toMatchObject(refused);
    await expect(manager.updateKeyProperties('app', { enabled: true })).rejects.toMatchObject(refused);
    await expect(manager.rotateKey('app')).rejects.toMatchObject(refused);
    await expect(manager.releaseKey('app', 'token')).rejects.toMatchObject(refused);
    expect(vault.count('update') + vault.count('rotate') + vault.count('release')).toBe(0);
    expect((await manager.getKey('app')).name).toBe('app');
    expect((await client.verifyData('ES256', data, signature)).result).toBe(true);
  });

  it('does not encrypt or wrap, but decrypts and unwraps', async () => {
    const { vault, manager } = await opened();
    await manager.createOctKey('secret');
    const client = await manager.getCryptographyClient('secret');
    vault.tamper('secret', { intact: false });
    await expect(client.encrypt('A256GCM', data)).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    await expect(client.wrapKey('A256KW', new Uint8Array(32))).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
    });
    const parts = { iv: new Uint8Array(12), authenticationTag: new Uint8Array(16) };
    expect((await client.decrypt('A256GCM', data, parts)).plaintext).toEqual(Buffer.from('plaintext'));
    expect((await client.unwrapKey('A256KW', new Uint8Array(40))).key).toEqual(Buffer.from('unwrapped'));
  });

  it('is reported by rotateDueKeys, and the other keys still rotate', async () => {
    const { vault, manager } = await opened();
    await manager.createEcKey('next');
    for (const name of ['app', 'next']) {
      await manager.updateKeyRotationPolicy(name, {
        lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P1D' }],
      });
      vault.tamper(name, { createdOn: 0 });
    }
    vault.tamper('app', { intact: false });
    const report = await manager.rotateDueKeys();
    expect(report.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['app', 'failed'],
      ['next', 'rotated'],
    ]);
    expect(report[0]?.error).toMatchObject({ code: 'ERR_INTEGRITY' });
  });
});

describe('a key that other software made', () => {
  const changes: readonly [string, (manager: KeyManager) => Promise<unknown>][] = [
    ['create', (manager) => manager.createEcKey('app')],
    [
      'import',
      (manager) => manager.importKey('app', { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url') }),
    ],
    ['update', (manager) => manager.updateKeyProperties('app', { enabled: false })],
    ['rotate', (manager) => manager.rotateKey('app')],
    ['writePolicy', (manager) => manager.updateKeyRotationPolicy('app', { expiresIn: 'P1Y' })],
    ['delete', (manager) => manager.beginDeleteKey('app')],
  ];

  it.each(changes)('refuses %s', async (method, change) => {
    const { vault, manager } = await opened();
    vault.tamper('app', { ownership: 'external' });
    const before = vault.count(method);
    await expect(change(manager)).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
    expect(vault.count(method)).toBe(before);
  });

  it('says why it is not ours and what can be done, where the vault tells', async () => {
    const { vault, manager } = await opened();
    const externalBecause = { reason: 'It is of another kind', alternative: 'the option kind' };
    vault.tamper('app', { ownership: 'external', externalBecause });
    await expect(manager.rotateKey('app')).rejects.toMatchObject({
      code: 'ERR_OPERATION_NOT_PERMITTED',
      message: externalBecause.reason,
      alternative: externalBecause.alternative,
    });
    vault.tamper('app', { externalBecause: undefined });
    await expect(manager.rotateKey('app')).rejects.toMatchObject({ alternative: 'adoptKey' });
  });

  it('refuses purge', async () => {
    const { vault, manager } = await opened();
    await manager.beginDeleteKey('app');
    const stored = vault.keys.get('app');
    if (stored !== undefined)
      stored.records = stored.records.map((record) => ({ ...record, ownership: 'external' }));
    await expect(manager.purgeDeletedKey('app')).rejects.toMatchObject({
      code: 'ERR_OPERATION_NOT_PERMITTED',
    });
    expect(vault.count('purge')).toBe(0);
  });

  it('is read, listed and used, skipped by rotateDueKeys, and ours once adopted', async () => {
    const { vault, manager } = await opened();
    await manager.updateKeyRotationPolicy('app', {
      lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P1D' }],
    });
    vault.tamper('app', { ownership: 'external', createdOn: 0 });
    expect((await manager.getKey('app')).properties.ownership).toBe('external');
    const client = await manager.getCryptographyClient('app');
    expect((await client.signData('ES256', data)).signature).toHaveLength(64);
    expect(await manager.rotateDueKeys()).toEqual([]);
    expect((await manager.adoptKey('app', 'source')).properties.ownership).toBe('own');
    await manager.updateKeyProperties('app', { enabled: false });
  });

  it('costs no reading in a vault that holds none', async () => {
    const { vault, manager } = await opened({ externalKeys: false });
    vault.calls.length = 0;
    await manager.createEcKey('app');
    await manager.beginDeleteKey('app');
    expect(vault.calls.map(({ method }) => method)).toEqual(['create', 'delete']);
  });
});
