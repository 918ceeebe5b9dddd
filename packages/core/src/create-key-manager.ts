import { checkOptions } from './arguments.ts';
import { createPager } from './create-pager.ts';
import type { FetchPage } from './create-pager.ts';
import type { KeyManager, ListOptions } from './key-manager.ts';
import type { KeyDriver } from './key-driver.ts';
import { checkDriver } from './manager/check-driver.ts';
import type { Listing } from './manager/listing.ts';
import type { AsyncMethods } from './manager/portable-key-manager.ts';
import { checkName } from './names-and-tags.ts';
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
