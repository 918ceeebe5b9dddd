import type { EnforcedProperty } from '../capabilities.ts';
import type { KeyDriver } from '../key-driver.ts';
import type { KeyManager } from '../key-manager.ts';
import type { ResolvedSettings } from '../settings.ts';
import type { ManagerContext } from './context.ts';
import { cryptography } from './cryptography.ts';
import { deletion } from './deletion.ts';
import { Engine } from './engine.ts';
import { lifecycle } from './lifecycle.ts';
import { listing } from './listing.ts';
import type { Listing } from './listing.ts';
import { other } from './other.ts';
import { OwnChanges } from './own-changes.ts';
import { RecordCache } from './record-cache.ts';
import { rotation } from './rotation.ts';

/** The methods of a `KeyManager` that give a promise. */
export type AsyncMethods = Omit<
  KeyManager,
  | 'provider'
  | 'vaultUri'
  | 'capabilities'
  | 'listPropertiesOfKeys'
  | 'listPropertiesOfKeyVersions'
  | 'listDeletedKeys'
  | typeof Symbol.asyncDispose
>;

/** All families of operations over one driver. */
export function portableKeyManager(driver: KeyDriver, settings: ResolvedSettings): AsyncMethods & Listing {
  const { state } = driver.capabilities;
  const rows = Object.values<(typeof state)[EnforcedProperty]>(state);
  const propagation = Math.max(...rows.map(({ propagationMs }) => propagationMs));
  const stamp = driver.stamp === undefined ? undefined : (): number | string => driver.stamp?.() ?? 0;
  const engine = new Engine(driver, settings);
  const context: ManagerContext = {
    engine,
    cache: new RecordCache(settings.stateTtl, settings.clock, stamp),
    changes: new OwnChanges(propagation, settings.clock),
    vaultUri: driver.identity,
  };
  return {
    ...lifecycle(context),
    ...listing(context),
    ...deletion(context),
    ...rotation(context),
    ...other(context),
    ...cryptography(context),
    close: () => engine.close(),
  };
}
