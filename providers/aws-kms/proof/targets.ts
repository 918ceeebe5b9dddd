import { randomBytes } from 'node:crypto';
import { KMS } from '@aws-sdk/client-kms';
import type { ConformanceTarget, TargetFixtures } from '@keyway/conformance';
import { emulatorRow, startEmulator } from '@keyway/conformance/emulators';
import type { Emulator } from '@keyway/conformance/emulators';
import type { KeyDriver } from '@keyway/core/driver';
import { awsKmsProvider } from '@keyway/aws-kms';
import type { KmsFeature } from '@keyway/aws-kms';
import { knownFailuresOf } from './known-failures.ts';
import { materialsOnLocalStack, materialsOnOurOwn } from './material-targets.ts';

const region = 'eu-central-1';
const credentials = { accessKeyId: 'keyway-test', secretAccessKey: 'keyway-test-secret' };

/** The bare SDK on an emulator, to get round the provider. */
function bareClient(endpoint: string): KMS {
  return new KMS({ endpoint, region, credentials, maxAttempts: 1 });
}

/** Ways round the vaults that are open, by their identity. */
const bare = new Map<string, { readonly client: KMS; readonly prefix: string }>();

function roundVault(driver: KeyDriver): { readonly client: KMS; readonly prefix: string } {
  const found = bare.get(driver.identity);
  if (found === undefined) throw new Error('The vault is not one of this target');
  return found;
}

const fixtures: TargetFixtures = {
  async damagedRecord(driver, { version }) {
    const { client } = roundVault(driver);
    const { KeyMetadata } = await client.describeKey({ KeyId: version });
    const Description = KeyMetadata?.Description?.slice(0, -1) ?? '';
    await client.updateKeyDescription({ KeyId: version, Description });
  },
  async externalKey(driver, name) {
    const { client, prefix } = roundVault(driver);
    const { KeyMetadata } = await client.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const TargetKeyId = KeyMetadata?.KeyId ?? '';
    await client.createAlias({ AliasName: `alias/${prefix}/${name}`, TargetKeyId });
    return TargetKeyId;
  },
};

const edwards = ['ECC_NIST_EDWARDS25519'] as const;
const postQuantum = ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const;

/** What an emulator refuses to make, which all of them together do not prove; and its account, where it does not say. */
interface EmulatedPlace {
  readonly without: readonly KmsFeature[];
  readonly account?: string;
  readonly heldTo?: ConformanceTarget['heldTo'];
}

type EmulatedKms = 'localstack' | 'local-kms' | 'moto';

/** Each vector is a key to be imported, for which LocalStack makes a wrapping key of 4096 bits. */
const quickPart = {
  but: ['vectors/wycheproof/hmac-sha256', 'vectors/wycheproof/hmac-sha384', 'vectors/wycheproof/hmac-sha512'],
  reason: 'these take half an hour there, and run in the full form (KEYWAY_FULL)',
};

const emulated: Readonly<Record<EmulatedKms, EmulatedPlace>> = {
  localstack: {
    without: [...edwards, ...postQuantum],
    ...(process.env['KEYWAY_FULL'] === undefined ? { heldTo: quickPart } : {}),
  },
  'local-kms': {
    without: [...edwards, ...postQuantum, 'HMAC_256', 'HMAC_384', 'HMAC_512', 'ImportKeyMaterial'],
    account: '111122223333',
    heldTo: {
      but: ['create/live-name/other-usage-refused'],
      reason: 'it has no HMAC keys, so that a symmetric key has one usage only',
    },
  },
  moto: {
    without: [...edwards, ...postQuantum, 'ImportKeyMaterial'],
    heldTo: {
      only: ['names', 'tags', 'random', 'read', 'update', 'policy', 'adopt'],
      reason:
        'it hashes digests again, keeps disabled and deleted keys working, imports nothing and ignores Limit',
    },
  },
};

/** A vault of its own on an emulator, which ends with the driver. */
async function openOn(emulator: Emulator): Promise<KeyDriver> {
  const { without, account } = emulated[emulator.name as EmulatedKms];
  const prefix = `suite-${randomBytes(4).toString('hex')}`;
  const client = bareClient(emulator.address);
  const driver = await awsKmsProvider.openDriver(`awskms://${region}?prefix=${prefix}`, {
    client: bareClient(emulator.address),
    without,
    ...(account === undefined ? {} : { account }),
  });
  bare.set(driver.identity, { client, prefix });
  return {
    ...driver,
    async close() {
      await driver.close();
      bare.delete(driver.identity);
      client.destroy();
      await emulator.stop();
    },
  };
}

function onEmulator(name: EmulatedKms): ConformanceTarget {
  let reached: string | undefined;
  let running: KMS | undefined;
  const client = (): KMS => {
    if (running === undefined) throw new Error(`${name} does not run`);
    return running;
  };
  return {
    name: `aws-kms on ${name}`,
    provider: 'aws-kms',
    fixtures,
    knownFailures: knownFailuresOf(name, `${name} ${emulatorRow(name).version}`, client),
    patience: 1_800_000,
    lacks: emulated[name].without,
    heldTo: emulated[name].heldTo,
    reached: () => reached,
    async open() {
      const emulator = await startEmulator(name);
      reached = `${emulator.how}, ${emulator.version}`;
      running = bareClient(emulator.address);
      return openOn(emulator).catch(async (error: unknown) => {
        await emulator.stop();
        throw error;
      });
    },
  };
}

/**
 * AWS KMS on each emulator of it, and where versions are key materials, on what there is for that: on LocalStack, which lacks
 * their list, in the full form only.
 */
export const awsKmsTargets: readonly ConformanceTarget[] = [
  onEmulator('localstack'),
  onEmulator('local-kms'),
  onEmulator('moto'),
  ...(process.env['KEYWAY_FULL'] === undefined ? [] : [materialsOnLocalStack()]),
  materialsOnOurOwn,
];
