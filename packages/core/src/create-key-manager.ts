import { checkOptions } from './arguments.ts';
import { createPager } from './create-pager.ts';
import type { FetchPage } from './create-pager.ts';
import type { KeyManager, ListOptions } from './key-manager.ts';
import type { KeyDriver } from './key-driver.ts';
import { checkVaultUri } from './key-identifier.ts';
import type { Listing } from './manager/listing.ts';
import type { AsyncMethods } from './manager/portable-key-manager.ts';
import { checkName } from './names-and-tags.ts';
import type { Operation } from './operations.ts';
import type { PagedAsyncIterableIterator } from './paging.ts';
import { resolveSettings } from './settings.ts';
import type { KeyManagerSettings } from './settings.ts';

/**
 * Makes a `KeyManager` out of a driver: the only implementation of the contract, the same for every vault.
 *
 * Providers call it in their `open…` function; applications rarely need to. What it is made of is loaded at the first call:
 * an application that only imports this package starts at once.
 *
 * @throws TypeError where the driver contradicts its own capabilities.
 */
export function createKeyManager(driver: KeyDriver, settings: KeyManagerSettings = {}): KeyManager {
  checkDriver(driver);
  const resolved = resolveSettings(settings);
  let loaded: Promise<AsyncMethods & Listing> | undefined;
  const load = (): Promise<AsyncMethods & Listing> => {
    loaded ??= import('./manager/portable-key-manager.ts').then(({ portableKeyManager }) =>
      portableKeyManager(driver, resolved),
    );
    return loaded;
  };
  const close = async (): Promise<void> => (await load()).close();
  return Object.freeze({
    provider: driver.provider,
    vaultUri: driver.identity,
    capabilities: driver.capabilities,
    ...asyncMethods(load),
    ...lists(load, resolved.strictNames),
    close,
    [Symbol.asyncDispose]: close,
  });
}

type Load = () => Promise<AsyncMethods & Listing>;

/** Every method that gives a promise, by its name. */
function asyncMethods(load: Load): Omit<AsyncMethods, 'close'> {
  type Method = (...args: readonly unknown[]) => Promise<unknown>;
  const later = <Name extends keyof AsyncMethods>(name: Name): AsyncMethods[Name] => {
    const method: Method = async (...args) => ((await load())[name] as Method)(...args);
    return method as AsyncMethods[Name];
  };
  return {
    createKey: later('createKey'),
    createRsaKey: later('createRsaKey'),
    createEcKey: later('createEcKey'),
    createOctKey: later('createOctKey'),
    importKey: later('importKey'),
    getKey: later('getKey'),
    updateKeyProperties: later('updateKeyProperties'),
    beginDeleteKey: later('beginDeleteKey'),
    getDeletedKey: later('getDeletedKey'),
    beginRecoverDeletedKey: later('beginRecoverDeletedKey'),
    purgeDeletedKey: later('purgeDeletedKey'),
    backupKey: later('backupKey'),
    restoreKeyBackup: later('restoreKeyBackup'),
    rotateKey: later('rotateKey'),
    getKeyRotationPolicy: later('getKeyRotationPolicy'),
    updateKeyRotationPolicy: later('updateKeyRotationPolicy'),
    rotateDueKeys: later('rotateDueKeys'),
    getRandomBytes: later('getRandomBytes'),
    releaseKey: later('releaseKey'),
    getCryptographyClient: later('getCryptographyClient'),
    adoptKey: later('adoptKey'),
  };
}

type Lists = Pick<KeyManager, 'listPropertiesOfKeys' | 'listPropertiesOfKeyVersions' | 'listDeletedKeys'>;

/** The lists: misuse is thrown at once, the first request is made by the first `next`. */
function lists(load: Load, strictNames: boolean): Lists {
  const pager = <Item>(
    options: ListOptions,
    pagesOf: (manager: Listing) => FetchPage<Item>,
  ): PagedAsyncIterableIterator<Item> => {
    checkOptions(options, ['signal', 'maxPageSize']);
    let pages: Promise<FetchPage<Item>> | undefined;
    const fetch: FetchPage<Item> = async (query) => {
      pages ??= load().then(pagesOf);
      return (await pages)(query);
    };
    return createPager(fetch, { maxPageSize: options.maxPageSize });
  };
  return {
    listPropertiesOfKeys: (options = {}) => pager(options, ({ keyPages }) => keyPages(options)),
    listPropertiesOfKeyVersions: (name, options = {}) => {
      const checked = checkName(name, strictNames);
      return pager(options, ({ versionPages }) => versionPages(checked, options));
    },
    listDeletedKeys: (options = {}) => pager(options, ({ deletedKeyPages }) => deletedKeyPages(options)),
  };
}

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
function checkDriver(driver: KeyDriver): void {
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
