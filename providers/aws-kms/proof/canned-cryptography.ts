import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  createPublicKey,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { signDigest, verifyDigest } from './ecdsa-over-digest.ts';
import { signRsaDigest, verifyRsaDigest } from './rsa-over-digest.ts';
import { nodeParameters, signingAlgorithm } from './signing-algorithms.ts';
import type { SigningAlgorithm } from './signing-algorithms.ts';

/** What is signed: a digest as it is, or data that is hashed here. */
export interface CannedMessage {
  readonly octets: Buffer;
  readonly isDigest: boolean;
}

/** Signs by the KMS name of an algorithm. */
export function cannedSign(key: KeyObject, algorithm: string, message: CannedMessage): Buffer {
  const row = signingAlgorithm(algorithm);
  if (!message.isDigest) return sign(hashOf(row), message.octets, { key, ...nodeParameters(row) });
  return row.family === 'ec' ? signDigest(key, message.octets) : signRsaDigest(key, row, message.octets);
}

/** Verifies what {@link cannedSign} makes. */
export function cannedVerify(
  key: KeyObject,
  algorithm: string,
  message: CannedMessage,
  signature: Buffer,
): boolean {
  const row = signingAlgorithm(algorithm);
  if (!message.isDigest) {
    return verify(
      hashOf(row),
      message.octets,
      { key: createPublicKey(key), ...nodeParameters(row) },
      signature,
    );
  }
  try {
    return row.family === 'ec'
      ? verifyDigest(key, message.octets, signature)
      : verifyRsaDigest(key, row, message.octets, signature);
  } catch {
    return false;
  }
}

/** Octets of the digest that an algorithm takes. */
export function digestLength(algorithm: string): number {
  const { hash } = signingAlgorithm(algorithm);
  return hash === undefined ? 0 : createHash(hash).digest().length;
}

const hashOf = ({ hash }: SigningAlgorithm): string | null => hash ?? null;

/** HMAC by the KMS name of an algorithm, `HMAC_SHA_256` for example. */
export function cannedMac(secret: Buffer, algorithm: string, message: Buffer): Buffer {
  return createHmac(`sha${algorithm.slice('HMAC_SHA_'.length)}`, secret)
    .update(message)
    .digest();
}

/** Encrypts for an RSA key, or with a symmetric one: `IV ‖ tag ‖ ciphertext`, the context authenticated with it. */
export function cannedEncrypt(
  secret: KeyObject | Buffer,
  algorithm: string,
  plaintext: Buffer,
  context: Readonly<Record<string, string>>,
): Buffer {
  if (!Buffer.isBuffer(secret))
    return publicEncrypt({ key: createPublicKey(secret), ...oaep(algorithm) }, plaintext);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(contextOctets(context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

/** Opens what {@link cannedEncrypt} makes. Throws for anything else. */
export function cannedDecrypt(
  secret: KeyObject | Buffer,
  algorithm: string,
  ciphertext: Buffer,
  context: Readonly<Record<string, string>>,
): Buffer {
  if (!Buffer.isBuffer(secret)) return privateDecrypt({ key: secret, ...oaep(algorithm) }, ciphertext);
  const decipher = createDecipheriv('aes-256-gcm', secret, ciphertext.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(contextOctets(context)).setAuthTag(ciphertext.subarray(12, 28));
  return Buffer.concat([decipher.update(ciphertext.subarray(28)), decipher.final()]);
}

function contextOctets(context: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(
    JSON.stringify(Object.entries(context).toSorted(([one], [other]) => (one < other ? -1 : 1))),
  );
}

function oaep(algorithm: string): { readonly padding: number; readonly oaepHash: string } {
  const oaepHash = algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256';
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash };
}
