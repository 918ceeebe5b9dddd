import type { ProviderModule } from '@keyway/core/driver';
import { localProvider } from '@keyway/local';
import { describe, expect, it } from 'vitest';
import { isKeyManagerError, openDriver, openKeyManager, providers } from 'keyway';
import type { OpenKeyManagerOptions, ProviderRegistration } from 'keyway';

async function failure(uri: string, options?: OpenKeyManagerOptions): Promise<unknown> {
  try {
    await using vault = await openKeyManager(uri, options);
    return vault.provider;
  } catch (error) {
    return error;
  }
}

async function refusal(uri: string, options?: OpenKeyManagerOptions): Promise<string> {
  const error = await failure(uri, options);
  if (!isKeyManagerError(error)) throw new Error('expected a KeyManagerError', { cause: error });
  return `${error.code}: ${error.message}`;
}

describe('openKeyManager', () => {
  it('opens the vault that the URI names', async () => {
    await using vault = await openKeyManager('memory:');
    expect(vault.provider).toBe('local');
    expect((await vault.createEcKey('invoices')).id).toMatch(/^memory:[0-9a-f-]{36}\/keys\/invoices\//);
  });

  it('takes a scheme in capital letters as the same', async () => {
    expect(await refusal('AZUREKV://v.vault.azure.net')).toContain('@keyway/azure-key-vault');
  });

  it('names the known schemes where the URI has an unknown one', async () => {
    expect(await refusal('vault:payments')).toBe(
      'ERR_INVALID_ARGUMENT: No provider serves vault: ' +
        '(known are local:, memory:, awskms:, azurekv:, gcpkms:, pkcs11:)',
    );
  });

  it.each(['', 'vault.db', './keys/vault.db', ':memory:', '1password:x', `${'a'.repeat(33)}:x`])(
    'asks for a scheme where the URI has none: %j',
    async (uri) => {
      expect(await refusal(uri)).toMatch(
        /^ERR_INVALID_ARGUMENT: A vault URI begins with a scheme: local:, memory:/,
      );
    },
  );

  it('refuses what is no string', async () => {
    // @ts-expect-error: a type checker refuses it too.
    await expect(openKeyManager(7)).rejects.toThrow(TypeError);
  });

  it('refuses a parameter that the provider does not know', async () => {
    expect(await refusal('memory:?colour=blue')).toMatch(/^ERR_INVALID_ARGUMENT: .*parameter/);
  });

  it('refuses an option that neither the settings nor the provider know', async () => {
    await expect(openKeyManager('memory:', { colour: 'blue' })).rejects.toThrow(/unknown member: colour/);
  });

  it('hands settings to the manager and options to the provider', async () => {
    const clock = (): number => Date.UTC(2030, 0, 1);
    await using vault = await openKeyManager('memory:', { strictNames: false, clock, retentionDays: 7 });
    const { properties } = await vault.createEcKey('Invoices_2030');
    expect(properties.createdOn).toEqual(new Date(clock()));
    const deleted = await (await vault.beginDeleteKey('Invoices_2030')).pollUntilDone();
    expect(deleted.scheduledPurgeDate).toEqual(new Date(Date.UTC(2030, 0, 8)));
  });

  it('closes the driver where a setting is not acceptable', async () => {
    let closed = 0;
    const watched: ProviderModule = {
      ...localProvider,
      async openDriver(uri, options) {
        const driver = await localProvider.openDriver(uri, options);
        const close = async (): Promise<void> => {
          closed++;
          await driver.close();
        };
        return { ...driver, close };
      },
    };
    expect(await refusal('memory:', { stateTtl: -1, providers: [watched] })).toMatch(
      /^ERR_INVALID_ARGUMENT: stateTtl/,
    );
    expect(closed).toBe(1);
  });

  it.each([
    ['memory:?passphrase=canary-7c1e', {}],
    ['canary-7c1e', {}],
    ['nowhere:canary-7c1e', {}],
    ['local:/canary-7c1e?passphrase-source=canary-7c1e', {}],
    ['local:keys.db', { passphrase: 'canary-7c1e', key: Buffer.from('canary-7c1e') }],
    ['local:keys.db', { key: Buffer.from('canary-7c1e') }],
    ['awskms://canary-7c1e', {}],
  ] as const)('repeats nothing of a URI or option that may be secret (%#)', async (uri, options) => {
    const error = await failure(uri, options);
    if (!(error instanceof Error)) throw new Error('expected a refusal');
    expect(`${error.message}\n${error.stack ?? ''}\n${JSON.stringify(error)}`).not.toContain('canary-7c1e');
  });
});

describe('providers', () => {
  it('are frozen data, each scheme served once', () => {
    expect(Object.isFrozen(providers)).toBe(true);
    expect(providers.every((provider) => Object.isFrozen(provider))).toBe(true);
    const schemes = providers.flatMap((provider) => provider.schemes);
    expect(new Set(schemes).size).toBe(schemes.length);
  });

  it('agree with the module that they load', async () => {
    const local = providers.find(({ provider }) => provider === 'local');
    const module = await local?.load();
    expect(module?.provider).toBe('local');
    expect(module?.schemes).toEqual(local?.schemes);
  });

  it('are joined by those of one call, as a registration or as a loaded module, and only for it', async () => {
    const registration: ProviderRegistration = {
      provider: 'local',
      schemes: ['shelf'],
      packageName: '@example/shelf',
      load: async () => ({ ...localProvider, openDriver: () => localProvider.openDriver('memory:', {}) }),
    };
    await using first = await openKeyManager('shelf:', { providers: [registration] });
    const module: ProviderModule = await registration.load();
    await using second = await openKeyManager('shelf:', { providers: [{ ...module, schemes: ['shelf'] }] });
    expect([first.provider, second.provider]).toEqual(['local', 'local']);
    expect(await refusal('shelf:')).toMatch(/^ERR_INVALID_ARGUMENT: No provider serves shelf:/);
  });

  it('must be given as an array', async () => {
    // @ts-expect-error: a type checker refuses it too.
    await expect(openDriver('memory:', { providers: localProvider })).rejects.toThrow(TypeError);
  });
});

describe('openDriver', () => {
  it('gives the bare driver of the vault', async () => {
    const driver = await openDriver('memory:');
    expect(driver.spi).toBe(1);
    expect(driver.identity).toMatch(/^memory:/);
    await driver.close();
  });
});
