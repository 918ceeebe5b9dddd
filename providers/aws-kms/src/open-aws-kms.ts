import { createKeyManager } from '@keyway/core';
import type { KeyManager, KeyManagerSettings } from '@keyway/core';
import { checkOptions, settingNames } from '@keyway/core/driver';
import type { KeyDriver, ProviderModule } from '@keyway/core/driver';
import { createAliasScheme } from './aliases.ts';
import type { KmsClient } from './client.ts';
import { createDiagnose } from './doctor.ts';
import type { Diagnose } from './doctor.ts';
import { createAwsKmsDriver } from './driver.ts';
import { guardClient } from './guarded-client.ts';
import { findPlace, formatIdentity } from './identity.ts';
import { makeClient } from './make-client.ts';
import { createMaterialKnowledge } from './materials/material-knowledge.ts';
import { awsKmsOptionNames, checkAwsKmsOptions, mergeLocation, parseAwsKmsUri } from './options.ts';
import type { AwsKmsOptions } from './options.ts';
import { createDeleteImportedKeyMaterial } from './shred-imported.ts';
import type { DeleteImportedKeyMaterial } from './shred-imported.ts';
import { sleepUntilAborted } from './sleep.ts';
import { translateError } from './translate-error.ts';
import type { KmsVault } from './vault.ts';

/** Options of {@link openAwsKms}: how to open the vault, and the settings that every `KeyManager` has. */
export interface OpenAwsKmsOptions extends AwsKmsOptions, KeyManagerSettings {}

/** What KMS offers beside the contract. */
export interface AwsKmsExtras {
  readonly deleteImportedKeyMaterial: DeleteImportedKeyMaterial;
  /** Looks through the vault for what does not work or is left over, and changes nothing. */
  readonly doctor: Diagnose;
}

/** A vault in AWS KMS: a `KeyManager`, and what KMS offers beside that. */
export interface AwsKmsVault extends KeyManager {
  readonly aws: AwsKmsExtras;
}

interface Opened {
  readonly vault: KmsVault;
  readonly driver: KeyDriver;
}

/** A client, and how to close it: one that was given stays open. */
interface Held {
  readonly client: KmsClient;
  readonly close: () => void;
}

async function holdClient({ client, region, endpoint, profile }: AwsKmsOptions): Promise<Held> {
  if (typeof client === 'object') return { client: checkClient(client), close: () => undefined };
  // The options were checked: without a client there is a region.
  const made =
    client === undefined ? await makeClient({ region: region ?? '', endpoint, profile }) : await client();
  return { client: checkClient(made), close: () => made.destroy?.() };
}

/** The SDK's bare `KMSClient` has no operations of its own, and is easily taken for `KMS`. */
function checkClient(client: KmsClient): KmsClient {
  if (typeof client?.describeKey === 'function') return client;
  throw new TypeError('client must be the class KMS of the AWS SDK, not KMSClient');
}

async function open(given: AwsKmsOptions): Promise<Opened> {
  const options = checkAwsKmsOptions(given);
  const { prefix, region, account, deletionWindowInDays = 30, without = [], versions } = options;
  const aliases = createAliasScheme(prefix);
  const held = await holdClient(options);
  try {
    const client = guardClient(held.client);
    const place = await findPlace(client, { region, account });
    const vault: KmsVault = {
      client,
      identity: formatIdentity(place, prefix),
      account: place.account,
      prefix,
      aliases,
      deletionWindowInDays,
      without,
      publicKeys: new Map(),
      ...(versions === 'materials' ? { materials: createMaterialKnowledge() } : {}),
      sleep: sleepUntilAborted,
    };
    return { vault, driver: createAwsKmsDriver(vault, held.close) };
  } catch (error) {
    held.close();
    throw translateError(error, 'openAwsKms');
  }
}

function isSetting(name: string): boolean {
  return settingNames.some((setting) => setting === name);
}

function pick(options: OpenAwsKmsOptions, settings: boolean): object {
  return Object.fromEntries(Object.entries(options).filter(([name]) => isSetting(name) === settings));
}

/** A URI with options beside it, or options alone, as one. */
function together(location: string | OpenAwsKmsOptions, beside: object): OpenAwsKmsOptions {
  const known = [...awsKmsOptionNames, ...settingNames];
  checkOptions(beside, known);
  if (typeof location === 'string') return mergeLocation(parseAwsKmsUri(location), beside);
  checkOptions(location, known);
  if (Object.keys(beside).length > 0) throw new TypeError('Options are given twice');
  return location;
}

/**
 * Opens a vault in AWS KMS: the keys of one prefix in one account and region.
 *
 * Opening makes one request, which says in whose account it is; none where `account` and `region` are given.
 *
 * @param location `awskms://<region>?prefix=<prefix>` with the parameters of {@link parseAwsKmsUri}, or the options.
 * @param beside With a URI: further options, for example `client`.
 * @throws ERR_INVALID_ARGUMENT for a URI or option that is not acceptable, or that KMS contradicts.
 * @throws ERR_UNSUPPORTED with the line that installs it, where the AWS SDK is not installed.
 * @throws ERR_UNAUTHENTICATED where there are no credentials, or KMS does not accept them.
 * @throws ERR_PERMISSION_DENIED where the caller may not describe a key of the prefix; `account` and `region` avoid that.
 * @throws ERR_UNAVAILABLE where KMS cannot be reached, or something else answers; ERR_TIMEOUT where nothing does.
 */
export async function openAwsKms(
  location: string | OpenAwsKmsOptions,
  beside: Partial<OpenAwsKmsOptions> = {},
): Promise<AwsKmsVault> {
  const options = together(location, beside);
  const { vault, driver } = await open(pick(options, false) as AwsKmsOptions);
  try {
    const manager = createKeyManager(driver, pick(options, true));
    const aws: AwsKmsExtras = Object.freeze({
      deleteImportedKeyMaterial: createDeleteImportedKeyMaterial(vault, manager),
      doctor: createDiagnose(vault),
    });
    return Object.freeze({ ...manager, aws });
  } catch (error) {
    await driver.close();
    throw error;
  }
}

/** Opens `awskms:` URIs; options are those of {@link AwsKmsOptions}. */
export const awsKmsProvider: ProviderModule = Object.freeze({
  provider: 'aws-kms',
  schemes: Object.freeze(['awskms']),
  async openDriver(uri: string, options: Readonly<Record<string, unknown>>): Promise<KeyDriver> {
    checkOptions(options, awsKmsOptionNames);
    const { driver } = await open(mergeLocation(parseAwsKmsUri(uri), options));
    return driver;
  },
});
