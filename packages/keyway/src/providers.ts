import type { ProviderModule } from '@keyway/core/driver';

/** A provider that can be opened: what it serves, and how to load it when it is first asked for. */
export interface ProviderRegistration {
  /** Short name of the provider, for example `'local'`. */
  readonly provider: string;
  /** URI schemes in small letters, without the colon. */
  readonly schemes: readonly string[];
  /** The npm package that holds it; named in the error where it is not installed. */
  readonly packageName: string;
  /** Loads the package. Called when a vault with one of the schemes is opened, and not before. */
  readonly load: () => Promise<ProviderModule>;
}

/**
 * Imports a provider that is installed beside this package or not. The specifier is a variable, so that neither the type
 * checker nor a bundler looks for packages that an application does not use.
 */
async function imported(packageName: string, exportName: string): Promise<ProviderModule> {
  const namespace = (await import(packageName)) as Readonly<Record<string, ProviderModule | undefined>>;
  const provider = namespace[exportName];
  if (provider === undefined) throw new TypeError(`${packageName} has no export ${exportName}`);
  return provider;
}

function registration(
  provider: string,
  schemes: readonly string[],
  exportName: string,
): ProviderRegistration {
  const packageName = `@keyway/${provider}`;
  return Object.freeze({ provider, schemes, packageName, load: () => imported(packageName, exportName) });
}

/**
 * The providers of this project, as data. None is loaded before a vault is opened, and none need be installed that is not
 * used. `options.providers` adds others for one call; there is no registry to change.
 */
export const providers: readonly ProviderRegistration[] = Object.freeze([
  registration('local', ['local', 'memory'], 'localProvider'),
  registration('aws-kms', ['awskms'], 'awsKmsProvider'),
  registration('azure-key-vault', ['azurekv'], 'azureKeyVaultProvider'),
  registration('gcp-kms', ['gcpkms'], 'gcpKmsProvider'),
  registration('pkcs11', ['pkcs11'], 'pkcs11Provider'),
]);
