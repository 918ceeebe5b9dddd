import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { isKeyManagerError } from '@keyway/core';
import type { CryptographyClient, KeyManager, SignatureAlgorithm } from '@keyway/core';

/** An operation that checks what comes of it, and how often it is run in a round. */
export interface MixedOperation {
  readonly name: string;
  readonly share: number;
  /** Whether it is one that must be refused. */
  readonly refused: boolean;
  /** Makes or removes objects that stay on the token. */
  readonly lasting?: true;
  run(): Promise<void>;
}

const damaged = (octets: Uint8Array): Uint8Array =>
  octets.map((octet, at) => (at === octets.length - 1 ? octet ^ 1 : octet));

/** What fails otherwise than as `code` is thrown on. */
async function refused(answer: Promise<unknown>, code: string): Promise<void> {
  await rejects(answer, (error: unknown) => {
    if (isKeyManagerError(error) && error.code !== code) throw error;
    return isKeyManagerError(error);
  });
}

async function clientOf(
  manager: KeyManager,
  ...[name, keyType, options]: Parameters<KeyManager['createKey']>
): Promise<CryptographyClient> {
  await manager.createKey(name, keyType, options);
  return manager.getCryptographyClient(name, { execution: 'remote' });
}

async function signatures(
  client: CryptographyClient,
  algorithm: SignatureAlgorithm,
): Promise<readonly MixedOperation[]> {
  const [data, other] = [randomBytes(64), randomBytes(64)];
  const { signature } = await client.signData(algorithm, data);
  const valid = async (over: Uint8Array): Promise<boolean> =>
    (await client.verifyData(algorithm, over, signature)).result;
  return [
    {
      name: `sign ${algorithm}`,
      share: 7,
      refused: false,
      run: async () => ok((await client.signData(algorithm, data)).signature.length > 31),
    },
    {
      name: `verify ${algorithm}`,
      share: 4,
      refused: false,
      run: async () => equal(await valid(data), true),
    },
    {
      name: `verify ${algorithm} of other data`,
      share: 4,
      refused: true,
      run: async () => equal(await valid(other), false),
    },
  ];
}

async function encryption(
  client: CryptographyClient,
  algorithm: 'A256GCM' | 'RSA-OAEP',
): Promise<readonly MixedOperation[]> {
  const plaintext = randomBytes(48);
  const { ciphertext, iv, authenticationTag } = await client.encrypt(algorithm, plaintext);
  const open = async (octets: Uint8Array): Promise<Buffer> =>
    Buffer.from((await client.decrypt(algorithm, octets, { iv, authenticationTag })).plaintext);
  return [
    {
      name: `encrypt ${algorithm}`,
      share: 5,
      refused: false,
      run: async () => ok((await client.encrypt(algorithm, plaintext)).ciphertext.length > 47),
    },
    {
      name: `decrypt ${algorithm}`,
      share: 5,
      refused: false,
      run: async () => deepEqual(await open(ciphertext), plaintext),
    },
    {
      name: `decrypt ${algorithm} of damaged octets`,
      share: 8,
      refused: true,
      run: () => refused(open(damaged(ciphertext)), 'ERR_INTEGRITY'),
    },
  ];
}

async function wrapping(client: CryptographyClient): Promise<readonly MixedOperation[]> {
  const key = randomBytes(32);
  const { encryptedKey } = await client.wrapKey('A256KW', key);
  const open = async (octets: Uint8Array): Promise<Buffer> =>
    Buffer.from((await client.unwrapKey('A256KW', octets)).key);
  return [
    {
      name: 'wrapKey',
      share: 5,
      refused: false,
      run: async () => equal((await client.wrapKey('A256KW', key)).encryptedKey.length, 40),
    },
    {
      name: 'unwrapKey',
      share: 5,
      refused: false,
      run: async () => deepEqual(await open(encryptedKey), key),
    },
    {
      name: 'unwrapKey of damaged octets',
      share: 8,
      refused: true,
      run: () => refused(open(damaged(encryptedKey)), 'ERR_INTEGRITY'),
    },
  ];
}

/** A key from its creation to its end. */
async function wholeLife(manager: KeyManager): Promise<void> {
  const name = `leaks-${randomUUID()}`;
  await manager.createKey(name, 'oct', { size: 256, keyOperations: ['sign', 'verify'] });
  await manager.rotateKey(name);
  await manager.updateKeyProperties(name, { tags: { used: 'up' } });
  await (await manager.beginDeleteKey(name)).pollUntilDone();
  await manager.purgeDeletedKey(name);
}

async function count(keys: AsyncIterable<unknown>): Promise<number> {
  let found = 0;
  for await (const _ of keys) found++;
  return found;
}

/** Makes keys and what their use needs. A third of the operations must be refused. */
export async function mixedOperations(manager: KeyManager): Promise<readonly MixedOperation[]> {
  const signing = ['sign', 'verify'] as const;
  const encrypting = ['encrypt', 'decrypt'] as const;
  const rsa = await clientOf(manager, 'leaks-rsa', 'RSA', { size: 2048, keyOperations: signing });
  const ec = await clientOf(manager, 'leaks-ec', 'EC', { curve: 'P-256', keyOperations: signing });
  const mac = await clientOf(manager, 'leaks-mac', 'oct', { size: 256, keyOperations: signing });
  const aes = await clientOf(manager, 'leaks-aes', 'oct', { size: 256, keyOperations: encrypting });
  const oaep = await clientOf(manager, 'leaks-oaep', 'RSA', { size: 2048, keyOperations: encrypting });
  const wrap = await clientOf(manager, 'leaks-wrap', 'oct', {
    size: 256,
    keyOperations: ['wrapKey', 'unwrapKey'],
  });
  return [
    ...(await signatures(rsa, 'RS256')),
    ...(await signatures(ec, 'ES256')),
    ...(await signatures(mac, 'HS256')),
    ...(await encryption(aes, 'A256GCM')),
    ...(await encryption(oaep, 'RSA-OAEP')),
    ...(await wrapping(wrap)),
    {
      name: 'random',
      share: 5,
      refused: false,
      run: async () => equal((await manager.getRandomBytes(32)).length, 32),
    },
    {
      name: 'read',
      share: 3,
      refused: false,
      run: async () => equal((await manager.getKey('leaks-ec')).properties.name, 'leaks-ec'),
    },
    {
      name: 'read of what is not there',
      share: 4,
      refused: true,
      run: () => refused(manager.getKey('leaks-nothing'), 'ERR_KEY_NOT_FOUND'),
    },
    {
      name: 'list',
      share: 1,
      refused: false,
      run: async () => ok((await count(manager.listPropertiesOfKeys())) >= 6),
    },
    { name: 'life of a key', share: 1, refused: false, lasting: true, run: () => wholeLife(manager) },
  ];
}
