import { openAwsKms } from '@keyway/aws-kms';
import type { AwsKmsVault } from '@keyway/aws-kms';
import { EmulatorError, startEmulator } from '@keyway/conformance/emulators';
import type { Emulator } from '@keyway/conformance/emulators';
import { encodeVaultRecord } from '@keyway/core/driver';
import type { KeyOperation, VaultRecord } from '@keyway/core/driver';
import { bareKms } from '../providers/aws-kms/proof/bare-kms.ts';
import type { BareKms } from '../providers/aws-kms/proof/bare-kms.ts';
import type { CannedKeyOptions, CannedSpec } from '../providers/aws-kms/proof/canned-key.ts';
import type { Measured } from './result.ts';

/** The vault of these rows, on whichever server. */
const prefix = 'bench';

/** The client that the vault makes looks for credentials as it does for everybody: here in the environment. */
function setCredentials(): void {
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) Reflect.deleteProperty(process.env, name);
  process.env['AWS_ACCESS_KEY_ID'] = 'keyway-bench';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'keyway-bench-secret';
}

/** Opens the vault with a client of its own, as anybody does, and without a request. */
export async function openBenchKms(endpoint: string): Promise<AwsKmsVault> {
  setCredentials();
  return await openAwsKms({ region: 'eu-central-1', prefix, account: '111122223333', endpoint });
}

/** A server with a vault on it, and the bare SDK beside it with the same settings. */
export interface BothSides {
  readonly vault: AwsKmsVault;
  readonly bare: BareKms;
  close(): Promise<void>;
}

/** Opens both sides. */
export async function openBothSides(endpoint: string): Promise<BothSides> {
  const vault = await openBenchKms(endpoint);
  const bare = bareKms(endpoint);
  return {
    vault,
    bare,
    async close() {
      bare.destroy();
      await vault.close();
    },
  };
}

type Shape = Pick<VaultRecord, 'keyType' | 'curve' | 'size'> & { readonly spec: CannedSpec };

/** Kinds of keys of which the canned server gets some. */
const shapes = {
  rsa: { spec: 'RSA_2048', keyType: 'RSA', size: 2048 },
  p256: { spec: 'ECC_NIST_P256', keyType: 'EC', curve: 'P-256' },
  p384: { spec: 'ECC_NIST_P384', keyType: 'EC', curve: 'P-384' },
  p521: { spec: 'ECC_NIST_P521', keyType: 'EC', curve: 'P-521' },
  aes: { spec: 'SYMMETRIC_DEFAULT', keyType: 'oct', size: 256 },
} as const satisfies Readonly<Record<string, Shape>>;

/** A key of the vault as the canned server holds it: with the aliases and the description that the provider gives. */
export function cannedKey(name: string, kind: keyof typeof shapes): CannedKeyOptions {
  const { spec, ...shape } = shapes[kind];
  const keyOperations: readonly KeyOperation[] = kind === 'aes' ? ['encrypt', 'decrypt'] : ['sign', 'verify'];
  const record = { v: 1, name, sequence: 1, createdOn: 1_700_000_000, keyOperations, ...shape } as const;
  return {
    spec,
    description: `keyway:${prefix}:${encodeVaultRecord(record)}`,
    aliases: [`alias/${prefix}/${name}`, `alias/${prefix}/${name}/v/1`],
  };
}

/** Runs with local-kms; where it cannot be had, the row says so and is not held. */
export async function onLocalKms(
  absent: Pick<Measured, 'name' | 'against' | 'bound' | 'unit'>,
  run: (emulator: Emulator) => Promise<Measured>,
): Promise<Measured> {
  let emulator: Emulator;
  try {
    emulator = await startEmulator('local-kms');
  } catch (error) {
    if (!(error instanceof EmulatorError)) throw error;
    const none = { p10: Number.NaN, median: Number.NaN, p90: Number.NaN };
    const note = `local-kms cannot be had here, so nothing was measured: ${error.message}`;
    return { ...absent, n: 0, rounds: 0, values: none, combine: 'ratio', note };
  }
  try {
    const measured = await run(emulator);
    const how = `local-kms ${emulator.version}, ${emulator.how}`;
    return { ...measured, note: measured.note === undefined ? how : `${how}; ${measured.note}` };
  } finally {
    await emulator.stop();
  }
}
