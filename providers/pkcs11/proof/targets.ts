import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import type { ConformanceTarget } from '@keyway/conformance';
import { startToken, tokenRow } from '@keyway/conformance/emulators';
import type { LibraryToken, SoftToken } from '@keyway/conformance/emulators';
import type { KeyDriver } from '@keyway/core/driver';
import { pkcs11Provider } from '@keyway/pkcs11';
import { fixtures, places } from './round-vault.ts';

/** Each vector is a key to be imported, hundreds of which become versions of one key. */
const quickPart = {
  but: [
    'vectors/wycheproof/aes-gcm',
    'vectors/wycheproof/aes-cbc-pkcs5',
    'vectors/wycheproof/aes-wrap',
    'vectors/wycheproof/hmac-sha256',
    'vectors/wycheproof/hmac-sha384',
    'vectors/wycheproof/hmac-sha512',
  ],
  reason: 'these take some minutes, and run in the full form (KEYWAY_FULL)',
};

/** How each library is held to the suite. */
interface Held {
  /** Whether it keeps data objects, so that records can be on the token. */
  readonly records: 'token' | 'file';
}

const libraries: Readonly<Record<LibraryToken, Held>> = {
  softhsm2: { records: 'token' },
  nss: { records: 'file' },
};

/** A vault of its own on a fresh token, which ends with the driver. */
async function openOn(token: SoftToken, records: 'token' | 'file'): Promise<KeyDriver> {
  const namespace = `suite-${randomBytes(4).toString('hex')}`;
  const file = records === 'file' ? join(token.folder, 'records.db') : undefined;
  const driver = await pkcs11Provider.openDriver(token.uri, {
    namespace,
    records: file === undefined ? 'token' : { file },
  });
  places.set(driver.identity, { token, namespace, records: file });
  return {
    ...driver,
    async close() {
      await driver.close();
      places.delete(driver.identity);
      await token.stop();
    },
  };
}

function onLibrary(name: LibraryToken): ConformanceTarget {
  let reached: string | undefined;
  return {
    name: `pkcs11 on ${name}`,
    provider: 'pkcs11',
    fixtures,
    patience: 600_000,
    heldTo: process.env['KEYWAY_FULL'] === undefined ? quickPart : undefined,
    reached: () => reached,
    async open() {
      const token = await startToken(name);
      Object.assign(process.env, token.environment);
      reached = `library, ${tokenRow(name).version}`;
      return openOn(token, libraries[name].records).catch(async (error: unknown) => {
        await token.stop();
        throw error;
      });
    },
  };
}

/** A vault on each PKCS#11 library. */
export const pkcs11Targets: readonly ConformanceTarget[] = [onLibrary('softhsm2'), onLibrary('nss')];
