import { checkVaultUri } from '../key-identifier.ts';
import type { KeyDriver } from '../key-driver.ts';
import type { Operation } from '../operations.ts';

type Group = 'keys' | 'cryptography' | 'deletion' | 'rotation' | 'other';

/** The driver method that serves each operation; `rotateDueKeys` is always core's. */
const methodOf: Readonly<Record<Operation, readonly [Group, string] | undefined>> = {
  createKey: ['keys', 'create'],
  importKey: ['keys', 'import'],
  getKey: ['keys', 'read'],
  listPropertiesOfKeys: ['keys', 'list'],
  listPropertiesOfKeyVersions: ['keys', 'versions'],
  updateKeyProperties: ['keys', 'update'],
  adoptKey: ['keys', 'adopt'],
  beginDeleteKey: ['deletion', 'delete'],
  getDeletedKey: ['deletion', 'readDeleted'],
  listDeletedKeys: ['deletion', 'listDeleted'],
  beginRecoverDeletedKey: ['deletion', 'recover'],
  purgeDeletedKey: ['deletion', 'purge'],
  backupKey: ['other', 'backup'],
  restoreKeyBackup: ['other', 'restore'],
  rotateKey: ['rotation', 'rotate'],
  rotateDueKeys: undefined,
  getKeyRotationPolicy: ['rotation', 'readPolicy'],
  updateKeyRotationPolicy: ['rotation', 'writePolicy'],
  getRandomBytes: ['other', 'random'],
  releaseKey: ['other', 'release'],
  encrypt: ['cryptography', 'encrypt'],
  decrypt: ['cryptography', 'decrypt'],
  wrapKey: ['cryptography', 'wrapKey'],
  unwrapKey: ['cryptography', 'unwrapKey'],
  sign: ['cryptography', 'sign'],
  signData: ['cryptography', 'sign'],
  verify: ['cryptography', 'verify'],
  verifyData: ['cryptography', 'verify'],
};

/**
 * Checks that a driver is what it says: the SPI version, and that a method exists exactly where a capability row says
 * `by: 'driver'`.
 *
 * @throws TypeError naming the first contradiction.
 */
export function checkDriver(driver: KeyDriver): void {
  if (driver.spi !== 1)
    throw new TypeError(`The driver is of SPI ${String(driver.spi)}; this version of core takes 1`);
  checkVaultUri(driver.identity);
  const offered = driver.capabilities.rows.filter(
    (row) => row.by === 'driver' && row.support !== 'unsupported',
  );
  const names = new Set(offered.map(({ operation }) => operation));
  const wanted = new Set([...names].flatMap((operation) => methodOf[operation]?.join('.') ?? []));
  for (const group of ['keys', 'cryptography', 'deletion', 'rotation', 'other'] as const) {
    const methods: Readonly<Record<string, unknown>> = { ...driver[group] };
    for (const [name, method] of Object.entries(methods)) {
      if (method === undefined) continue;
      if (typeof method !== 'function')
        throw new TypeError(`${group}.${name} of the driver is not a function`);
      if (!wanted.delete(`${group}.${name}`)) {
        throw new TypeError(`The driver has ${group}.${name}, but no capability row names it`);
      }
    }
  }
  const [missing] = wanted;
  if (missing !== undefined) throw new TypeError(`The capabilities name ${missing}, but the driver lacks it`);
}
