import type { EnforcedProperty } from './capabilities.ts';
import type { KeyManager } from './key-manager.ts';
import type { KeyDriver } from './key-driver.ts';
import { checkDriver } from './manager/check-driver.ts';
import type { ManagerContext } from './manager/context.ts';
import { cryptography } from './manager/cryptography.ts';
import { deletion } from './manager/deletion.ts';
import { Engine } from './manager/engine.ts';
import { lifecycle } from './manager/lifecycle.ts';
import { listing } from './manager/listing.ts';
import { other } from './manager/other.ts';
import { OwnChanges } from './manager/own-changes.ts';
import { RecordCache } from './manager/record-cache.ts';
import { rotation } from './manager/rotation.ts';
import { resolveSettings } from './settings.ts';
import type { KeyManagerSettings } from './settings.ts';

/**
 * Makes a `KeyManager` out of a driver: the only implementation of the contract, the same for every vault.
 *
 * Providers call it in their `open…` function; applications rarely need to.
 *
 * @throws TypeError where the driver contradicts its own capabilities.
 */
export function createKeyManager(driver: KeyDriver, settings: KeyManagerSettings = {}): KeyManager {
  checkDriver(driver);
  const resolved = resolveSettings(settings);
  const { state } = driver.capabilities;
  const propagation = Math.max(...Object.values<(typeof state)[EnforcedProperty]>(state).map((row) => row.propagationMs));
  const engine = new Engine(driver, resolved);
  const context: ManagerContext = {
    engine,
    cache: new RecordCache(resolved.stateTtl, resolved.clock, driver.stamp === undefined ? undefined : () => stampOf(driver)),
    changes: new OwnChanges(propagation, resolved.clock),
    vaultUri: driver.identity,
  };
  return Object.freeze({
    provider: driver.provider,
    vaultUri: driver.identity,
    capabilities: driver.capabilities,
    ...lifecycle(context),
    ...listing(context),
    ...deletion(context),
    ...rotation(context),
    ...other(context),
    ...cryptography(context),
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  });
}

function stampOf(driver: KeyDriver): number | string {
  return driver.stamp?.() ?? 0;
}
