import { createKeyManager } from '@keyway/core';
import type { KeyManager, KeyManagerSettings } from '@keyway/core';
import { settingNames } from '@keyway/core/driver';
import { openDriver } from './open-driver.ts';
import type { OpenDriverOptions } from './open-driver.ts';

/** Options of {@link openKeyManager}: the settings of every `KeyManager`, and what {@link openDriver} takes. */
export interface OpenKeyManagerOptions extends KeyManagerSettings, OpenDriverOptions {}

/**
 * Opens the vault that a URI names, and loads its provider only then.
 *
 * | URI | opens |
 * |---|---|
 * | `memory:` | a vault that is gone when it is closed |
 * | `local:vault.db?passphrase-source=file:/run/secret` | a vault in a file |
 * | `awskms://…`, `azurekv://…`, `gcpkms://…`, `pkcs11:…` | the vaults of these vendors, where their packages are installed |
 *
 * @throws ERR_INVALID_ARGUMENT for a URI without a scheme, with a scheme that no provider serves, or with a parameter that
 * the provider does not know.
 * @throws ERR_UNSUPPORTED with the line that installs it, where the provider's package is not installed.
 * @throws TypeError for an option that neither the settings nor the provider know.
 * @throws ERR_UNAUTHENTICATED where the vault does not accept the secret; and whatever else the provider says on opening.
 *
 * @example
 * ```ts
 * await using vault = await openKeyManager('memory:');
 * await vault.createEcKey('invoices');
 * ```
 */
export async function openKeyManager(uri: string, options: OpenKeyManagerOptions = {}): Promise<KeyManager> {
  const isSetting = (name: string): boolean => settingNames.some((setting) => setting === name);
  const entries = Object.entries(options);
  const settings: KeyManagerSettings = Object.fromEntries(entries.filter(([name]) => isSetting(name)));
  const driver = await openDriver(uri, Object.fromEntries(entries.filter(([name]) => !isSetting(name))));
  try {
    return createKeyManager(driver, settings);
  } catch (error) {
    await driver.close();
    throw error;
  }
}
