import { equal } from 'node:assert/strict';
import { createHash, randomBytes, verify } from 'node:crypto';
import type {
  CryptographyClient,
  DataSignatureAlgorithm,
  DigestSignatureAlgorithm,
  SignatureAlgorithm,
} from '@keyway/core';
import { derOfP1363, p1363OfDer } from '../ecdsa-forms.ts';
import { nodeParameters, signingAlgorithm } from '../signing-algorithms.ts';
import { Boto3Error } from './boto3.ts';
import type { Boto3, Boto3Values } from './boto3.ts';
import { crossKeyKind } from './cross-key-kinds.ts';
import type { CrossKey } from './cross-keys.ts';
import type { CrossPair } from './cross-pairs.ts';

/** A pair at work. */
export interface CrossUse {
  readonly pair: CrossPair;
  readonly key: CrossKey;
  readonly client: CryptographyClient;
  readonly boto3: Boto3;
}

/** One signs, the other verifies, and so does node:crypto; the signature of other data is refused. */
export async function checkSignature(use: CrossUse): Promise<void> {
  const data = randomBytes(100);
  // DER, as KMS and node:crypto have it.
  const made =
    use.pair.direction === 'Keyway makes'
      ? toKms(use.pair, await signByKeyway(use, data))
      : await signByBoto3(use, data);
  equal(verifyOutside(use, data, made), true, 'node:crypto verifies the signature');
  const check = use.pair.direction === 'Keyway makes' ? verifyByBoto3 : verifyByKeyway;
  equal(await check(use, data, made), true, 'the other side verifies the signature');
  equal(await check(use, randomBytes(100), made), false, 'and refuses it for other data');
}

/** One makes a MAC, the other verifies it, and refuses it for other data. */
export async function checkMac({ pair, key, client, boto3 }: CrossUse): Promise<void> {
  const data = randomBytes(100);
  const algorithm = pair.algorithm as DataSignatureAlgorithm;
  const common = { KeyId: key.sourceId, MacAlgorithm: pair.kmsAlgorithm };
  if (pair.direction === 'Keyway makes') {
    const { signature } = await client.signData(algorithm, data);
    const check = (message: Buffer): Promise<boolean> =>
      holds(boto3.call('verify_mac', { ...common, Message: message, Mac: signature }), 'MacValid');
    equal(await check(data), true, 'boto3 verifies the MAC');
    equal(await check(randomBytes(100)), false, 'and refuses it for other data');
    return;
  }
  const { Mac } = await boto3.call('generate_mac', { ...common, Message: data });
  const check = async (message: Buffer): Promise<boolean> =>
    (await client.verifyData(algorithm, message, Mac as Buffer)).result;
  equal(await check(data), true, 'Keyway verifies the MAC');
  equal(await check(randomBytes(100)), false, 'and refuses it for other data');
}

async function signByKeyway({ pair, client }: CrossUse, data: Buffer): Promise<Uint8Array> {
  const { signature } =
    pair.form === 'digest'
      ? await client.sign(pair.algorithm as DigestSignatureAlgorithm, digestOf(pair, data))
      : await client.signData(pair.algorithm as SignatureAlgorithm, data);
  return signature;
}

async function verifyByKeyway({ pair, client }: CrossUse, data: Buffer, made: Buffer): Promise<boolean> {
  const { half } = crossKeyKind(pair.key);
  const signature = half === undefined ? made : p1363OfDer(made, half);
  const { result } =
    pair.form === 'digest'
      ? await client.verify(pair.algorithm as DigestSignatureAlgorithm, digestOf(pair, data), signature)
      : await client.verifyData(pair.algorithm as SignatureAlgorithm, data, signature);
  return result;
}

async function signByBoto3(use: CrossUse, data: Buffer): Promise<Buffer> {
  const { Signature } = await use.boto3.call('sign', parameters(use, data));
  return Signature as Buffer;
}

function verifyByBoto3(use: CrossUse, data: Buffer, made: Buffer): Promise<boolean> {
  const asked = { ...parameters(use, data), Signature: made };
  return holds(use.boto3.call('verify', asked), 'SignatureValid');
}

function verifyOutside({ pair, key }: CrossUse, data: Buffer, made: Buffer): boolean {
  if (key.publicKey === undefined) throw new Error('The key has no public half');
  const row = signingAlgorithm(pair.kmsAlgorithm);
  return verify(row.hash ?? null, data, { key: key.publicKey, ...nodeParameters(row) }, made);
}

function parameters({ pair, key }: CrossUse, data: Buffer): Boto3Values {
  const isDigest = pair.form === 'digest';
  return {
    KeyId: key.sourceId,
    Message: isDigest ? digestOf(pair, data) : data,
    MessageType: isDigest ? 'DIGEST' : 'RAW',
    SigningAlgorithm: pair.kmsAlgorithm,
  };
}

const toKms = (pair: CrossPair, signature: Uint8Array): Buffer =>
  crossKeyKind(pair.key).half === undefined ? Buffer.from(signature) : derOfP1363(signature);

const digestOf = (pair: CrossPair, data: Buffer): Buffer =>
  createHash(signingAlgorithm(pair.kmsAlgorithm).hash ?? '')
    .update(data)
    .digest();

/** KMS answers a signature that does not verify with an error. */
async function holds(answer: Promise<Boto3Values>, member: string): Promise<boolean> {
  try {
    return (await answer)[member] === true;
  } catch (error) {
    const refused = ['KMSInvalidSignatureException', 'KMSInvalidMacException'];
    if (error instanceof Boto3Error && refused.includes(error.code)) return false;
    throw error;
  }
}
