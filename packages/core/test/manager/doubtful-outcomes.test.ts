import { describe, expect, it } from 'vitest';
import { createKeyManager } from '../../src/index.ts';
import { FakeVault, SdkError, stillSettings } from '../fake-vault.ts';

const lost = new SdkError({ code: 'ERR_UNAVAILABLE', retry: 'safe' });
const noField = {
  createKey: 'none',
  importKey: 'none',
  rotateKey: 'none',
  restoreKeyBackup: 'none',
} as const;

describe('a create whose answer is lost', () => {
  it('is settled by reading where the vault keeps the request id, and not repeated', async () => {
    const vault = new FakeVault();
    const { settings } = stillSettings();
    const manager = createKeyManager(vault.driver, settings);
    vault.hooks['create'] = {
      after: () => {
        throw lost;
      },
    };
    const key = await manager.createEcKey('app');
    expect(key.properties.version).toBe(vault.record('app').version);
    expect(vault.count('create')).toBe(1);
  });

  it('ends as unknown where the vault has no field for the id, and names the versions that appeared', async () => {
    const vault = new FakeVault({ requestId: noField });
    const { settings } = stillSettings();
    const manager = createKeyManager(vault.driver, settings);
    vault.hooks['create'] = {
      after: () => {
        throw lost;
      },
    };
    const error = await manager.createEcKey('app').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
      retryable: false,
      operation: 'createKey',
      provider: 'fake',
      versions: [vault.record('app').version],
    });
    expect(vault.count('create')).toBe(1);
  });

  it('ends as unknown where it did not arrive either: it may still be on its way', async () => {
    const vault = new FakeVault();
    const manager = createKeyManager(vault.driver, stillSettings().settings);
    vault.hooks['create'] = {
      before: () => {
        throw lost;
      },
    };
    await expect(manager.createEcKey('app')).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
      versions: [],
    });
    expect(vault.count('create')).toBe(1);
  });

  it('ends as unknown where reading fails too', async () => {
    const vault = new FakeVault();
    const manager = createKeyManager(vault.driver, stillSettings().settings);
    for (const method of ['create', 'versions']) {
      vault.hooks[method] = {
        before: () => {
          throw lost;
        },
      };
    }
    await expect(manager.createEcKey('app')).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
  });

  it('does not take an older version of the same name for its own', async () => {
    const vault = new FakeVault({ requestId: noField });
    const still = stillSettings();
    const manager = createKeyManager(vault.driver, still.settings);
    await manager.createEcKey('app');
    still.move(60_000);
    vault.hooks['rotate'] = {
      before: () => {
        throw lost;
      },
    };
    await expect(manager.rotateKey('app')).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
      versions: [],
    });
  });
});

describe('a vault that replays request ids', () => {
  const replayed = {
    createKey: 'replayed',
    importKey: 'replayed',
    rotateKey: 'replayed',
    restoreKeyBackup: 'replayed',
  } as const;

  it('is asked again with the same id', async () => {
    const vault = new FakeVault({ requestId: replayed });
    const { settings, sleeps } = stillSettings();
    const manager = createKeyManager(vault.driver, settings);
    let failures = 2;
    vault.hooks['create'] = {
      before: () => {
        if (failures-- > 0) throw lost;
      },
    };
    await manager.createEcKey('app');
    const ids = vault.calls.filter((entry) => entry.method === 'create').map((entry) => entry.call.requestId);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(sleeps).toEqual([50, 100]);
  });

  it("takes the caller's own request id", async () => {
    const vault = new FakeVault({ requestId: replayed });
    const manager = createKeyManager(vault.driver, stillSettings().settings);
    await manager.createEcKey('app', { requestId: 'order-17' });
    expect(vault.calls.find((entry) => entry.method === 'create')?.call.requestId).toBe('order-17');
  });

  it('is still unknown, not retryable, when it never answers', async () => {
    const vault = new FakeVault({ requestId: replayed });
    const manager = createKeyManager(vault.driver, stillSettings().settings);
    vault.hooks['create'] = {
      before: () => {
        throw lost;
      },
    };
    await expect(manager.createEcKey('app')).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
      retryable: false,
    });
    expect(vault.count('create')).toBe(4);
  });
});

describe('a vault that replays request ids and fails in two ways', () => {
  const requestId = {
    createKey: 'replayed',
    importKey: 'replayed',
    rotateKey: 'replayed',
    restoreKeyBackup: 'replayed',
  } as const;
  const refused = new SdkError({ code: 'ERR_PERMISSION_DENIED', retry: 'never' });

  it('leaves in doubt what the first attempt did, however certain the last one is', async () => {
    const vault = new FakeVault({ requestId });
    const manager = createKeyManager(vault.driver, stillSettings().settings);
    const failures = [lost, refused];
    vault.hooks['create'] = {
      before: () => {
        throw failures.shift();
      },
    };
    await expect(manager.createEcKey('app')).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
  });

  it('finds by reading what the first attempt made, when the second one is refused', async () => {
    const vault = new FakeVault({ requestId });
    const manager = createKeyManager(vault.driver, stillSettings().settings);
    vault.hooks['create'] = {
      before: () => {
        if (vault.count('create') > 1) throw refused;
      },
      after: () => {
        throw lost;
      },
    };
    const key = await manager.createEcKey('app');
    expect(key.properties.version).toBe(vault.record('app').version);
  });
});

it("refuses the caller's request id where the vault cannot keep the promise that goes with it", async () => {
  const vault = new FakeVault();
  const manager = createKeyManager(vault.driver, stillSettings().settings);
  await expect(manager.createEcKey('app', { requestId: 'order-17' })).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED',
  });
  expect(vault.calls).toEqual([]);
});

it('refuses a restore whose outcome nobody can tell', async () => {
  const vault = new FakeVault();
  const manager = createKeyManager(vault.driver, stillSettings().settings);
  vault.hooks['restore'] = {
    after: () => {
      throw lost;
    },
  };
  await expect(manager.restoreKeyBackup(Buffer.from('app'))).rejects.toMatchObject({
    code: 'ERR_OUTCOME_UNKNOWN',
  });
  expect(vault.count('restore')).toBe(1);
});
