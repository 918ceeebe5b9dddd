import { KMS } from '@aws-sdk/client-kms';
import { createKeyManager } from '@keyway/core';
import type { KeyManager } from '@keyway/core';
import type { FlowEvent } from '@keyway/core/driver';
import { createAliasScheme } from '../../src/aliases.ts';
import type { KmsClient } from '../../src/client.ts';
import { createDiagnose } from '../../src/doctor.ts';
import type { Diagnose } from '../../src/doctor.ts';
import { createAwsKmsDriver } from '../../src/driver.ts';
import { guardClient } from '../../src/guarded-client.ts';
import { limitAnswers } from '../../src/limited-answers.ts';
import { createMaterialKnowledge } from '../../src/materials/material-knowledge.ts';
import type { VersionStrategy } from '../../src/options.ts';
import type { KmsVault } from '../../src/vault.ts';

/** Credentials of all emulators; the secret one is a canary. */
export const emulatorCredentials = { accessKeyId: 'keyway-test', secretAccessKey: 'keyway-test-secret' };
const emulatorRegion = 'eu-central-1';

/**
 * The SDK without Keyway. A judge may repeat, an emulator under load hangs up at times; a vault may not.
 *
 * @param account LocalStack takes an access key of 12 digits for the number of an account; local-kms has one account.
 */
export function sdkClient(endpoint: string, account: string, maxAttempts = 5): KMS {
  const credentials = { ...emulatorCredentials, accessKeyId: account };
  return new KMS({ endpoint, region: emulatorRegion, credentials, maxAttempts });
}

/** The SDK as a vault has it. */
export function vaultClient(endpoint: string, account: string): KMS {
  const client = sdkClient(endpoint, account, 1);
  limitAnswers(client);
  return client;
}

/** What a vault of a cell is opened with. */
export interface CellVaultOptions {
  /** Made for this vault, which ends it. */
  readonly client: KmsClient & { destroy(): void };
  /** The 12 digits under which keys are made. */
  readonly account: string;
  readonly prefix: string;
  /** Default `keys`. */
  readonly versions?: VersionStrategy | undefined;
  /** Milliseconds for a call, repetitions included. Default: core's own. */
  readonly timeout?: number | undefined;
  readonly afterStep?: ((event: FlowEvent & { readonly flow: string }) => void) | undefined;
}

/** A vault as a process of its own would have it. */
export interface CellVault {
  readonly manager: KeyManager;
  readonly diagnose: Diagnose;
  close(): Promise<void>;
}

/** Waits for nothing, and still ends where the signal has fired. */
const noPause = (_: number, signal?: AbortSignal): Promise<void> => {
  signal?.throwIfAborted();
  return Promise.resolve();
};

/** Opens a vault with the real retries of core and of the provider, and with pauses that do not wait. */
export function openCellVault(options: CellVaultOptions): CellVault {
  const { client, account, prefix, versions, timeout, afterStep } = options;
  const vault: KmsVault = {
    client: guardClient(client),
    identity: `awskms://aws/${account}/${emulatorRegion}/${prefix}`,
    account,
    prefix,
    aliases: createAliasScheme(prefix),
    deletionWindowInDays: 30,
    without: [],
    publicKeys: new Map(),
    materials: versions === 'materials' ? createMaterialKnowledge() : undefined,
    sleep: noPause,
    afterStep,
  };
  const driver = createAwsKmsDriver(vault, () => client.destroy());
  const manager = createKeyManager(driver, { sleep: noPause, timeout });
  return { manager, diagnose: createDiagnose(vault), close: () => manager.close() };
}
