import { createHash, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  cannedDecrypt,
  cannedEncrypt,
  cannedMac,
  cannedSign,
  cannedVerify,
  digestLength,
} from './canned-cryptography.ts';
import type { CannedMessage } from './canned-cryptography.ts';
import { CannedError } from './canned-error.ts';
import type { CannedKey } from './canned-key.ts';
import type { CannedStore } from './canned-store.ts';
import type { KmsBody } from './kms-protocol.ts';

/** Answers an operation. */
export type CannedOperation = (body: KmsBody, store: CannedStore) => KmsBody;

/** The operations of the canned server. */
export const cannedOperations: Readonly<Record<string, CannedOperation>> = {
  DescribeKey: (body, store) => ({ KeyMetadata: store.find(text(body, 'KeyId')).metadata }),
  GetPublicKey(body, store) {
    const key = usable(store, body);
    if (key.publicKey === undefined) throw new CannedError('UnsupportedOperationException', 'No public key');
    const { KeySpec, KeyUsage, SigningAlgorithms, EncryptionAlgorithms } = key.metadata;
    const algorithms = {
      KeySpec,
      CustomerMasterKeySpec: KeySpec,
      KeyUsage,
      SigningAlgorithms,
      EncryptionAlgorithms,
    };
    return { KeyId: key.arn, PublicKey: base64(key.publicKey), ...algorithms };
  },
  Sign(body, store) {
    const { key, algorithm } = forUse(store, body, 'SigningAlgorithm', 'SigningAlgorithms');
    const signature = cannedSign(key.secret as KeyObject, algorithm, messageOf(body, algorithm));
    return { KeyId: key.arn, Signature: base64(signature), SigningAlgorithm: algorithm };
  },
  Verify(body, store) {
    const { key, algorithm } = forUse(store, body, 'SigningAlgorithm', 'SigningAlgorithms');
    const message = messageOf(body, algorithm);
    if (!cannedVerify(key.secret as KeyObject, algorithm, message, octets(body, 'Signature'))) {
      throw new CannedError('KMSInvalidSignatureException', '');
    }
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: algorithm };
  },
  GenerateMac(body, store) {
    const { key, algorithm } = forUse(store, body, 'MacAlgorithm', 'MacAlgorithms');
    const mac = cannedMac(key.secret as Buffer, algorithm, octets(body, 'Message'));
    return { KeyId: key.arn, Mac: base64(mac), MacAlgorithm: algorithm };
  },
  VerifyMac(body, store) {
    const { key, algorithm } = forUse(store, body, 'MacAlgorithm', 'MacAlgorithms');
    const mac = cannedMac(key.secret as Buffer, algorithm, octets(body, 'Message'));
    if (!mac.equals(octets(body, 'Mac'))) throw new CannedError('KMSInvalidMacException', '');
    return { KeyId: key.arn, MacValid: true, MacAlgorithm: algorithm };
  },
  Encrypt(body, store) {
    const { key, algorithm } = forUse(store, body, 'EncryptionAlgorithm', 'EncryptionAlgorithms');
    const sealed = cannedEncrypt(key.secret, algorithm, octets(body, 'Plaintext'), contextOf(body));
    const blob = Buffer.isBuffer(key.secret) ? Buffer.concat([idOctets(key), sealed]) : sealed;
    return { KeyId: key.arn, CiphertextBlob: base64(blob), EncryptionAlgorithm: algorithm };
  },
  Decrypt(body, store) {
    const { key, algorithm } = forUse(store, body, 'EncryptionAlgorithm', 'EncryptionAlgorithms');
    const plaintext = opened(key, algorithm, octets(body, 'CiphertextBlob'), contextOf(body));
    return { KeyId: key.arn, Plaintext: base64(plaintext), EncryptionAlgorithm: algorithm };
  },
  GenerateRandom: (body) => ({ Plaintext: base64(randomBytes(Number(body['NumberOfBytes'] ?? 0))) }),
  ListKeys(body, store) {
    const { items, ...more } = store.page(store.keys, body, 100, 1000);
    return { Keys: items.map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), ...more };
  },
  ListAliases(body, store) {
    const { items, ...more } = store.page(store.aliasesOf(body['KeyId']), body, 50, 100);
    return { Aliases: items, ...more };
  },
  ListResourceTags(body, store) {
    const tags = Object.entries(store.find(text(body, 'KeyId')).options.tags ?? {});
    const { items, ...more } = store.page(tags, body, 50, 50);
    return { Tags: items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...more };
  },
};

/** Operations whose answer is the same for the same request: they are answered from memory the second time. */
export const repeatable: ReadonlySet<string> = new Set(
  Object.keys(cannedOperations).filter((operation) => operation !== 'GenerateRandom'),
);

function usable(store: CannedStore, body: KmsBody): CannedKey {
  const key = store.find(text(body, 'KeyId'));
  const { state = 'Enabled' } = key.options;
  if (state === 'Disabled') throw new CannedError('DisabledException', `${key.arn} is disabled.`);
  if (state !== 'Enabled') throw new CannedError('KMSInvalidStateException', `${key.arn} is ${state}.`);
  return key;
}

/** The key, and the algorithm that it must list. */
function forUse(
  store: CannedStore,
  body: KmsBody,
  member: string,
  list: string,
): { readonly key: CannedKey; readonly algorithm: string } {
  const key = usable(store, body);
  const algorithm = typeof body[member] === 'string' ? body[member] : 'SYMMETRIC_DEFAULT';
  const listed = key.metadata[list];
  if (!Array.isArray(listed) || !listed.includes(algorithm)) {
    throw new CannedError('InvalidKeyUsageException', `${key.arn} does not list ${algorithm}.`);
  }
  return { key, algorithm };
}

function messageOf(body: KmsBody, algorithm: string): CannedMessage {
  const message = octets(body, 'Message');
  if (body['MessageType'] !== 'DIGEST') return { octets: message, isDigest: false };
  if (message.length !== digestLength(algorithm)) {
    throw new CannedError('ValidationException', `Digest is invalid length for algorithm ${algorithm}.`);
  }
  return { octets: message, isDigest: true };
}

function opened(
  key: CannedKey,
  algorithm: string,
  blob: Buffer,
  context: Readonly<Record<string, string>>,
): Buffer {
  const own = !Buffer.isBuffer(key.secret) || blob.subarray(0, 16).equals(idOctets(key));
  if (!own) throw new CannedError('IncorrectKeyException', '');
  try {
    return cannedDecrypt(
      key.secret,
      algorithm,
      Buffer.isBuffer(key.secret) ? blob.subarray(16) : blob,
      context,
    );
  } catch {
    throw new CannedError('InvalidCiphertextException', '');
  }
}

const base64 = (value: Buffer): string => value.toString('base64');
const text = (body: KmsBody, member: string): string => {
  const value = body[member];
  return typeof value === 'string' ? value : '';
};
const octets = (body: KmsBody, member: string): Buffer => Buffer.from(text(body, member), 'base64');
const contextOf = (body: KmsBody): Readonly<Record<string, string>> =>
  (body['EncryptionContext'] ?? {}) as Readonly<Record<string, string>>;
/** What stands before a symmetric ciphertext and says whose it is. */
const idOctets = (key: CannedKey): Buffer => createHash('sha256').update(key.id).digest().subarray(0, 16);
