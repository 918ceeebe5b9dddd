import { openAwsKms } from '@keyway/aws-kms';
import type { AwsKmsVault } from '@keyway/aws-kms';
import { expect, onTestFinished, test } from 'vitest';
import { diagnose } from '../../src/doctor.ts';
import type { MaterialServer } from '../../proof/canned-material-server.ts';
import {
  actsOf,
  bareClient,
  callOf,
  materialDriver,
  materialVault,
  mortalDriver,
  serverFor,
} from './material-vault.ts';

async function open(server: MaterialServer): Promise<AwsKmsVault> {
  const uri = 'awskms://eu-central-1?prefix=test&account=111122223333&versions=materials';
  const vault = await openAwsKms(uri, { client: bareClient(server), stateTtl: 0 });
  onTestFinished(() => vault.close());
  return vault;
}

const jwk = (fill: number) => ({ kty: 'oct', k: Buffer.alloc(32, fill).toString('base64url') }) as const;

test('a vault of key materials is opened by its URI, and its keys work as any', async () => {
  const server = await serverFor();
  const vault = await open(server);
  const first = await vault.createOctKey('k');
  const client = await vault.getCryptographyClient('k');
  const { encryptedKey, id } = await client.wrapKey('provider', new Uint8Array(32));
  const second = await vault.rotateKey('k');
  const newest = await vault.getCryptographyClient('k');
  const opened = await newest.unwrapKey('provider', encryptedKey);
  expect([id, opened.id, newest.keyId]).toEqual([first.id, first.id, second.id]);
  await expect(client.wrapKey('provider', new Uint8Array(32))).rejects.toMatchObject({
    code: 'ERR_OPERATION_NOT_PERMITTED',
    keyId: first.id,
  });
});

test('the material of one imported version is deleted by its id, never the current one instead', async () => {
  const server = await serverFor();
  const vault = await open(server);
  const first = await vault.importKey('k', jwk(1));
  await vault.importKey('k', jwk(2));
  await vault.aws.deleteImportedKeyMaterial('k', first.properties.version ?? '');
  const octets = server.key('alias/test/k').materials.map((material) => material.octets?.[0]);
  expect(octets).toEqual([undefined, 2]);
  // KMS has all materials of a key, or lets none be used.
  await expect(
    (await vault.getCryptographyClient('k')).encrypt('provider', new Uint8Array(1)),
  ).rejects.toMatchObject({ code: 'ERR_KEY_NOT_READY' });
});

test('the doctor finds a rotation that was begun and not ended, and nothing in a vault that is in order', async () => {
  const server = await serverFor({ pollsPerRotation: 50 });
  const { create, rotate } = actsOf(materialDriver(server));
  await create();
  const whats = async (): Promise<readonly string[]> => {
    const before = server.dump();
    const findings = await diagnose(materialVault(server), callOf());
    expect(server.dump()).toEqual(before);
    return findings.map(({ what }) => what).filter((what) => !/^policy|not-tried$/.test(what));
  };
  expect(await whats()).toEqual([]);
  await actsOf(mortalDriver(server, 8).driver)
    .rotate()
    .catch(() => undefined);
  expect(await whats()).toEqual(['rotation-unfinished']);
  await rotate({ deadline: Date.now() + 3_600_000 });
  expect(await whats()).toEqual([]);
});

test('changes of one key by one process run one after the other, and none is lost', async () => {
  const server = await serverFor();
  const vault = await open(server);
  await vault.createOctKey('k');
  await Promise.all([
    vault.rotateKey('k'),
    vault.updateKeyProperties('k', { tags: { a: '1' } }),
    vault.updateKeyRotationPolicy('k', { expiresIn: 'P1Y' }),
    vault.rotateKey('k'),
  ]);
  const { properties } = await vault.getKey('k');
  expect(properties.tags).toEqual({ a: '1' });
  expect((await vault.getKeyRotationPolicy('k')).expiresIn).toBe('P1Y');
  expect(server.key('alias/test/k').materials).toHaveLength(3);
});
