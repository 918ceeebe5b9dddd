import { deepEqual, equal, ok } from 'node:assert/strict';
import { findAlgorithm } from '@keyway/core';
import type {
  AlgorithmName,
  Capabilities,
  CryptographicOperation,
  CryptographyClient,
  DigestSignatureAlgorithm,
  EncryptionAlgorithm,
  KeyManager,
  KeyOperation,
  KeyWrapAlgorithm,
  NewVersionOptions,
  SignatureAlgorithm,
} from '@keyway/core';
import type { CaseContext } from './case-context.ts';
import { keyToWrap, plaintext } from './encrypt-with.ts';
import { anyKeyOf, kindFor } from './key-kinds.ts';
import { makeKey } from './make-key.ts';
import { firstSupported, isSupported } from './requires.ts';
import type { Requirement } from './requires.ts';

/** A key in use: whatever the operation needs beside it has been made. */
export interface UsedKey {
  readonly name: string;
  readonly version: string;
  readonly algorithm: AlgorithmName;
  readonly executions: readonly ('auto' | 'remote')[];
  /** Runs the operation once and checks what came out. */
  use(): Promise<void>;
  useThrough(manager: KeyManager, execution: 'auto' | 'remote'): Promise<void>;
}

/** One of the eight cryptographic operations, with whatever algorithm the vault has for it. */
export interface KeyUseCase {
  readonly operation: CryptographicOperation;
  /** It protects something new: refused before and after the key's time. */
  readonly protects: boolean;
  readonly requires: readonly Requirement[];
  /** How its key is made. */
  readonly made: 'createKey';
  readonly keyOperations: readonly [KeyOperation, KeyOperation];
  prepare(context: CaseContext, options?: NewVersionOptions): Promise<UsedKey>;
}

type Use = (client: CryptographyClient, algorithm: AlgorithmName) => Promise<void>;
/** Makes what the operation needs, and gives the operation. */
type Preparation = (client: CryptographyClient, algorithm: AlgorithmName) => Promise<Use>;

const digest = new Uint8Array(32).fill(0xd1);

const preparations: Readonly<Record<CryptographicOperation, Preparation>> = {
  sign: async () => async (client, algorithm) => {
    ok((await client.sign(algorithm as DigestSignatureAlgorithm, digest)).signature.length > 0);
  },
  signData: async () => async (client, algorithm) => {
    ok((await client.signData(algorithm as SignatureAlgorithm, plaintext)).signature.length > 0);
  },
  verify: async (maker, algorithm) => {
    const { signature } = await maker.sign(algorithm as DigestSignatureAlgorithm, digest);
    return async (client) =>
      equal((await client.verify(algorithm as DigestSignatureAlgorithm, digest, signature)).result, true);
  },
  verifyData: async (maker, algorithm) => {
    const { signature } = await maker.signData(algorithm as SignatureAlgorithm, plaintext);
    return async (client) =>
      equal((await client.verifyData(algorithm as SignatureAlgorithm, plaintext, signature)).result, true);
  },
  encrypt: async () => async (client, algorithm) => {
    ok((await client.encrypt(algorithm as EncryptionAlgorithm, plaintext)).ciphertext.length > 0);
  },
  decrypt: async (maker, algorithm) => {
    const { ciphertext, iv, authenticationTag } = await maker.encrypt(
      algorithm as EncryptionAlgorithm,
      plaintext,
    );
    return async (client) => {
      const opened = await client.decrypt(algorithm as EncryptionAlgorithm, ciphertext, {
        iv,
        authenticationTag,
      });
      deepEqual(Buffer.from(opened.plaintext), Buffer.from(plaintext));
    };
  },
  wrapKey: async () => async (client, algorithm) => {
    ok((await client.wrapKey(algorithm as KeyWrapAlgorithm, keyToWrap)).encryptedKey.length > 0);
  },
  unwrapKey: async (maker, algorithm) => {
    const { encryptedKey } = await maker.wrapKey(algorithm as KeyWrapAlgorithm, keyToWrap);
    return async (client) => {
      const opened = await client.unwrapKey(algorithm as KeyWrapAlgorithm, encryptedKey);
      deepEqual(Buffer.from(opened.key), Buffer.from(keyToWrap));
    };
  },
};

