import { DecryptCommand, EncryptCommand, GenerateRandomCommand } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { findCanaries } from '../../../../scripts/canaries.ts';
import { startCannedServer } from '../../proof/canned-server.ts';
import { startFaultProxy } from '../../proof/fault-proxy.ts';
import { createSecretCollector } from '../../proof/secret-collector.ts';
import { bareClient } from './kms-client.ts';

const text = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const base64 = (value: string): string => Buffer.from(value).toString('base64');

describe('a collector of secrets', () => {
  it('finds on the wire what KMS gets and gives in secret', async () => {
    const collector = createSecretCollector();
    await using server = await startCannedServer({
      keys: [{ spec: 'SYMMETRIC_DEFAULT', aliases: ['alias/a'] }],
    });
    await using proxy = await startFaultProxy({
      upstream: server.endpoint,
      watchBodies: collector.watchBodies,
    });
    const client = bareClient(proxy.endpoint);
    const Plaintext = Buffer.from('a plaintext that nobody may see');
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: 'alias/a', Plaintext }));
    await client.send(new DecryptCommand({ KeyId: 'alias/a', CiphertextBlob }));
    const random = await client.send(new GenerateRandomCommand({ NumberOfBytes: 16 }));
    client.destroy();
    expect(collector.secrets.map(({ name }) => name)).toEqual([
      'Plaintext of Encrypt',
      'Plaintext of GenerateRandom',
    ]);
    const written = [Plaintext.toString(), Buffer.from(random.Plaintext ?? []).toString('hex')];
    const found = findCanaries(written.join(' '), collector.secrets).map(({ canary }) => canary);
    expect(new Set(found)).toEqual(new Set(['Plaintext of Encrypt', 'Plaintext of GenerateRandom']));
    expect(findCanaries(JSON.stringify(proxy.log), collector.secrets)).toEqual([]);
  });

  it('takes the token, the wrapping key and the wrapped material of an import', () => {
    const collector = createSecretCollector();
    const ImportToken = base64('token-of-an-import');
    collector.watchBodies({
      direction: 'answer',
      operation: 'GetParametersForImport',
      octets: text({ ImportToken, PublicKey: base64('wrapping-key') }),
    });
    collector.watchBodies({
      direction: 'request',
      operation: 'ImportKeyMaterial',
      octets: text({ ImportToken, EncryptedKeyMaterial: base64('wrapped-material') }),
    });
    expect(collector.secrets.map(({ secret }) => Buffer.from(secret).toString())).toEqual([
      'token-of-an-import',
      'wrapping-key',
      'wrapped-material',
    ]);
  });

  it('takes what a test adds, and nothing that is found by chance', () => {
    const collector = createSecretCollector();
    collector.add('credential', 'canary-aws-secret-key-40917');
    collector.add('short', 'abc');
    collector.watchBodies({
      direction: 'request',
      operation: 'Sign',
      octets: text({ Message: base64('not a secret') }),
    });
    expect(collector.secrets.map(({ name }) => name)).toEqual(['credential']);
  });
});
