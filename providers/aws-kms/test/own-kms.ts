import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  cannedDecrypt,
  cannedEncrypt,
  cannedMac,
  cannedSign,
  cannedVerify,
  digestLength,
} from '../proof/canned-cryptography.ts';
import { signingAlgorithms } from '../proof/signing-algorithms.ts';
import type { KmsCallOptions, KmsClient } from '../src/client.ts';
import { kmsError } from './fake-kms.ts';
import type { FakeKms } from './fake-kms.ts';

type Input = Readonly<Record<string, unknown>>;
type FakeKey = ReturnType<FakeKms['make']>;
type Secret = KeyObject | Buffer;
type Operation = (input: Input, options?: KmsCallOptions) => Promise<object>;

/** RSA keys are slow to make: so many of each size serve all, one after the other. */
const rsaKeys: Readonly<Record<number, number>> = { 2048: 4, 3072: 1, 4096: 1 };
const rsaPools = new Map<number, KeyObject[]>();
let taken = 0;

function rsaKey(size: number): KeyObject {
  const pool = rsaPools.get(size) ?? [];
  rsaPools.set(size, pool);
  const at = taken++ % (rsaKeys[size] ?? 1);
  const key = pool[at] ?? generateKeyPairSync('rsa', { modulusLength: size }).privateKey;
  pool[at] = key;
  return key;
}

const curves: Readonly<Record<string, string>> = {
  ECC_NIST_P256: 'P-256',
  ECC_NIST_P384: 'P-384',
  ECC_NIST_P521: 'P-521',
  ECC_SECG_P256K1: 'secp256k1',
};

function freshSecret(spec: string): Secret {
  const namedCurve = curves[spec];
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve }).privateKey;
  if (spec.startsWith('RSA_')) return rsaKey(Number(spec.slice(4)));
  if (spec === 'ECC_NIST_EDWARDS25519') return generateKeyPairSync('ed25519').privateKey;
  if (spec === 'ML_DSA_44') return generateKeyPairSync('ml-dsa-44').privateKey;
  if (spec === 'ML_DSA_65') return generateKeyPairSync('ml-dsa-65').privateKey;
  if (spec === 'ML_DSA_87') return generateKeyPairSync('ml-dsa-87').privateKey;
  return randomBytes(spec.startsWith('HMAC_') ? Number(spec.slice(5)) / 8 : 32);
}

function importedSecret({ material, publicKey }: FakeKey): Secret | undefined {
  if (material === undefined) return undefined;
  if (publicKey === undefined) return Buffer.from(material);
  return createPrivateKey({ key: Buffer.from(material), format: 'der', type: 'pkcs8' });
}

const signingFamilies: Readonly<Record<string, RegExp>> = {
  ECC_NIST_P256: /^ECDSA_SHA_256$/,
  ECC_NIST_P384: /^ECDSA_SHA_384$/,
  ECC_NIST_P521: /^ECDSA_SHA_512$/,
  ECC_SECG_P256K1: /^ECDSA_SHA_256$/,
  ECC_NIST_EDWARDS25519: /^ED25519_SHA_512$/,
};

/** Whether KMS lists an algorithm for a key spec. */
function lists(spec: string, usage: string, algorithm: string): boolean {
  if (usage === 'GENERATE_VERIFY_MAC') return algorithm === `HMAC_SHA_${spec.slice(5)}`;
  if (usage === 'ENCRYPT_DECRYPT')
    return spec === 'SYMMETRIC_DEFAULT' ? algorithm === spec : /^RSAES_OAEP_SHA_(?:1|256)$/.test(algorithm);
  if (!signingAlgorithms.some(({ name }) => name === algorithm)) return false;
  if (spec.startsWith('RSA_')) return algorithm.startsWith('RSASSA_');
  return (signingFamilies[spec] ?? /^ML_DSA_SHAKE_256$/).test(algorithm);
}

const octetsOf = (input: Input, member: string): Buffer => Buffer.from(input[member] as Uint8Array);
const contextOf = (input: Input): Readonly<Record<string, string>> =>
  (input['EncryptionContext'] ?? {}) as Readonly<Record<string, string>>;
const blobOf = (sealed: Buffer): Uint8Array => new Uint8Array(sealed);

/** Most octets that KMS signs or encrypts at once. */
const maxOctets = 4096;

function messageOf(input: Input, algorithm: string): { readonly octets: Buffer; readonly isDigest: boolean } {
  const octets = octetsOf(input, 'Message');
  const isDigest = input['MessageType'] === 'DIGEST';
  if (octets.length > maxOctets || (isDigest && octets.length !== digestLength(algorithm)))
    throw kmsError('ValidationException', 'The message has a wrong length');
  return { octets, isDigest };
}

/**
 * Our own: a client of the in-memory KMS that also signs, encrypts and makes MACs, with node:crypto, as the canned server
 * does. A dry run goes to the fake, which judges it.
 */