interface UseRow {
  readonly operation: CryptographicOperation;
  readonly protects: boolean;
  /** The operation that makes what this one opens or checks. */
  readonly partner: CryptographicOperation;
  readonly keyOperations: readonly [KeyOperation, KeyOperation];
  /** Best first. */
  readonly algorithms: readonly AlgorithmName[];
}

const overDigest = ['ES256', 'PS256', 'RS256', 'ES256K'] as const;
const overData = ['ES256', 'Ed25519', 'HS256', 'PS256', 'RS256', 'ES256K'] as const;
const encryption = [
  'A256GCM',
  'provider',
  'A128GCM',
  'RSA-OAEP-256',
  'RSA-OAEP',
  'A256CBCPAD',
  'A256CBC',
] as const;
const wrapping = ['A256KW', 'provider', 'A128KW', 'RSA-OAEP-256', 'RSA-OAEP'] as const;
const signs = ['sign', 'verify'] as const;
const crypts = ['encrypt', 'decrypt'] as const;
const wraps = ['wrapKey', 'unwrapKey'] as const;

const rows: readonly UseRow[] = [
  { operation: 'sign', protects: true, partner: 'sign', keyOperations: signs, algorithms: overDigest },
  { operation: 'verify', protects: false, partner: 'sign', keyOperations: signs, algorithms: overDigest },
  { operation: 'signData', protects: true, partner: 'signData', keyOperations: signs, algorithms: overData },
  {
    operation: 'verifyData',
    protects: false,
    partner: 'signData',
    keyOperations: signs,
    algorithms: overData,
  },
  { operation: 'encrypt', protects: true, partner: 'encrypt', keyOperations: crypts, algorithms: encryption },
  {
    operation: 'decrypt',
    protects: false,
    partner: 'encrypt',
    keyOperations: crypts,
    algorithms: encryption,
  },
  { operation: 'wrapKey', protects: true, partner: 'wrapKey', keyOperations: wraps, algorithms: wrapping },
  { operation: 'unwrapKey', protects: false, partner: 'wrapKey', keyOperations: wraps, algorithms: wrapping },
];

/** The first algorithm for which the vault has the operation, its partner, and a way to make a key. */
function choose(capabilities: Capabilities, row: UseRow): AlgorithmName {
  const chosen = row.algorithms.find((algorithm) => {
    const found = findAlgorithm(algorithm);
    if (found === undefined || firstSupported(capabilities, anyKeyOf(kindFor(found)).anyOf) === undefined)
      return false;
    return [row.operation, row.partner].every((operation) =>
      isSupported(capabilities, { operation, algorithm }),
    );
  });
  if (chosen === undefined)
    throw new Error(`No algorithm of this vault serves ${row.operation} with a key it can make`);
  return chosen;
}

function useCase(row: UseRow): KeyUseCase {
  const { operation, protects, partner, keyOperations, algorithms } = row;
  return {
    operation,
    protects,
    made: 'createKey',
    keyOperations,
    requires: [
      { anyOf: algorithms.map((algorithm) => ({ operation, algorithm })) },
      { anyOf: algorithms.map((algorithm) => ({ operation: partner, algorithm })) },
    ],
    prepare: (context, options = {}) => prepare(context, row, options),
  };
}

async function prepare(context: CaseContext, row: UseRow, options: NewVersionOptions): Promise<UsedKey> {
  const algorithm = choose(context.capabilities, row);
  const found = findAlgorithm(algorithm);
  if (found === undefined) throw new Error(`${algorithm} is not in the table`);
  const key = await makeKey(context, kindFor(found), { keyOperations: row.keyOperations, ...options });
  const { name, version } = key;
  const client = await context.manager.getCryptographyClient(name);
  const use = await preparations[row.operation](client, algorithm);
  const { by } = context.capabilities.supports({ operation: row.operation, algorithm });
  return {
    name,
    version,
    algorithm,
    executions: found.local && by === 'driver' ? ['auto', 'remote'] : ['auto'],
    use: () => use(client, algorithm),
    useThrough: async (manager, execution) =>
      use(await manager.getCryptographyClient(name, { version, execution }), algorithm),
  };
}

/** The eight operations. */
export const usesByOperation: readonly KeyUseCase[] = rows.map(useCase);

/** One of the eight. */
export function useOf(operation: CryptographicOperation): KeyUseCase {
  const found = usesByOperation.find((use) => use.operation === operation);
  if (found === undefined) throw new Error(`${operation} is not a cryptographic operation`);
  return found;
}
