import { randomBytes } from 'node:crypto';
import type { ConformanceTarget, TargetFixtures } from '@keyway/conformance';
import { awsKmsProvider } from '@keyway/aws-kms';
import type { KeyDriver } from '@keyway/core/driver';
import { createFakeKms, region } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';
import { createOwnKms } from './own-kms.ts';

/** What is behind each open driver, by its identity. */
const behind = new Map<string, { readonly fake: FakeKms; readonly prefix: string }>();

function vaultBehind({ identity }: KeyDriver): { readonly fake: FakeKms; readonly prefix: string } {
  const found = behind.get(identity);
  if (found === undefined) throw new Error('The vault is not one of this target');
  return found;
}

const fixtures: TargetFixtures = {
  damagedRecord(driver, { version }) {
    const key = vaultBehind(driver).fake.keys.get(version);
    if (key !== undefined) key.description = key.description.slice(0, -1);
    return Promise.resolve();
  },
  externalKey(driver, name) {
    const { fake, prefix } = vaultBehind(driver);
    const { id } = fake.make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    fake.aliases.set(`alias/${prefix}/${name}`, id);
    return Promise.resolve(id);
  },
};

/** The provider on our own in-memory KMS: quick enough to run the suite against every lie. It proves nothing of KMS. */
export const target: ConformanceTarget = {
  name: 'aws-kms on our own KMS',
  provider: 'aws-kms',
  own: true,
  fixtures,
  async open() {
    const fake = createFakeKms();
    const prefix = `suite-${randomBytes(4).toString('hex')}`;
    const client = createOwnKms(fake);
    const driver = await awsKmsProvider.openDriver(`awskms://${region}?prefix=${prefix}`, { client });
    behind.set(driver.identity, { fake, prefix });
    return {
      ...driver,
      async close() {
        behind.delete(driver.identity);
        await driver.close();
      },
    };
  },
};

const noPurge = 'KMS destroys keys by time only: there is no purge';
const noBackup = 'KMS gives no backup of a key';
const noRelease = 'KMS releases no key';

/** Lies that cannot be told about this vault: it has nothing of what they are about. */
export const untold: Readonly<Record<string, string>> = {
  'drops-the-aad':
    'no encryption of KMS takes additional authenticated data; its context is another parameter',
  'repeats-the-iv-of-gcm': 'KMS has no AES but in its own format, which takes and gives no IV',
  'claims-hardware-for-imported-keys': 'imported keys are in the same HSM as all others',
  'declares-hardware-it-does-not-have': 'every key is in hardware',
  'hides-that-keys-may-have-any-usage': 'a KMS key has one usage, and that is declared',
  'purges-nothing': noPurge,
  'frees-the-name-of-a-deleted-key': noPurge,
  'backs-up-only-the-current-version': noBackup,
  'restores-with-a-newer-version': noBackup,
  'ignores-the-end-of-a-backup': noBackup,
  'gives-the-same-backup-twice': noBackup,
  'restores-over-a-live-key': noBackup,
  'says-not-found-for-denied': noRelease,
  'releases-for-any-algorithm': noRelease,
};
