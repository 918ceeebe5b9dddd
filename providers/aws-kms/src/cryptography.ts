import type { EncryptionAlgorithmSpec, MacAlgorithmSpec } from '@aws-sdk/client-kms';
import { KeyManagerError } from '@keyway/core/driver';
import type {
  AlgorithmName,
  BoundContext,
  Call,
  Cancellation,
  CryptographyMethods,
  KeyUse,
  SignatureInput,
} from '@keyway/core/driver';
import { encryptionAlgorithms, macAlgorithms, signingAlgorithms } from './algorithms.ts';
import type { SigningRow } from './algorithms.ts';
import { freshSecret, octetsOf, required, usedVersion } from './answers.ts';
import { requireCurrentMaterial } from './materials/require-current.ts';
import type { KmsVault } from './vault.ts';

function unsupported(algorithm: AlgorithmName): KeyManagerError {
  return new KeyManagerError('ERR_UNSUPPORTED', `KMS has no ${algorithm}`);
}

function encryptionSpec(algorithm: AlgorithmName): EncryptionAlgorithmSpec {
  const spec = encryptionAlgorithms[algorithm];
  if (spec === undefined) throw unsupported(algorithm);
  return spec;
}

/** The HMAC of a key of exactly its size, since KMS has one algorithm for each; undefined for other algorithms. */
function macSpec({ algorithm, key }: Pick<KeyUse, 'algorithm' | 'key'>): MacAlgorithmSpec | undefined {
  const row = macAlgorithms[algorithm];
  if (row === undefined) return undefined;
  if (key.size !== row.size) throw unsupported(algorithm);
  return row.spec;
}

/** A key signs what its row says: a digest as it is, or the data. */
function messageOf(use: KeyUse & SignatureInput): { readonly row: SigningRow; readonly message: Uint8Array } {
  const row = signingAlgorithms[use.algorithm];
  if (row === undefined) throw unsupported(use.algorithm);
  const message = use.input === 'digest' ? use.digest : use.data;
  if ((row.messageType === 'DIGEST') !== (use.input === 'digest')) throw unsupported(use.algorithm);
  return { row, message };
}

/** An encryption context, where one is given. KMS writes it to the audit trail. */
function contextOf({ context }: BoundContext): { readonly EncryptionContext?: Record<string, string> } {
  return context === undefined ? {} : { EncryptionContext: { ...context } };
}

const isNamed = (error: unknown, name: string): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === name;

/** Each of these makes one request, so that it needs no signal for many listeners. */
const endingWith = (call: Call): { readonly abortSignal: Cancellation | AbortSignal } => ({
  abortSignal: call.cancellation ?? call.signal,
});

type Sign = NonNullable<CryptographyMethods['sign']>;
type Verify = NonNullable<CryptographyMethods['verify']>;

function signing({ client }: KmsVault): Sign {
  return async (use, call) => {
    const { key, version } = use;
    const options = endingWith(call);
    const mac = macSpec(use);
    if (mac !== undefined) {
      if (use.input !== 'data') throw unsupported(use.algorithm);
      const answer = await client.generateMac(
        { KeyId: version, MacAlgorithm: mac, Message: use.data },
        options,
      );
      return { signature: octetsOf(answer.Mac, 'MAC'), version: usedVersion(answer.KeyId, key) };
    }
    const { row, message } = messageOf(use);
    const answer = await client.sign(
      { KeyId: version, SigningAlgorithm: row.spec, MessageType: row.messageType, Message: message },
      options,
    );
    return { signature: octetsOf(answer.Signature, 'signature'), version: usedVersion(answer.KeyId, key) };
  };
}

/** KMS answers a signature that does not verify with an error, which here is an answer. */
async function verdict(
  named: string,
  ask: () => Promise<{ readonly valid: boolean | undefined; readonly keyId: string | undefined }>,
  use: KeyUse,
): Promise<{ valid: boolean; version: string }> {
  try {
    const { valid, keyId } = await ask();
    return { valid: required(valid, 'verdict'), version: usedVersion(keyId, use.key) };
  } catch (error) {
    if (isNamed(error, named)) return { valid: false, version: use.version };
    throw error;
  }
}

