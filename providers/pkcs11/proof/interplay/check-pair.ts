import { deepEqual, equal } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type {
  CryptographyClient,
  EncryptionAlgorithm,
  KeyWrapAlgorithm,
  SignatureAlgorithm,
} from '@keyway/core';
import type { InterplayPair } from './interplay-pairs.ts';
import type { Other, Use } from './other-side.ts';

/** A pair at work: Keyway's client of the key, and the program on the other side. */
export interface PairUse extends Use {
  readonly pair: InterplayPair;
  readonly client: CryptographyClient;
  readonly other: Other;
}

const octetsOf = (value: Uint8Array | undefined): Buffer | undefined =>
  value === undefined ? undefined : Buffer.from(value);

/** One signs, the other verifies, and refuses the signature for other data. */
async function checkSignature(use: PairUse): Promise<void> {
  const { client, other, pair } = use;
  const algorithm = pair.row.name as SignatureAlgorithm;
  const [data, otherData] = [randomBytes(100), randomBytes(100)];
  if (pair.direction === 'Keyway makes') {
    const signature = Buffer.from((await client.signData(algorithm, data)).signature);
    equal(await other.verify(use, data, signature), true, 'the other one verifies the signature');
    equal(await other.verify(use, otherData, signature), false, 'and refuses it for other data');
    return;
  }
  const signature = await other.sign(use, data);
  const check = async (over: Buffer): Promise<boolean> =>
    (await client.verifyData(algorithm, over, signature)).result;
  equal(await check(data), true, 'Keyway verifies the signature');
  equal(await check(otherData), false, 'and refuses it for other data');
}

/** One encrypts, the other gets the plaintext. */
async function checkEncryption(use: PairUse): Promise<void> {
  const { client, other, pair } = use;
  const algorithm = pair.row.name as EncryptionAlgorithm;
  const plaintext = randomBytes(32);
  if (pair.direction === 'Keyway makes') {
    const made = await client.encrypt(algorithm, plaintext);
    const { ciphertext, iv, authenticationTag } = made;
    const sealed = {
      ciphertext: Buffer.from(ciphertext),
      iv: octetsOf(iv),
      authenticationTag: octetsOf(authenticationTag),
    };
    deepEqual(await other.decrypt(use, sealed), plaintext, 'the other one gets the plaintext');
    return;
  }
  const { ciphertext, iv, authenticationTag } = await other.encrypt(use, plaintext);
  const opened = await client.decrypt(algorithm, ciphertext, { iv, authenticationTag });
  deepEqual(Buffer.from(opened.plaintext), plaintext, 'Keyway gets the plaintext');
}

/** One wraps a key, the other gets it. */
async function checkWrapping(use: PairUse): Promise<void> {
  const { client, other, pair } = use;
  const algorithm = pair.row.name as KeyWrapAlgorithm;
  const key = randomBytes(32);
  if (pair.direction === 'Keyway makes') {
    const { encryptedKey } = await client.wrapKey(algorithm, key);
    equal(await other.unwrapsTo(use, Buffer.from(encryptedKey), key), true, 'the other one gets the key');
    return;
  }
  const wrapped = await other.wrap(use, key);
  deepEqual(Buffer.from((await client.unwrapKey(algorithm, wrapped)).key), key, 'Keyway gets the key');
}

const checks = {
  sign: checkSignature,
  mac: checkSignature,
  encrypt: checkEncryption,
  wrap: checkWrapping,
} as const;

/** Lets both sides work on the same key. @throws what went wrong */
export function checkPair(use: PairUse): Promise<void> {
  return checks[use.pair.kind](use);
}
