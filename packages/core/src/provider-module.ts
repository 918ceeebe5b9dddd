import type { KeyDriver } from './key-driver.ts';

/**
 * What a provider package exports so that a URI can open it. Registration is data that the opener is given; there is no
 * global registry.
 */
export interface ProviderModule {
  /** Short name of the provider, for example `'local'`. */
  readonly provider: string;
  /** URI schemes without the colon, for example `['local', 'memory']`. */
  readonly schemes: readonly string[];
  /**
   * Opens the vault that `uri` names. Must refuse an unknown URI parameter and an unknown option, must read the
   * environment only where the URI or the options ask for it, and must never write a secret into an error.
   */
  openDriver(uri: string, options: Readonly<Record<string, unknown>>): Promise<KeyDriver>;
}
