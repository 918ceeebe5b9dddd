import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { openAwsKms } from '@keyway/aws-kms';
import type { AwsKmsVault, KmsClient } from '@keyway/aws-kms';
import type { JsonWebKey } from '@keyway/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFakeKms, kmsError } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';

async function open(): Promise<{ vault: AwsKmsVault; fake: FakeKms }> {
  const fake = createFakeKms();
  const client: KmsClient = {
    ...fake.client,
    async deleteImportedKeyMaterial({ KeyId = '' }) {
      await fake.before('deleteImportedKeyMaterial', { KeyId });
      fake.requests.push('deleteImportedKeyMaterial');
      const key = fake.keys.get(KeyId);
      if (key?.origin !== 'EXTERNAL') throw kmsError('UnsupportedOperationException');
      key.state = 'PendingImport';
      return { KeyId: key.arn, $metadata: {} };
    },
  };
  const vault = await openAwsKms({ client, prefix: 'p', stateTtl: 0 });
  onTestFinished(() => vault.close());
  return { vault, fake };
}

const material = (): JsonWebKey => ({ kty: 'oct', k: randomBytes(32).toString('base64url') });

describe('deleting the key material of an imported version', () => {
  it('makes that version unusable at once, and no other', async () => {
    const { vault, fake } = await open();
    const first = await vault.importKey('k', material());
    const second = await vault.importKey('k', material());
    await vault.aws.deleteImportedKeyMaterial('k', second.properties.version ?? '');
    const states = [first, second].map(({ properties }) => fake.keys.get(properties.version ?? '')?.state);
    expect(states).toEqual(['Enabled', 'PendingImport']);
    const client = await vault.getCryptographyClient('k', { version: second.properties.version });
    await expect(client.encrypt('provider', new Uint8Array(1))).rejects.toMatchObject({
      code: 'ERR_KEY_NOT_READY',
    });
  });

  it('is refused for a version that KMS made', async () => {
    const { vault, fake } = await open();
    const { properties } = await vault.createKey('k', 'oct');
    const attempt = vault.aws.deleteImportedKeyMaterial('k', properties.version ?? '');
    await expect(attempt).rejects.toMatchObject({
      code: 'ERR_OPERATION_NOT_PERMITTED',
      provider: 'aws-kms',
      operation: 'deleteImportedKeyMaterial',
    });
    expect(fake.requests).not.toContain('deleteImportedKeyMaterial');
  });

  it('is refused for a key of other software', async () => {
    const { vault, fake } = await open();
    const key = fake.make({ Origin: 'EXTERNAL' });
    fake.aliases.set('alias/p/theirs', key.id);
    const attempt = vault.aws.deleteImportedKeyMaterial('theirs', key.id);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_OPERATION_NOT_PERMITTED' });
    expect(fake.requests).not.toContain('deleteImportedKeyMaterial');
  });

  it('finds no version of another key', async () => {
    const { vault } = await open();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { properties } = await vault.importKey('a', privateKey.export({ format: 'jwk' }) as JsonWebKey);
    await vault.importKey('b', material());
    const attempt = vault.aws.deleteImportedKeyMaterial('b', properties.version ?? '');
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
    await expect(vault.aws.deleteImportedKeyMaterial('b', 7 as never)).rejects.toBeInstanceOf(TypeError);
  });

  it('tells what KMS says in codes', async () => {
    const { vault, fake } = await open();
    const { properties } = await vault.importKey('k', material());
    fake.before = (operation) => {
      if (operation === 'deleteImportedKeyMaterial') {
        throw kmsError('AccessDeniedException');
      }
    };
    const attempt = vault.aws.deleteImportedKeyMaterial('k', properties.version ?? '');
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_PERMISSION_DENIED', retryable: false });
  });
});
