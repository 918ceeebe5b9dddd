import { createKeyManager } from '@keyway/core';
import type { KeyManager, KeyManagerSettings } from '@keyway/core';
import { checkOptions, settingNames } from '@keyway/core/driver';
import type { Call, KeyDriver, ProviderModule } from '@keyway/core/driver';
import { createPkcs11Driver } from './driver.ts';
import { formatIdentity } from './identity.ts';
import { createMaintenance } from './maintenance.ts';
import type { Pkcs11Maintenance } from './maintenance.ts';
import { openVault } from './open-vault.ts';
import { checkPkcs11Options, mergeLocation, pkcs11OptionNames } from './options.ts';
import type { Pkcs11Options } from './options.ts';
import { tokenFeatures } from './probe-cache.ts';
import { checkFacts, tokenLocationOf } from './token-location.ts';
import { openToken } from './token/open-token.ts';
import type { Token } from './token/token.ts';
import { translateError } from './translate-error.ts';
import { createSettings } from './vault-settings.ts';
import { parsePkcs11Location } from './vault-uri.ts';
import type { Pkcs11Vault } from './vault.ts';

/** Options of {@link openPkcs11}: how to open the vault, and the settings that every `KeyManager` has. */
export interface OpenPkcs11Options extends Pkcs11Options, KeyManagerSettings {}

/** A vault on a token: a `KeyManager`, and the work of its operator. */
export interface Pkcs11KeyManager extends KeyManager {
  readonly pkcs11: Pkcs11Maintenance;
}

interface Opened {
  readonly vault: Pkcs11Vault;
  readonly driver: KeyDriver;
}

/** Milliseconds that one piece of work beside the contract may take, opening with its probes among them. */
const patience = 120_000;

function freshCall(): Call {
  const now = Date.now();
  const { signal } = new AbortController();
  return { signal, deadline: now + patience, requestId: undefined, now: Math.floor(now / 1000) };
}

async function openOn(token: Token, options: Pkcs11Options): Promise<Opened> {
  const { namespace = 'keyway', records, hardware, plainImport = false, checkSignatures = 'rsa' } = options;
  checkFacts(options, token.facts);
  const { features } = await tokenFeatures(token, options.probeCache, freshCall());
  const identity = formatIdentity(token.facts, namespace);
  const settings = createSettings(options);
  const parts = { token, features, plainImport, checkSignatures, identity, namespace, settings, hardware };
  const opened = await openVault({ ...parts, records }, freshCall());
  const driver = createPkcs11Driver(opened.vault, async () => {
    try {
      await opened.close();
    } finally {
      await token.close();
    }
  });
  return { vault: opened.vault, driver };
}

async function open(given: Pkcs11Options): Promise<Opened> {
  const options = checkPkcs11Options(given);
  try {
    const token = await openToken(tokenLocationOf(options));
    try {
      return await openOn(token, options);
    } catch (error) {
      await token.close();
      throw error;
    }
  } catch (error) {
    throw translateError(error, 'openPkcs11');
  }
}

function locate(uri: string, beside: Partial<Pkcs11Options>): Pkcs11Options {
  return mergeLocation(parsePkcs11Location(uri, { allowPinValue: beside.allowPinValue }), beside);
}

function pick(options: object, settings: boolean): object {
  const isSetting = (name: string): boolean => settingNames.some((setting) => setting === name);
  return Object.fromEntries(Object.entries(options).filter(([name]) => isSetting(name) === settings));
}

/**
 * Opens a vault on a PKCS#11 token: the keys of one namespace.
 *
 * Logs in, tries once what the token can do (or reads it from the probe cache), and puts in order what killed processes
 * have left half way.
 *
 * @param location A `pkcs11:` URI (RFC 7512) that names a token and its module, or the options.
 * @param beside With a URI: further options, for example `pin` or `hardware`.
 * @throws ERR_INVALID_ARGUMENT for a URI or option that is not acceptable, or that the token contradicts.
 * @throws ERR_UNSUPPORTED where the native binding is not there, or the token keeps no records and no file is given.
 * @throws ERR_UNAUTHENTICATED where the PIN is wrong, missing or locked. It is tried once.
 * @throws ERR_UNAVAILABLE where the module or the token is not there.
 */
export async function openPkcs11(
  location: string | OpenPkcs11Options,
  beside: Partial<OpenPkcs11Options> = {},
): Promise<Pkcs11KeyManager> {
  const known = [...pkcs11OptionNames, ...settingNames];
  checkOptions(beside, known);
  if (typeof location !== 'string') {
    checkOptions(location, known);
    if (Object.keys(beside).length > 0) throw new TypeError('Options are given twice');
  }
  const settings = pick(typeof location === 'string' ? beside : location, true);
  const options =
    typeof location === 'string'
      ? locate(location, pick(beside, false))
      : (pick(location, false) as Pkcs11Options);
  const { vault, driver } = await open(options);
  try {
    const pkcs11 = createMaintenance(vault, freshCall);
    return Object.freeze({ ...createKeyManager(driver, settings), pkcs11 });
  } catch (error) {
    await driver.close();
    throw error;
  }
}

/** Opens `pkcs11:` URIs; options are those of {@link Pkcs11Options}. */
export const pkcs11Provider: ProviderModule = Object.freeze({
  provider: 'pkcs11',
  schemes: Object.freeze(['pkcs11']),
  async openDriver(uri: string, options: Readonly<Record<string, unknown>>): Promise<KeyDriver> {
    checkOptions(options, pkcs11OptionNames);
    return (await open(locate(uri, options))).driver;
  },
});
