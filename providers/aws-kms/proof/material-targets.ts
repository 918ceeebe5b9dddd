import { randomBytes } from 'node:crypto';
import { KMS } from '@aws-sdk/client-kms';
import type { ConformanceTarget, TargetFixtures } from '@keyway/conformance';
import { emulatorRow, startEmulator } from '@keyway/conformance/emulators';
import type { KeyDriver } from '@keyway/core/driver';
import { awsKmsProvider } from '@keyway/aws-kms';
import { startMaterialServer } from './canned-material-server.ts';
import { materialFailuresOf } from './material-defects.ts';

const region = 'eu-central-1';
const credentials = { accessKeyId: 'keyway-test', secretAccessKey: 'keyway-test-secret' };

/** Ways round the vaults that are open, by their identity. */
const bare = new Map<string, { readonly client: KMS; readonly prefix: string }>();

function roundVault(driver: KeyDriver): { readonly client: KMS; readonly prefix: string } {
  const found = bare.get(driver.identity);
  if (found === undefined) throw new Error('The vault is not one of this target');
  return found;
}

const fixtures: TargetFixtures = {
  async damagedRecord(driver, { name }) {
    const { client, prefix } = roundVault(driver);
    const { KeyMetadata } = await client.describeKey({ KeyId: `alias/${prefix}/${name}` });
    const Description = KeyMetadata?.Description?.slice(0, -1) ?? '';
    await client.updateKeyDescription({ KeyId: KeyMetadata?.KeyId, Description });
  },
  async externalKey(driver, name) {
    const { client, prefix } = roundVault(driver);
    const { KeyMetadata } = await client.createKey({});
    const TargetKeyId = KeyMetadata?.KeyId ?? '';
    await client.createAlias({ AliasName: `alias/${prefix}/${name}`, TargetKeyId });
    return TargetKeyId;
  },
};

/** A vault of key materials at an endpoint; `stop` ends what answers there. */
async function openMaterials(endpoint: string, stop: () => Promise<void>): Promise<KeyDriver> {
  const prefix = `materials-${randomBytes(4).toString('hex')}`;
  const client = new KMS({ endpoint, region, credentials, maxAttempts: 1 });
  const driver = await awsKmsProvider.openDriver(`awskms://${region}?prefix=${prefix}&versions=materials`, {
    client: new KMS({ endpoint, region, credentials, maxAttempts: 1 }),
  });
  bare.set(driver.identity, { client, prefix });
  return {
    ...driver,
    async close() {
      await driver.close();
      bare.delete(driver.identity);
      client.destroy();
      await stop();
    },
  };
}

/** What LocalStack has nothing of, which only our own server shows. */
const lackedByLocalStack = [
  'the list of key materials (ListKeyRotations)',
  'KeyMaterialId in the answer of Decrypt',
  'a rotation on demand that ends later',
  'a rotation that KMS makes by itself',
  'ConflictException near one',
  'the quota of 25 rotations on demand',
];

/** What differs where versions are key materials. */
const held =
  'create import read list update rotate policy due delete recover external adopt request-id retry encrypt/provider decrypt/provider wrap/provider'.split(
    ' ',
  );

/** Key materials as versions on LocalStack, as far as it has them: it rotates at once, and says which material is current. */
export function materialsOnLocalStack(): ConformanceTarget {
  let reached: string | undefined;
  let running: KMS | undefined;
  const client = (): KMS => {
    if (running === undefined) throw new Error('localstack does not run');
    return running;
  };
  return {
    name: 'aws-kms, versions as key materials, on localstack',
    provider: 'aws-kms',
    variant: 'versions=materials',
    fixtures,
    patience: 600_000,
    lacks: lackedByLocalStack,
    knownFailures: materialFailuresOf(`localstack ${emulatorRow('localstack').version}`, client),
    heldTo: {
      only: held,
      reason: 'these are what differs where versions are key materials',
    },
    reached: () => reached,
    async open() {
      const emulator = await startEmulator('localstack');
      reached = `${emulator.how}, ${emulator.version}`;
      running = new KMS({ endpoint: emulator.address, region, credentials, maxAttempts: 1 });
      return openMaterials(emulator.address, () => emulator.stop());
    },
  };
}

/** Key materials as versions on a server of our own: no emulator rotates, lists and names materials as AWS documents it. */
export const materialsOnOurOwn: ConformanceTarget = {
  name: 'aws-kms, versions as key materials, on our own server',
  provider: 'aws-kms',
  variant: 'versions=materials',
  own: true,
  fixtures,
  async open() {
    const server = await startMaterialServer();
    return openMaterials(server.endpoint, server.close);
  },
};
