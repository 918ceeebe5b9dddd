import { describe, expect, it } from 'vitest';
import { beforeAnyChange } from '../../src/before-any-change.ts';
import { createKeyManager } from '../../src/index.ts';
import { FakeVault, SdkError, stillSettings } from '../fake-vault.ts';

const lost = (): SdkError => new SdkError({ code: 'ERR_UNAVAILABLE', retry: 'safe' });

describe('what a driver only reads before it makes a version', () => {
  it('leaves nothing in doubt where it fails: the request is repeated, and its own error is told', async () => {
    const vault = new FakeVault();
    const manager = createKeyManager(vault.driver, stillSettings().settings);
    vault.hooks['create'] = {
      before: (_, call) =>
        beforeAnyChange(call, () => {
          throw lost();
        }),
    };
    await expect(manager.createEcKey('app')).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    expect(vault.count('create')).toBe(4);
    expect(vault.count('versions')).toBe(0);
  });

  it('is a timeout and no unknown outcome where the time is up meanwhile, and nothing follows', async () => {
    const vault = new FakeVault();
    const manager = createKeyManager(vault.driver, { timeout: 20 });
    const late = Promise.withResolvers<void>();
    let following: Promise<unknown> | undefined;
    vault.hooks['create'] = {
      before: (_, call) => (following = beforeAnyChange(call, () => late.promise)),
    };
    await expect(manager.createEcKey('app')).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    late.resolve();
    await expect(following).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
  });

  it('does not vouch for what comes after it', async () => {
    const vault = new FakeVault();
    const manager = createKeyManager(vault.driver, stillSettings().settings);
    vault.hooks['create'] = {
      before: async (_, call) => {
        await beforeAnyChange(call, () => Promise.resolve());
        throw lost();
      },
    };
    await expect(manager.createEcKey('app')).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
  });
});
