import { isDeepStrictEqual } from 'node:util';
import { isKeyManagerError, KeyManagerError } from '@keyway/core';
import type { ProviderModule } from '@keyway/core/driver';
import { formatLocalUri, parseLocalUri } from '@keyway/local';
import type { LocalLocation } from '@keyway/local';
import { openDriver, providers } from 'keyway';
import { junkText, mutateText } from '../mutate-text.ts';
import type { Random } from '../random.ts';
import { defineTarget, roundTrip } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { validText } from './valid-texts.ts';

/** A path or value that is not empty; without NUL, which no path has. */
function validPath(random: Random): string {
  return `/v${validText(random, 12).replaceAll('\0', '')}.db`;
}

function validLocation(random: Random): LocalLocation {
  const file = random.chance(0.7);
  const source = random.chance(0.5)
    ? ({ kind: 'file', path: validPath(random) } as const)
    : ({ kind: 'environment', name: 'VAULT_PASSPHRASE' } as const);
  return {
    path: file ? validPath(random) : undefined,
    ...(file && random.chance(0.4) ? { passphraseSource: source } : {}),
    ...(random.chance(0.2) ? { backupPassphraseSource: source } : {}),
    ...(file && random.chance(0.2) ? { keyFile: validPath(random) } : {}),
    ...(random.chance(0.3) ? { retentionDays: random.between(7, 90) } : {}),
    ...(random.chance(0.2) ? { purgeProtection: random.chance(0.5) } : {}),
    ...(file && random.chance(0.2) ? { create: random.chance(0.5) } : {}),
  };
}

const localUris = defineTarget<string>({
  name: 'local-uris',
  sources: ['providers/local/src/options.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: (random) => formatLocalUri(validLocation(random)),
  mutate: mutateText,
  junk: junkText,
  parse(uri) {
    const location = parseLocalUri(uri);
    return roundTrip(
      isDeepStrictEqual(parseLocalUri(formatLocalUri(location)), location),
      'another location',
    );
  },
});

const schemes = providers.flatMap((provider) => provider.schemes);

/** Serves every scheme, opens nothing, and says what it was asked for. */
const recorder: ProviderModule = {
  provider: 'recorder',
  schemes,
  openDriver: (uri) => Promise.reject(new KeyManagerError('ERR_CLOSED', 'recorded', { keyId: uri })),
};

const vaultUris = defineTarget<string>({
  name: 'vault-uris',
  sources: ['packages/keyway/src/vault-uri.ts', 'packages/keyway/src/open-driver.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: (random) => `${random.pick(schemes)}:${junkText(random)}`,
  mutate: mutateText,
  junk: junkText,
  async parse(uri) {
    try {
      await openDriver(uri, { providers: [recorder] });
    } catch (error) {
      if (!isKeyManagerError(error) || error.code !== 'ERR_CLOSED') throw error;
      return roundTrip(error.keyId === uri, 'the provider was given another URI');
    }
    throw new Error('Nothing was opened, and nothing refused');
  },
});

/** Parsers of what says where a vault is. */
export const locationTargets: readonly FuzzTarget[] = [localUris, vaultUris];
