import { describe, expect, it } from 'vitest';
import { createKeyManager } from '../../src/index.ts';
import type { KeyManager } from '../../src/index.ts';
import { FakeVault, stillSettings } from '../fake-vault.ts';

const data = Buffer.from('data');

async function opened() {
  const vault = new FakeVault();
  const manager = createKeyManager(vault.driver, { ...stillSettings().settings, timeout: 20 });
  await manager.createEcKey('app');
  vault.calls.length = 0;
  return { vault, manager };
}

const uses: readonly [string, (manager: KeyManager) => Promise<unknown>][] = [
  ['create', (manager) => manager.createEcKey('new')],
  ['read', (manager) => manager.getKey('app')],
  ['list', (manager) => manager.listPropertiesOfKeys().next()],
  ['versions', (manager) => manager.listPropertiesOfKeyVersions('app').next()],
  ['update', (manager) => manager.updateKeyProperties('app', { enabled: false })],
  ['adopt', (manager) => manager.adoptKey('app', 'source')],
  ['delete', async (manager) => (await manager.beginDeleteKey('app')).getResult()],
  ['readDeleted', (manager) => manager.getDeletedKey('app')],
  ['listDeleted', (manager) => manager.listDeletedKeys().next()],
  ['recover', (manager) => manager.beginRecoverDeletedKey('app')],
  ['rotate', (manager) => manager.rotateKey('app')],
  ['backup', (manager) => manager.backupKey('app')],
  ['restore', (manager) => manager.restoreKeyBackup(Buffer.from('backup'))],
  ['random', (manager) => manager.getRandomBytes(16)],
  ['sign', async (manager) => (await manager.getCryptographyClient('app')).signData('ES256', data)],
  [
    'verify',
    async (manager) =>
      (await manager.getCryptographyClient('app', { execution: 'remote' })).verifyData(
        'ES256',
        data,
        Buffer.alloc(64, 1),
      ),
  ],
];

describe('a driver that answers garbage', () => {
  const garbage: readonly unknown[] = [
    null,
    'text',
    42,
    {},
    [],
    { items: 'x' },
    { signature: 'x', valid: 'yes' },
    { key: {} },
  ];

  it.each(uses)('to %s: a typed error, and nothing is believed', async (method, use) => {
    for (const answer of garbage) {
      const { vault, manager } = await opened();
      vault.hooks[method] = { before: () => answer ?? Promise.resolve(null) };
      const error = await use(manager).catch((thrown: unknown) => thrown);
      expect(error, `${method}: ${JSON.stringify(answer)}`).toMatchObject({ name: 'KeyManagerError' });
    }
  });

  it('refuses the record of another key or another version', async () => {
    const { vault, manager } = await opened();
    await manager.createEcKey('other');
    const other = vault.record('other');
    vault.hooks['read'] = { before: () => other };
    await expect(manager.getKey('app')).rejects.toMatchObject({ code: 'ERR_UNKNOWN' });
    vault.hooks['read'] = { before: () => ({ ...other, name: 'app' }) };
    await expect(manager.getKey('app', { version: 'v1' })).rejects.toMatchObject({ code: 'ERR_UNKNOWN' });
  });

  it('refuses a result of another version than the pinned one', async () => {
    const { vault, manager } = await opened();
    const client = await manager.getCryptographyClient('app');
    vault.hooks['sign'] = { after: (result: object) => ({ ...result, version: 'older' }) };
    await expect(client.signData('ES256', data)).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
  });

  it('refuses random octets of another number', async () => {
    const { vault, manager } = await opened();
    vault.hooks['random'] = { before: () => new Uint8Array(15) };
    await expect(manager.getRandomBytes(16)).rejects.toMatchObject({ code: 'ERR_UNKNOWN' });
  });
});

describe('a driver that hangs', () => {
  it.each(uses)('in %s: the call ends in time, and the driver is told', async (method, use) => {
    const { vault, manager } = await opened();
    let signal: AbortSignal | undefined;
    vault.hooks[method] = {
      before: (_request, call) => {
        signal = call.signal;
        return new Promise(() => {});
      },
    };
    await expect(use(manager)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(TIMEOUT|OUTCOME_UNKNOWN)$/),
    });
    expect(signal?.aborted).toBe(true);
  });
});

it('takes the first answer of a driver that answers twice', async () => {
  const { vault, manager } = await opened();
  const record = vault.record('app');
  const twice = {
    // oxlint-disable-next-line unicorn/no-thenable -- a driver that answers twice is what this is about
    then: (resolve: (value: unknown) => void, reject: (error: Error) => void) => {
      resolve(record);
      resolve({ ...record, enabled: false });
      reject(new Error('and fails'));
    },
  };
  const keys = { ...vault.driver.keys, read: () => twice };
  const second = createKeyManager({ ...vault.driver, keys } as never, stillSettings().settings);
  expect((await second.getKey('app')).properties.enabled).toBe(true);
  expect((await manager.getKey('app')).properties.enabled).toBe(true);
});

it('treats a driver method that throws at once as one that rejects', async () => {
  const { vault } = await opened();
  const keys = {
    ...vault.driver.keys,
    read: () => {
      throw new Error('at once');
    },
  };
  const manager = createKeyManager({ ...vault.driver, keys }, stillSettings().settings);
  await expect(manager.getKey('app')).rejects.toMatchObject({ code: 'ERR_UNKNOWN' });
});
