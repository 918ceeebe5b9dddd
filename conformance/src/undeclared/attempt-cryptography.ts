import { findAlgorithm } from '@keyway/core';
import type {
  AlgorithmRow,
  CapabilityQuery,
  CryptographicOperation,
  CryptographyClient,
  DigestSignatureAlgorithm,
  EncryptionAlgorithm,
  EncryptionAlgorithmRow,
  JsonWebKey,
  KeyOperation,
  KeyWrapAlgorithm,
  SignatureAlgorithmRow,
} from '@keyway/core';
import type { KeyUse } from '@keyway/core/driver';
import { signatureRows } from '../algorithm-ids.ts';
import type { CaseContext } from '../case-context.ts';
import { anyKeyOf, keyKinds, kindFor, kindQuery } from '../key-kinds.ts';
import type { KeyKind } from '../key-kinds.ts';
import { makeAnyKey, servedOperations } from '../make-any-key.ts';
import { makeKey } from '../make-key.ts';
import type { MadeKey } from '../make-key.ts';
import { encryptOutside } from '../outside/encryption.ts';
import { digestOutside, signOutside } from '../outside/signatures.ts';
import { firstSupported, isSupported } from '../requires.ts';
import { attemptNewKey } from './attempt-new-key.ts';
import type { Attempt } from './attempts.ts';

const data = new TextEncoder().encode('tried past the declaration');

/** Tries a cryptographic operation with a key that fits and with input that would succeed. */
export async function attemptCryptography(
  context: CaseContext,
  query: CapabilityQuery,
  operation: CryptographicOperation,
): Promise<Attempt> {
  const row = findAlgorithm(query.algorithm ?? '');
  if (row === undefined) throw new Error(`An undeclared ${operation} needs an algorithm to be tried`);
  const usual = kindFor(row);
  const kind =
    query.size === undefined || query.size === usual.size
      ? usual
      : (keyKinds.find(({ family, size }) => family === usual.family && size === query.size) ?? usual);
  const hasKeys = firstSupported(context.capabilities, anyKeyOf(kind).anyOf) !== undefined;
  const key = hasKeys
    ? await makeKey(context, kind, { keyOperations: operationsFor(context, operation, kind) })
    : await makeAnyKey(context);
  const client = await context.manager.getCryptographyClient(key.name);
  const use = await useOf(context, key, row);
  const attempt =
    row.kind === 'signature'
      ? attemptSignature(context, operation, row, key, client, use)
      : attemptEncryption(context, operation, row, key, client, use);
  if (hasKeys) return attempt;
  // No such key can exist: through the KeyManager that is where it ends, and the driver is tried with another key.
  const { throughManager } = await attemptNewKey(context, kindQuery('createKey', kind), 'createKey');
  return { throughManager, atDriver: attempt.atDriver };
}

/** Whether symmetric keys sign at all: where they do not, none can be made for it. */
function hasMac({ capabilities }: CaseContext): boolean {
  return signatureRows.some(
    ({ name, family }) =>
      family === 'oct' && isSupported(capabilities, { operation: 'signData', algorithm: name }),
  );
}

/** The pair of key operations that an operation belongs to; where nothing serves it, those that something serves. */
function operationsFor(
  context: CaseContext,
  operation: CryptographicOperation,
  kind: KeyKind,
): readonly KeyOperation[] {
  const served = servedOperations(context, kind);
  if (kind.family === 'oct' && (served.includes('sign') || !hasMac(context))) return served;
  if (operation === 'encrypt' || operation === 'decrypt') return ['encrypt', 'decrypt'];
  if (operation === 'wrapKey' || operation === 'unwrapKey') return ['wrapKey', 'unwrapKey'];
  return ['sign', 'verify'];
}

async function useOf(context: CaseContext, key: MadeKey, row: AlgorithmRow): Promise<KeyUse> {
  const { name, version } = key;
  const record = await context.driver.keys.read?.({ name, version }, context.call());
  if (record === undefined) throw new Error('The driver cannot read its own key');
  return { name, version, key: record, algorithm: row.name };
}

