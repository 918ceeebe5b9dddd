import type { KeyDriver, ProviderModule } from '@keyway/core/driver';
import { loadProvider } from './load-provider.ts';
import { providers } from './providers.ts';
import type { ProviderRegistration } from './providers.ts';
import { schemeOf, unknownScheme } from './vault-uri.ts';

/** Options of {@link openDriver}: further providers, and whatever the provider itself takes. */
export interface OpenDriverOptions {
  /**
   * Providers beside those of this project: modules that are loaded already, or registrations. One that serves a scheme
   * of this project goes first.
   */
  readonly providers?: readonly (ProviderModule | ProviderRegistration)[] | undefined;
  /** An option of the provider, for example `passphrase`. The provider refuses what it does not know. */
  readonly [providerOption: string]: unknown;
}

function isLoaded(provider: ProviderModule | ProviderRegistration): provider is ProviderModule {
  return 'openDriver' in provider;
}

/**
 * Opens the vault that a URI names and gives its bare driver: for tools that hold drivers, such as the conformance suite.
 * Applications use `openKeyManager`.
 *
 * @throws ERR_INVALID_ARGUMENT for a URI without a scheme, with a scheme that no provider serves, or with a parameter that
 * the provider does not know.
 * @throws ERR_UNSUPPORTED with the line that installs it, where the provider's package is not installed.
 * @throws TypeError for an option that the provider does not know.
 */
export async function openDriver(uri: string, options: OpenDriverOptions = {}): Promise<KeyDriver> {
  const { providers: added = [], ...providerOptions } = options;
  if (!Array.isArray(added)) throw new TypeError('options.providers must be an array');
  const all: readonly (ProviderModule | ProviderRegistration)[] = [...added, ...providers];
  const schemes = [...new Set(all.flatMap((provider) => provider.schemes))];
  const scheme = schemeOf(uri, schemes);
  const found = all.find((provider) => provider.schemes.includes(scheme));
  if (found === undefined) throw unknownScheme(scheme, schemes);
  const provider = isLoaded(found) ? found : await loadProvider(found);
  return provider.openDriver(uri, providerOptions);
}
