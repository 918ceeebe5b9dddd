import { describe, expect, it } from 'vitest';
import { createKeyManager } from '../../src/index.ts';
import type { KeyManager, KeyRotationPolicyInput } from '../../src/index.ts';
import { FakeVault, SdkError, stillSettings } from '../fake-vault.ts';

const monthly: KeyRotationPolicyInput = { lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P30D' }] };
const day = 86_400_000;

async function opened(policies: Record<string, KeyRotationPolicyInput> = { app: monthly }) {
  const vault = new FakeVault();
  const still = stillSettings();
  const manager = createKeyManager(vault.driver, still.settings);
  for (const [name, policy] of Object.entries(policies)) {
    await manager.createEcKey(name);
    await manager.updateKeyRotationPolicy(name, policy);
  }
  vault.calls.length = 0;
  return { vault, manager, ...still };
}

describe('rotateDueKeys', () => {
  it('rotates what is due, once, and leaves the rest alone', async () => {
    const { vault, manager, move } = await opened({
      app: monthly,
      later: { lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P1Y' }] },
    });
    await manager.createEcKey('without-policy');
    expect(await manager.rotateDueKeys()).toEqual([]);
    const previousVersion = vault.record('app').version;
    move(30 * day);
    const report = await manager.rotateDueKeys();
    const { version } = vault.record('app');
    const dueOn = new Date('2026-01-31T00:00:00Z');
    expect(report).toEqual([
      { name: 'app', outcome: 'rotated', previousVersion, version, dueOn, error: undefined },
    ]);
    expect(await manager.rotateDueKeys()).toEqual([]);
    expect(vault.count('rotate')).toBe(1);
  });

  it('reports what it would only notify about', async () => {
    const { vault, manager, move } = await opened({
      app: { lifetimeActions: [{ action: 'notify', timeAfterCreate: 'P30D' }] },
    });
    move(40 * day);
    expect(await manager.rotateDueKeys()).toMatchObject([
      { name: 'app', outcome: 'notify', version: undefined },
    ]);
    expect(vault.count('rotate')).toBe(0);
  });

  it('goes by the expiry of the current version where the policy says so', async () => {
    const policy: KeyRotationPolicyInput = {
      lifetimeActions: [{ action: 'rotate', timeBeforeExpiry: 'P10D' }],
    };
    const { vault, manager, move } = await opened({ app: policy });
    move(365 * day);
    expect(await manager.rotateDueKeys()).toEqual([]);
    vault.tamper('app', { expiresOn: Math.floor(Date.UTC(2027, 0, 5) / 1000) });
    expect(await manager.rotateDueKeys()).toMatchObject([{ outcome: 'rotated' }]);
  });

  it('does not rotate a disabled key', async () => {
    const { vault, manager, move } = await opened();
    vault.tamper('app', { enabled: false });
    move(40 * day);
    expect(await manager.rotateDueKeys()).toEqual([]);
    await expect(manager.rotateKey('app')).rejects.toMatchObject({ code: 'ERR_KEY_DISABLED' });
    expect(vault.count('rotate')).toBe(0);
  });

  it('goes on where one key fails, and says so', async () => {
    const { vault, manager, move } = await opened({ app: monthly, next: monthly });
    move(40 * day);
    vault.hooks['readPolicy'] = {
      before: (request: { name: string }) => {
        if (request.name === 'app') throw new SdkError({ code: 'ERR_PERMISSION_DENIED', retry: 'never' });
      },
    };
    const report = await manager.rotateDueKeys();
    expect(report.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['app', 'failed'],
      ['next', 'rotated'],
    ]);
    expect(report[0]?.error).toMatchObject({ code: 'ERR_PERMISSION_DENIED' });
  });

  it('passes over a key that is deleted meanwhile', async () => {
    const { vault, manager, move } = await opened();
    move(40 * day);
    vault.hooks['readPolicy'] = {
      before: () => {
        vault.keys.delete('app');
      },
    };
    expect(await manager.rotateDueKeys()).toEqual([]);
  });

  it('stops when it is told to', async () => {
    const { manager, move } = await opened();
    move(40 * day);
    const signal = AbortSignal.abort();
    await expect(manager.rotateDueKeys({ signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });

  it('rotates once even if two managers run it at the same moment', async () => {
    const { vault, manager, move, settings } = await opened();
    const second = createKeyManager(vault.driver, settings);
    move(40 * day);
    const both: { promise: Promise<void>; resolve: () => void } = Promise.withResolvers();
    let waiting = 0;
    vault.hooks['rotate'] = {
      before: async () => {
        if (++waiting === 2) both.resolve();
        await both.promise;
      },
    };
    const reports = await Promise.all([manager, second].map((each: KeyManager) => each.rotateDueKeys()));
    expect(
      reports
        .flat()
        .map(({ outcome }) => outcome)
        .toSorted(),
    ).toEqual(['raced', 'rotated']);
    expect(new Set(reports.flat().map(({ version }) => version)).size).toBe(1);
    expect(vault.keys.get('app')?.records).toHaveLength(2);
  });
});

describe('a rotation policy', () => {
  it('is kept as written, and empty where none was set', async () => {
    const policy = {
      lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P18M' } as const],
      expiresIn: 'PT17520H',
    };
    const { manager } = await opened({ app: policy });
    expect(await manager.getKeyRotationPolicy('app')).toMatchObject({
      id: 'fake:vault/keys/app/rotationpolicy',
      ...policy,
    });
    await manager.createEcKey('plain');
    expect(await manager.getKeyRotationPolicy('plain')).toMatchObject({
      lifetimeActions: [],
      expiresIn: undefined,
    });
  });

  it('is refused before the driver where it is not one', async () => {
    const { vault, manager } = await opened();
    for (const policy of [
      { expiresIn: '1 year' },
      { lifetimeActions: [{ action: 'rotate' }] },
      { colour: 'red' },
      'P1Y',
      null,
    ]) {
      await expect(manager.updateKeyRotationPolicy('app', policy as never)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
      });
    }
    expect(vault.calls).toEqual([]);
  });
});