function attemptSignature(
  context: CaseContext,
  operation: CryptographicOperation,
  row: SignatureAlgorithmRow,
  key: MadeKey,
  client: CryptographyClient,
  use: KeyUse,
): Attempt {
  const { sign, verify } = context.driver.cryptography;
  const algorithm = row.name as DigestSignatureAlgorithm;
  const overDigest = operation === 'sign' || operation === 'verify';
  const digest = row.hash === undefined ? data : digestOutside(row, data);
  const input = overDigest ? ({ input: 'digest', digest } as const) : ({ input: 'data', data } as const);
  const signature =
    key.privateKey === undefined ? new Uint8Array(lengthOf(row)) : signOutside(row, key.privateKey, data);
  if (operation === 'sign' || operation === 'signData') {
    return {
      throughManager: () => (overDigest ? client.sign(algorithm, digest) : client.signData(algorithm, data)),
      atDriver: sign === undefined ? undefined : async () => await sign({ ...use, ...input }, context.call()),
    };
  }
  return {
    throughManager: () =>
      overDigest
        ? client.verify(algorithm, digest, signature)
        : client.verifyData(algorithm, data, signature),
    atDriver:
      verify === undefined
        ? undefined
        : async () => await verify({ ...use, ...input, signature }, context.call()),
  };
}

function lengthOf(row: SignatureAlgorithmRow): number {
  return row.signatureLength === 'modulus' ? 256 : row.signatureLength;
}

function attemptEncryption(
  context: CaseContext,
  operation: CryptographicOperation,
  row: EncryptionAlgorithmRow,
  key: MadeKey,
  client: CryptographyClient,
  use: KeyUse,
): Attempt {
  const { encrypt, decrypt, wrapKey, unwrapKey } = context.driver.cryptography;
  const algorithm = row.name as EncryptionAlgorithm;
  const wrapAlgorithm = row.name as KeyWrapAlgorithm;
  const plaintext = new Uint8Array(32).fill(7);
  const outside = outsideKey(row, key);
  const parts =
    outside === undefined ? { ciphertext: new Uint8Array(48) } : encryptOutside(row, outside, plaintext);
  const { ciphertext: wrappedKey, ...binding } = parts;
  const iv = row.mode === 'cbc' || row.mode === 'cbcpad' ? { iv: new Uint8Array(16) } : {};
  const tries: Readonly<Record<string, Attempt>> = {
    encrypt: {
      throughManager: () => client.encrypt(algorithm, plaintext),
      atDriver: encrypt && (async () => await encrypt({ ...use, plaintext, ...iv }, context.call())),
    },
    decrypt: {
      throughManager: () => client.decrypt(algorithm, parts.ciphertext, binding),
      atDriver: decrypt && (async () => await decrypt({ ...use, ...parts }, context.call())),
    },
    wrapKey: {
      throughManager: () => client.wrapKey(wrapAlgorithm, plaintext),
      atDriver: wrapKey && (async () => await wrapKey({ ...use, keyToWrap: plaintext }, context.call())),
    },
    unwrapKey: {
      throughManager: () => client.unwrapKey(wrapAlgorithm, wrappedKey),
      atDriver: unwrapKey && (async () => await unwrapKey({ ...use, wrappedKey }, context.call())),
    },
  };
  const attempt = tries[operation];
  if (attempt === undefined) throw new Error(`${row.name} does not serve ${operation}`);
  return attempt;
}

/** What a ciphertext is made with outside, where the key at hand fits and its octets are known. */
function outsideKey(row: EncryptionAlgorithmRow, key: MadeKey): JsonWebKey | undefined {
  if (row.mode === 'provider' || key.publicKey.kty !== row.family) return undefined;
  return key.privateKey ?? (row.family === 'RSA' ? key.publicKey : undefined);
}
