import { describe, expect, it } from 'vitest';
import type { CapabilityData } from '../../src/driver.ts';
import { createKeyManager } from '../../src/index.ts';
import type { KeyManager } from '../../src/index.ts';
import { FakeVault, fakeCapabilities, stillSettings } from '../fake-vault.ts';

const policy = { encodedPolicy: Buffer.from('{}') };

async function opened(changes: Partial<CapabilityData> = {}) {
  const vault = new FakeVault(changes);
  const manager = createKeyManager(vault.driver, stillSettings().settings);
  await manager.createEcKey('app');
  vault.calls.length = 0;
  return { vault, manager };
}

describe('an old driver', () => {
  const calls: readonly [string, (manager: KeyManager) => Promise<unknown>][] = [
    ['algorithm of createKey', (manager) => manager.createEcKey('new', { algorithm: 'ES256' })],
    ['enabled of createKey', (manager) => manager.createEcKey('new', { enabled: false })],
    ['notBefore of createKey', (manager) => manager.createEcKey('new', { notBefore: new Date(0) })],
    ['expiresOn of createKey', (manager) => manager.createEcKey('new', { expiresOn: new Date(0) })],
    ['tags of createKey', (manager) => manager.createEcKey('new', { tags: { a: 'b' } })],
    [
      'exportable of createKey',
      (manager) => manager.createEcKey('new', { exportable: true, releasePolicy: policy }),
    ],
    ['backup of createKey', (manager) => manager.createEcKey('new', { backup: true })],
    ['enabled of updateKeyProperties', (manager) => manager.updateKeyProperties('app', { enabled: false })],
    [
      'expiresOn of updateKeyProperties',
      (manager) => manager.updateKeyProperties('app', { expiresOn: null }),
    ],
    [
      'notBefore of updateKeyProperties',
      (manager) => manager.updateKeyProperties('app', { notBefore: null }),
    ],
    ['tags of updateKeyProperties', (manager) => manager.updateKeyProperties('app', { tags: {} })],
    [
      'keyOperations of updateKeyProperties',
      (manager) => manager.updateKeyProperties('app', { keyOperations: ['sign'] }),
    ],
    [
      'allowPartial of beginRecoverDeletedKey',
      (manager) => manager.beginRecoverDeletedKey('app', { allowPartial: true }),
    ],
    [
      'rotate of updateKeyRotationPolicy',
      (manager) =>
        manager.updateKeyRotationPolicy('app', {
          lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P30D' }],
        }),
    ],
    [
      'expiresIn of updateKeyRotationPolicy',
      (manager) => manager.updateKeyRotationPolicy('app', { expiresIn: 'P1Y' }),
    ],
  ];

  it.each(calls)('is never sent %s, which it does not know', async (member, call) => {
    const { vault, manager } = await opened({ members: {} });
    const error = await call(manager).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect((error as Error).message).toContain(member);
    expect(vault.calls).toEqual([]);
  });

  it('still serves what it knows, with every optional member left out of the request', async () => {
    const { vault, manager } = await opened({ members: {} });
    await manager.createEcKey('new', { tags: {}, enabled: true, notBefore: undefined, backup: false });
    const request = vault.calls.find(({ method }) => method === 'create')?.request;
    expect(Object.keys(request ?? {}).toSorted()).toEqual([
      'curve',
      'enabled',
      'keyOperations',
      'keyType',
      'name',
      'tags',
    ]);
  });

  it('is not told which version rotateDueKeys expects, where it does not know that', async () => {
    const { vault, manager } = await opened({
      members: { updateKeyRotationPolicy: ['rotate', 'timeAfterCreate'] },
    });
    await manager.updateKeyRotationPolicy('app', {
      lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'PT1S' }],
    });
    vault.tamper('app', { createdOn: 0 });
    expect(await manager.rotateDueKeys()).toMatchObject([{ name: 'app', outcome: 'rotated' }]);
    expect(vault.calls.find(({ method }) => method === 'rotate')?.request).toEqual({ name: 'app' });
  });
});

describe('what the capabilities do not offer', () => {
  it('is refused before any request, with the reason and an alternative', async () => {
    const data = fakeCapabilities();
    const rows = data.rows.filter(({ operation }) => operation !== 'backupKey' && operation !== 'createKey');
    const vault = new FakeVault(
      {
        rows: [
          ...rows,
          { operation: 'createKey', support: 'native', by: 'driver' },
          { operation: 'createKey', keyType: 'EC', curve: 'P-521', support: 'unsupported', by: 'driver', note: 'This vault has no P-521', alternative: 'P-384' },
          { operation: 'backupKey', support: 'unsupported', by: 'driver', note: 'Keys never leave this vault', alternative: 'import' },
        ],
      },
      { other: { ...new FakeVault().driver.other, backup: undefined } as never },
    ); // prettier-ignore
    const manager = createKeyManager(vault.driver, stillSettings().settings);
    const refused = await manager.backupKey('app').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'ERR_UNSUPPORTED', alternative: 'import', operation: 'backupKey' });
    expect((refused as Error).message).toContain('Keys never leave this vault');
    await expect(manager.createEcKey('app', { curve: 'P-521' })).rejects.toMatchObject({
      alternative: 'P-384',
    });
    expect(vault.calls).toEqual([]);
  });

  it('includes sets of operations that the vault cannot hold on one key', async () => {
    const { vault, manager } = await opened({ usage: 'one' });
    const both = manager.createRsaKey('mixed', { keyOperations: ['sign', 'decrypt'] });
    await expect(both).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
    const widened = manager.updateKeyProperties('app', { keyOperations: ['sign', 'encrypt'] });
    await expect(widened).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(vault.count('create') + vault.count('update')).toBe(0);
  });

  it('includes an algorithm that is not among the rows', async () => {
    const rows = fakeCapabilities().rows.filter(({ algorithm }) => algorithm !== 'ES256');
    const { vault, manager } = await opened({ rows });
    const client = await manager.getCryptographyClient('app');
    vault.calls.length = 0;
    await expect(client.signData('ES256', Buffer.from('x'))).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
    });
    expect(client.algorithms('signData')).toEqual([]);
    expect(vault.calls).toEqual([]);
  });
});

describe('createKeyManager', () => {
  it('refuses a driver that lacks a method which its capabilities name', () => {
    const { driver } = new FakeVault();
    const broken = { ...driver, other: { ...driver.other, backup: undefined } } as never;
    expect(() => createKeyManager(broken)).toThrow(/capabilities name other\.backup/);
  });

  it('refuses a driver with a method that no capability names', () => {
    const rows = fakeCapabilities().rows.filter(({ operation }) => operation !== 'backupKey');
    const { driver } = new FakeVault({ rows });
    expect(() => createKeyManager(driver)).toThrow(/other\.backup, but no capability row/);
  });

  it('refuses another SPI, a method that is no function, and an identity that is no URI', () => {
    const { driver } = new FakeVault();
    expect(() => createKeyManager({ ...driver, spi: 2 } as never)).toThrow(/SPI 2/);
    expect(() => createKeyManager({ ...driver, other: { ...driver.other, backup: 1 } } as never)).toThrow(
      TypeError,
    );
    expect(() => createKeyManager({ ...driver, identity: 'a vault' })).toThrow(/identity/);
  });
});