export function createOwnKms(fake: FakeKms): KmsClient {
  const secrets = new Map<string, Secret>();
  const honest = fake.client as unknown as Readonly<Record<string, Operation>>;

  function secretOf(key: FakeKey): Secret {
    const secret = secrets.get(key.id) ?? importedSecret(key) ?? freshSecret(key.spec);
    secrets.set(key.id, secret);
    if (!Buffer.isBuffer(secret))
      key.publicKey = new Uint8Array(createPublicKey(secret).export({ format: 'der', type: 'spki' }));
    return secret;
  }

  /** The key of an input, fit for a use. */
  function usable(input: Input, usage: string, algorithm: string): { key: FakeKey; secret: Secret } {
    const given = typeof input['KeyId'] === 'string' ? input['KeyId'] : '';
    const key = fake.keys.get(fake.aliases.get(given) ?? given.split(':key/').at(-1) ?? '');
    if (key === undefined) throw kmsError('NotFoundException', 'There is no such key');
    if (key.state === 'Disabled') throw kmsError('DisabledException', `${key.arn} is disabled.`);
    if (key.state !== 'Enabled') throw kmsError('KMSInvalidStateException', `${key.arn} is ${key.state}.`);
    if (key.usage !== usage || !lists(key.spec, usage, algorithm))
      throw kmsError('InvalidKeyUsageException', `${key.arn} does not list ${algorithm}.`);
    return { key, secret: secretOf(key) };
  }
  const idOctets = ({ id }: FakeKey): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');
  const text = (input: Input, member: string): string => {
    const value = input[member];
    return typeof value === 'string' ? value : 'SYMMETRIC_DEFAULT';
  };

  const uses: Readonly<Record<string, (input: Input) => object>> = {
    sign(input) {
      const algorithm = text(input, 'SigningAlgorithm');
      const { key, secret } = usable(input, 'SIGN_VERIFY', algorithm);
      const Signature = blobOf(cannedSign(secret as KeyObject, algorithm, messageOf(input, algorithm)));
      return { KeyId: key.arn, Signature };
    },
    verify(input) {
      const algorithm = text(input, 'SigningAlgorithm');
      const { key, secret } = usable(input, 'SIGN_VERIFY', algorithm);
      const message = messageOf(input, algorithm);
      if (!cannedVerify(secret as KeyObject, algorithm, message, octetsOf(input, 'Signature')))
        throw kmsError('KMSInvalidSignatureException');
      return { KeyId: key.arn, SignatureValid: true };
    },
    generateMac(input) {
      const algorithm = text(input, 'MacAlgorithm');
      const { key, secret } = usable(input, 'GENERATE_VERIFY_MAC', algorithm);
      const { octets } = messageOf(input, algorithm);
      return { KeyId: key.arn, Mac: blobOf(cannedMac(secret as Buffer, algorithm, octets)) };
    },
    verifyMac(input) {
      const algorithm = text(input, 'MacAlgorithm');
      const { key, secret } = usable(input, 'GENERATE_VERIFY_MAC', algorithm);
      const { octets } = messageOf(input, algorithm);
      if (!cannedMac(secret as Buffer, algorithm, octets).equals(octetsOf(input, 'Mac')))
        throw kmsError('KMSInvalidMacException');
      return { KeyId: key.arn, MacValid: true };
    },
    encrypt(input) {
      const algorithm = text(input, 'EncryptionAlgorithm');
      const { key, secret } = usable(input, 'ENCRYPT_DECRYPT', algorithm);
      const plaintext = octetsOf(input, 'Plaintext');
      if (plaintext.length > maxOctets || plaintext.length === 0) throw kmsError('ValidationException');
      const sealed = sealedBy(secret, algorithm, plaintext, contextOf(input));
      const blob = Buffer.isBuffer(secret) ? Buffer.concat([idOctets(key), sealed]) : sealed;
      return { KeyId: key.arn, CiphertextBlob: blobOf(blob) };
    },
    decrypt(input) {
      const algorithm = text(input, 'EncryptionAlgorithm');
      const { key, secret } = usable(input, 'ENCRYPT_DECRYPT', algorithm);
      const blob = octetsOf(input, 'CiphertextBlob');
      const symmetric = Buffer.isBuffer(secret);
      if (symmetric && !blob.subarray(0, 16).equals(idOctets(key))) throw kmsError('IncorrectKeyException');
      const sealed = symmetric ? blob.subarray(16) : blob;
      return { KeyId: key.arn, Plaintext: openedBy(secret, algorithm, sealed, contextOf(input)) };
    },
  };

  const cryptography = Object.entries(uses).map(([name, run]): readonly [string, Operation] => [
    name,
    async (input, options) => {
      if (input['DryRun'] === true) return honest[name]?.(input, options) ?? {};
      if (options?.abortSignal?.aborted === true) throw options.abortSignal.reason;
      fake.requests.push(name);
      await fake.before(name, input);
      const answer = run(input);
      await fake.after(name, input);
      return answer;
    },
  ]);
  const getPublicKey: Operation = async (input, options) => {
    const key = fake.keys.get(typeof input['KeyId'] === 'string' ? input['KeyId'] : '');
    if (key?.state === 'Enabled') secretOf(key);
    return honest['getPublicKey']?.(input, options) ?? {};
  };
  return { ...fake.client, ...Object.fromEntries(cryptography), getPublicKey } as object as KmsClient;
}

function sealedBy(
  secret: Secret,
  algorithm: string,
  plaintext: Buffer,
  context: Readonly<Record<string, string>>,
): Buffer {
  try {
    return cannedEncrypt(secret, algorithm, plaintext, context);
  } catch {
    throw kmsError('ValidationException', 'The plaintext is too long');
  }
}

function openedBy(
  secret: Secret,
  algorithm: string,
  sealed: Buffer,
  context: Readonly<Record<string, string>>,
): Uint8Array {
  try {
    return new Uint8Array(cannedDecrypt(secret, algorithm, sealed, context));
  } catch {
    throw kmsError('InvalidCiphertextException');
  }
}
