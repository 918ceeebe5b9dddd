import { createHash, createPublicKey, verify } from 'node:crypto';
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  GenerateRandomCommand,
  GetPublicKeyCommand,
  ListAliasesCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cannedSpecs } from '../../proof/canned-key.ts';
import type { CannedKey } from '../../proof/canned-key.ts';
import { startCannedServer } from '../../proof/canned-server.ts';
import type { CannedServer } from '../../proof/canned-server.ts';
import { nodeParameters, signingAlgorithm } from '../../proof/signing-algorithms.ts';
import { spawnCannedServer } from '../../proof/spawn-canned-server.ts';
import { bareClient } from './kms-client.ts';

const message = Buffer.from('a message of some length, neither short nor long');
let server: CannedServer;
let client: KMSClient;

beforeAll(async () => {
  server = await startCannedServer({
    keys: [
      ...cannedSpecs.map((spec) => ({ spec, aliases: [`alias/${spec}`] })),
      { spec: 'RSA_2048', usage: 'ENCRYPT_DECRYPT', aliases: ['alias/rsa-encrypt'] },
      { spec: 'ECC_NIST_P256', state: 'Disabled', aliases: ['alias/disabled'] },
    ],
    fillerAliases: 230,
  });
  client = bareClient(server.endpoint);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

const algorithmsOf = (key: CannedKey, member: string): readonly string[] =>
  (key.metadata[member] ?? []) as readonly string[];
const signing = (): { key: CannedKey; algorithm: string; type: 'RAW' | 'DIGEST' }[] =>
  server.keys
    .filter(({ options }) => options.state === undefined)
    .flatMap((key) =>
      algorithmsOf(key, 'SigningAlgorithms').flatMap((algorithm) =>
        signingAlgorithm(algorithm).hash === undefined
          ? [{ key, algorithm, type: 'RAW' as const }]
          : (['RAW', 'DIGEST'] as const).map((type) => ({ key, algorithm, type })),
      ),
    );
const input = (algorithm: string, type: 'RAW' | 'DIGEST'): Buffer => {
  const { hash = '' } = signingAlgorithm(algorithm);
  return type === 'RAW' ? message : createHash(hash).update(message).digest();
};

describe('the canned server, our own', () => {
  it('signs by every algorithm of every key, over data and digests, as node:crypto verifies', async () => {
    const rows = signing();
    expect(rows.length).toBe(3 * 6 * 2 + 4 * 2 + 1 + 3);
    for (const { key, algorithm, type } of rows) {
      const common = { KeyId: key.id, Message: input(algorithm, type), MessageType: type };
      const command = { ...common, SigningAlgorithm: algorithm as 'ECDSA_SHA_256' };
      const { Signature = new Uint8Array() } = await client.send(new SignCommand(command));
      const { PublicKey = new Uint8Array() } = await client.send(new GetPublicKeyCommand({ KeyId: key.arn }));
      const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
      const row = signingAlgorithm(algorithm);
      const parameters = { key: publicKey, ...nodeParameters(row) };
      expect(verify(row.hash ?? null, message, parameters, Signature), `${algorithm} ${type}`).toBe(true);
      await expect(client.send(new VerifyCommand({ ...command, Signature }))).resolves.toMatchObject({
        SignatureValid: true,
      });
      const damaged = Buffer.from(Signature);
      damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
      await expect(client.send(new VerifyCommand({ ...command, Signature: damaged }))).rejects.toThrow(
        expect.objectContaining({ name: 'KMSInvalidSignatureException' }) as Error,
      );
    }
  });

  it('makes MACs, and refuses a wrong one', async () => {
    const command = { KeyId: 'alias/HMAC_384', Message: message, MacAlgorithm: 'HMAC_SHA_384' as const };
    const { Mac = new Uint8Array() } = await client.send(new GenerateMacCommand(command));
    expect(Mac.length).toBe(48);
    await expect(client.send(new VerifyMacCommand({ ...command, Mac }))).resolves.toMatchObject({
      MacValid: true,
    });
    await expect(
      client.send(new VerifyMacCommand({ ...command, Mac: Mac.toReversed() })),
    ).rejects.toMatchObject({ name: 'KMSInvalidMacException' });
  });

  it.each([
    ['alias/SYMMETRIC_DEFAULT', undefined],
    ['alias/rsa-encrypt', 'RSAES_OAEP_SHA_1'],
    ['alias/rsa-encrypt', 'RSAES_OAEP_SHA_256'],
  ] as const)('encrypts and decrypts with %s %s', async (KeyId, EncryptionAlgorithm) => {
    const common = { KeyId, ...(EncryptionAlgorithm === undefined ? {} : { EncryptionAlgorithm }) };
    const bound = EncryptionAlgorithm === undefined ? { EncryptionContext: { a: 'b', c: 'd' } } : {};
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ ...common, ...bound, Plaintext: message }),
    );
    const { Plaintext } = await client.send(new DecryptCommand({ ...common, ...bound, CiphertextBlob }));
    expect(Buffer.from(Plaintext ?? []).equals(message)).toBe(true);
    const other = EncryptionAlgorithm === undefined ? { EncryptionContext: { a: 'other' } } : {};
    const damaged = EncryptionAlgorithm === undefined ? CiphertextBlob : CiphertextBlob?.toReversed();
    await expect(
      client.send(new DecryptCommand({ ...common, ...other, CiphertextBlob: damaged })),
    ).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('answers the same request alike, and counts it', async () => {
    const before = server.requests['Sign'] ?? 0;
    const command = {
      KeyId: 'alias/ECC_NIST_P256',
      Message: message,
      SigningAlgorithm: 'ECDSA_SHA_256' as const,
    };
    const [one, other] = [
      await client.send(new SignCommand(command)),
      await client.send(new SignCommand(command)),
    ];
    expect(one.Signature).toEqual(other.Signature);
    expect(server.requests['Sign']).toBe(before + 2);
    const random = new GenerateRandomCommand({ NumberOfBytes: 32 });
    const [first, second] = [await client.send(random), await client.send(random)];
    expect(first.Plaintext).not.toEqual(second.Plaintext);
  });

  it('lists aliases in pages', async () => {
    const first = await client.send(new ListAliasesCommand({ Limit: 100 }));
    expect(first.Aliases?.length).toBe(100);
    const second = await client.send(new ListAliasesCommand({ Limit: 100, Marker: first.NextMarker }));
    const third = await client.send(new ListAliasesCommand({ Limit: 100, Marker: second.NextMarker }));
    expect(third.Truncated).toBe(false);
    const all = [first, second, third].flatMap(({ Aliases }) => Aliases ?? []);
    expect(new Set(all.map(({ AliasName }) => AliasName)).size).toBe(server.keys.length + 230);
  });

  it.each([
    ['NotFoundException', new DescribeKeyCommand({ KeyId: 'alias/nothing' })],
    ['DisabledException', new GetPublicKeyCommand({ KeyId: 'alias/disabled' })],
    [
      'InvalidKeyUsageException',
      new GenerateMacCommand({ KeyId: 'alias/RSA_2048', Message: message, MacAlgorithm: 'HMAC_SHA_256' }),
    ],
    [
      'ValidationException',
      new SignCommand({
        KeyId: 'alias/RSA_2048',
        Message: message,
        MessageType: 'DIGEST',
        SigningAlgorithm: 'RSASSA_PSS_SHA_256',
      }),
    ],
  ] as const)('refuses as KMS does: %s', async (name, command) => {
    await expect(client.send(command as DescribeKeyCommand)).rejects.toMatchObject({ name });
  });

  it('runs in a process of its own too, which ends with it', async () => {
    const spawned = await spawnCannedServer({ keys: [{ spec: 'ECC_NIST_P256', aliases: ['alias/a'] }] });
    const other = bareClient(spawned.endpoint);
    const { KeyMetadata } = await other.send(new DescribeKeyCommand({ KeyId: 'alias/a' }));
    expect(KeyMetadata?.Arn).toBe(spawned.keys[0]?.arn);
    await spawned.close();
    await expect(other.send(new DescribeKeyCommand({ KeyId: 'alias/a' }))).rejects.toThrow(/ECONNREFUSED/);
    other.destroy();
  });
});