function verifying({ client }: KmsVault): Verify {
  return async (use, call) => {
    const { version, signature } = use;
    const options = endingWith(call);
    const mac = macSpec(use);
    if (mac !== undefined) {
      if (use.input !== 'data') throw unsupported(use.algorithm);
      const request = { KeyId: version, MacAlgorithm: mac, Message: use.data, Mac: signature };
      return verdict(
        'KMSInvalidMacException',
        async () => {
          const { MacValid: valid, KeyId: keyId } = await client.verifyMac(request, options);
          return { valid, keyId };
        },
        use,
      );
    }
    const { row, message } = messageOf(use);
    const request = { SigningAlgorithm: row.spec, MessageType: row.messageType, Message: message };
    return verdict(
      'KMSInvalidSignatureException',
      async () => {
        const answer = await client.verify({ KeyId: version, ...request, Signature: signature }, options);
        return { valid: answer.SignatureValid, keyId: answer.KeyId };
      },
      use,
    );
  };
}

type Encrypting = KeyUse & BoundContext;

/** The KMS key of a version: where versions are key materials, KMS itself knows which one a ciphertext is of. */
const keyIdOf = ({ materials }: KmsVault, { key, version }: KeyUse): string =>
  materials === undefined ? version : key.sourceId;

async function encrypt(
  vault: KmsVault,
  use: Encrypting,
  plaintext: Uint8Array,
  call: Call,
): Promise<{ readonly ciphertext: Uint8Array; readonly version: string }> {
  requireCurrentMaterial(vault, use.key);
  const request = {
    KeyId: keyIdOf(vault, use),
    EncryptionAlgorithm: encryptionSpec(use.algorithm),
    Plaintext: plaintext,
    ...contextOf(use),
  };
  const answer = await vault.client.encrypt(request, endingWith(call));
  return {
    ciphertext: octetsOf(answer.CiphertextBlob, 'ciphertext'),
    version: usedVersion(answer.KeyId, use.key),
  };
}

/** Without a key id KMS would take any key that a symmetric ciphertext names: it is always sent. */
async function decrypt(
  vault: KmsVault,
  use: Encrypting,
  ciphertext: Uint8Array,
  call: Call,
): Promise<{ readonly plaintext: Uint8Array; readonly version: string | undefined }> {
  const request = {
    KeyId: keyIdOf(vault, use),
    EncryptionAlgorithm: encryptionSpec(use.algorithm),
    CiphertextBlob: ciphertext,
    ...contextOf(use),
  };
  const answer = await vault.client.decrypt(request, endingWith(call));
  const plaintext = freshSecret(answer.Plaintext);
  try {
    const version = usedVersion(answer.KeyId, use.key);
    const { materials } = vault;
    if (materials === undefined || use.key.ownership === 'external') return { plaintext, version };
    return { plaintext, version: answer.KeyMaterialId };
  } catch (error) {
    plaintext.fill(0);
    throw error;
  }
}

/** Using keys: always the KMS key of the version, never an alias, which may have moved. */
export function createCryptographyMethods(vault: KmsVault): CryptographyMethods {
  return {
    encrypt: (use, call) => encrypt(vault, use, use.plaintext, call),
    decrypt: (use, call) => decrypt(vault, use, use.ciphertext, call),
    wrapKey: async (use, call) => {
      const { ciphertext, version } = await encrypt(vault, use, use.keyToWrap, call);
      return { wrappedKey: ciphertext, version };
    },
    unwrapKey: async (use, call) => {
      const { plaintext, version } = await decrypt(vault, use, use.wrappedKey, call);
      return { unwrappedKey: plaintext, version };
    },
    ...(vault.materials === undefined ? { sign: signing(vault), verify: verifying(vault) } : {}),
  };
}
