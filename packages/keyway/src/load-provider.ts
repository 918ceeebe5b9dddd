import { KeyManagerError } from '@keyway/core';
import type { ProviderModule } from '@keyway/core/driver';
import type { ProviderRegistration } from './providers.ts';

/** Node's words for a package that is not there; a missing file inside a package reads `Cannot find module`. */
const missingPackage = /^Cannot find package '([^']+)'/;

/** Whether an import failed because this very package is not installed, and not one that it needs itself. */
function isMissing(error: unknown, packageName: string): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') return false;
  return missingPackage.exec(error.message)?.[1] === packageName;
}

/**
 * Loads a registered provider.
 *
 * @throws ERR_UNSUPPORTED with the line that installs it, where its package is not installed.
 * @throws ERR_UNAVAILABLE where the package is installed and fails to load; `cause` says why.
 */
export async function loadProvider(registration: ProviderRegistration): Promise<ProviderModule> {
  const { provider, packageName } = registration;
  try {
    return await registration.load();
  } catch (error) {
    if (isMissing(error, packageName)) {
      const install = `npm install ${packageName}`;
      throw new KeyManagerError(
        'ERR_UNSUPPORTED',
        `The package ${packageName} is not installed: ${install}`,
        {
          provider,
          alternative: install,
          cause: error,
        },
      );
    }
    throw new KeyManagerError(
      'ERR_UNAVAILABLE',
      `The package ${packageName} is installed but does not load`,
      {
        provider,
        cause: error,
      },
    );
  }
}
