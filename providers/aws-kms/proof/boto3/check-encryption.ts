import { deepEqual, rejects } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { EncryptionAlgorithm, KeyWrapAlgorithm } from '@keyway/core';
import type { CrossUse } from './check-signature.ts';

type Context = Readonly<Record<string, string>> | undefined;

/** One encrypts, the other decrypts; with a context, another one is refused, and so is a changed ciphertext. */
export async function checkEncryption(use: CrossUse): Promise<void> {
  const plaintext = randomBytes(32);
  const withContext = use.pair.form.endsWith('with context');
  const context: Context = withContext ? { purpose: 'cross check', number: '17' } : undefined;
  const keywayMakes = use.pair.direction === 'Keyway makes';
  const ciphertext = keywayMakes
    ? await encryptByKeyway(use, plaintext, context)
    : await encryptByBoto3(use, plaintext, context);
  const open = keywayMakes ? decryptByBoto3 : decryptByKeyway;
  deepEqual(await open(use, ciphertext, context), plaintext, 'the other side gets the plaintext');
  const damaged = Buffer.from(ciphertext);
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  await rejects(open(use, damaged, context), 'a changed ciphertext is refused');
  if (!withContext) return;
  await rejects(open(use, ciphertext, { purpose: 'another' }), 'another context is refused');
  await rejects(open(use, ciphertext, undefined), 'no context is refused');
}

async function encryptByKeyway(
  { pair, client }: CrossUse,
  plaintext: Buffer,
  context: Context,
): Promise<Buffer> {
  const options = context === undefined ? {} : { context };
  if (pair.form.startsWith('wrap')) {
    const { encryptedKey } = await client.wrapKey(pair.algorithm as KeyWrapAlgorithm, plaintext, options);
    return Buffer.from(encryptedKey);
  }
  const { ciphertext } = await client.encrypt(pair.algorithm as EncryptionAlgorithm, plaintext, options);
  return Buffer.from(ciphertext);
}

async function decryptByKeyway(
  { pair, client }: CrossUse,
  ciphertext: Buffer,
  context: Context,
): Promise<Buffer> {
  const options = context === undefined ? {} : { context };
  if (pair.form.startsWith('wrap')) {
    const { key } = await client.unwrapKey(pair.algorithm as KeyWrapAlgorithm, ciphertext, options);
    return Buffer.from(key);
  }
  const { plaintext } = await client.decrypt(pair.algorithm as EncryptionAlgorithm, ciphertext, options);
  return Buffer.from(plaintext);
}

async function encryptByBoto3(use: CrossUse, plaintext: Buffer, context: Context): Promise<Buffer> {
  const { CiphertextBlob } = await use.boto3.call('encrypt', {
    ...parameters(use, context),
    Plaintext: plaintext,
  });
  return CiphertextBlob as Buffer;
}

async function decryptByBoto3(use: CrossUse, ciphertext: Buffer, context: Context): Promise<Buffer> {
  const { Plaintext } = await use.boto3.call('decrypt', {
    ...parameters(use, context),
    CiphertextBlob: ciphertext,
  });
  return Plaintext as Buffer;
}

function parameters({ pair, key }: CrossUse, context: Context): Readonly<Record<string, unknown>> {
  const common = { KeyId: key.sourceId, EncryptionAlgorithm: pair.kmsAlgorithm };
  return context === undefined ? common : { ...common, EncryptionContext: context };
}
