import type { EncryptionAlgorithmRow } from '../algorithms.ts';
import { checkBytes, checkOptions, checkSignal } from '../arguments.ts';
import type {
  CryptographyClient,
  DecryptOptions,
  DecryptResult,
  EncryptionContextOptions,
  EncryptOptions,
  EncryptResult,
  UnwrapResult,
  WrapResult,
} from '../cryptography-client.ts';
import { integrityError } from '../errors.ts';
import { encryptWithPublicKey } from '../local-cryptography.ts';
import { planEncryption } from './algorithm-plan.ts';
import type { AlgorithmPlan } from './algorithm-plan.ts';
import { checkObject, checkOctets, checkUsedVersion } from './check-answer.ts';
import {
  checkCiphertextParts,
  checkKeyToWrap,
  checkPlaintext,
  checkWrappedKey,
  ivFor,
} from './encryption-inputs.ts';
import { boundContext } from './bound-context.ts';
import type { PinnedKey } from './pinned-key.ts';

type Encryption = Pick<CryptographyClient, 'encrypt' | 'decrypt' | 'wrapKey' | 'unwrapKey'>;
type EncryptingOperation = 'encrypt' | 'decrypt' | 'wrapKey' | 'unwrapKey';
type Plan = AlgorithmPlan<EncryptionAlgorithmRow>;

const contextMembers = ['signal', 'context', 'additionalAuthenticatedData'] as const;
const encryptMembers = [...contextMembers, 'iv'] as const;
const decryptMembers = [...encryptMembers, 'authenticationTag'] as const;

/** Encrypting and wrapping with one version. */
export function encryption(key: PinnedKey): Encryption {
  const { engine } = key.context;
  const plans: Readonly<Record<EncryptingOperation, Map<string, Plan>>> = {
    encrypt: new Map(),
    decrypt: new Map(),
    wrapKey: new Map(),
    unwrapKey: new Map(),
  };
  const plan = (operation: EncryptingOperation, algorithm: string): Plan => {
    const known = plans[operation].get(algorithm);
    if (known !== undefined) return known;
    const made = planEncryption(engine.capabilities, key.record, operation, algorithm);
    plans[operation].set(algorithm, made);
    return made;
  };
  const perform = <Result>(
    operation: EncryptingOperation,
    algorithm: string,
    run: (made: Plan) => Promise<Result>,
  ) => engine.perform(operation, key.address.keyId, algorithm, () => run(plan(operation, algorithm)));
  return {
    encrypt: (algorithm, plaintext, options = {}) =>
      perform('encrypt', algorithm, (made) => {
        checkOptions(options, encryptMembers);
        return encrypt(key, made, checkBytes(plaintext, 'plaintext'), options);
      }),
    decrypt: (algorithm, ciphertext, options = {}) =>
      perform('decrypt', algorithm, (made) => {
        checkOptions(options, decryptMembers);
        return decrypt(key, made, checkBytes(ciphertext, 'ciphertext'), options);
      }),
    wrapKey: (algorithm, keyToWrap, options = {}) =>
      perform('wrapKey', algorithm, (made) => {
        checkOptions(options, contextMembers);
        return wrapKey(key, made, checkBytes(keyToWrap, 'key'), options);
      }),
    unwrapKey: (algorithm, encryptedKey, options = {}) =>
      perform('unwrapKey', algorithm, (made) => {
        checkOptions(options, contextMembers);
        return unwrapKey(key, made, checkBytes(encryptedKey, 'encryptedKey'), options);
      }),
  };
}

async function encrypt(
  key: PinnedKey,
  plan: Plan,
  plaintext: Uint8Array,
  options: EncryptOptions,
): Promise<EncryptResult> {
  const { row } = plan;
  const signal = checkSignal(options.signal);
  const iv = ivFor(row, options.iv);
  const bound = boundContext(key.context.engine, 'encrypt', row, options);
  checkPlaintext(plan, plaintext, key.record);
  const record = key.known() ?? (await key.read('encrypt', signal));
  key.requireState(record, 'encrypt');
  const result = { algorithm: row.name, id: key.address.keyId } as const;
  const publicKey = key.localKey(record, plan);
  if (publicKey !== undefined) {
    const ciphertext = encryptWithPublicKey(row, publicKey, plaintext);
    return { ...result, ciphertext, iv: undefined, authenticationTag: undefined, execution: 'local' };
  }
  const { name, version } = key.address;
  const request = {
    name,
    version,
    key: record,
    algorithm: row.name,
    plaintext,
    ...bound,
    ...(iv === undefined ? {} : { iv }),
  };
  const answer = checkObject(
    await key.ask('encrypt', key.context.engine.driver.cryptography.encrypt, request, signal),
    'a result',
  );
  checkUsedVersion(answer.version, version);
  return {
    ...result,
    ciphertext: checkOctets(answer.ciphertext, 'a ciphertext'),
    iv: row.ivLength === undefined ? undefined : checkOctets(answer.iv ?? iv, 'an IV', row.ivLength),
    authenticationTag:
      row.tagLength === undefined ? undefined : checkOctets(answer.authenticationTag, 'a tag', row.tagLength),
    execution: 'remote',
  };
}

async function decrypt(
  key: PinnedKey,
  plan: Plan,
  ciphertext: Uint8Array,
  options: DecryptOptions,
): Promise<DecryptResult> {
  const { row } = plan;
  const signal = checkSignal(options.signal);
  const bound = boundContext(key.context.engine, 'decrypt', row, options);
  const parts = checkCiphertextParts(row, ciphertext, options);
  const record = key.known() ?? (await key.read('decrypt', signal));
  key.requireState(record, 'decrypt');
  key.localKey(record, { local: false, remote: plan.remote });
  const { name, version, keyId } = key.address;
  if (!possibleLength(row, ciphertext.length, record.size)) throw integrityError({ keyId });
  const request = { name, version, key: record, algorithm: row.name, ...parts, ...bound };
  const answer = checkObject(
    await key.ask('decrypt', key.context.engine.driver.cryptography.decrypt, request, signal),
    'a result',
  );
  const plaintext = checkOctets(answer.plaintext, 'a plaintext');
  return { plaintext, algorithm: row.name, id: idOf(key, row, answer.version), execution: 'remote' };
}

/** `provider` ciphertexts may be opened with another version of the same key; all others name the pinned one. */
function idOf(key: PinnedKey, row: EncryptionAlgorithmRow, used: string | undefined): string {
  const { keyId, version } = key.address;
  if (row.mode !== 'provider') checkUsedVersion(used, version);
  return used === undefined || used === version ? keyId : `${keyId.slice(0, -version.length)}${used}`;
}

/** A ciphertext that cannot be one is not sent. */
function possibleLength(row: EncryptionAlgorithmRow, length: number, size: number | undefined): boolean {
  if (row.family === 'RSA') return size === undefined || length === Math.ceil(size / 8);
  if (row.mode === 'cbc') return length % 16 === 0;
  if (row.mode === 'cbcpad') return length > 0 && length % 16 === 0;
  return row.mode === 'gcm' || length > 0;
}

async function wrapKey(
  key: PinnedKey,
  plan: Plan,
  keyToWrap: Uint8Array,
  options: EncryptionContextOptions,
): Promise<WrapResult> {
  const { row } = plan;
  const signal = checkSignal(options.signal);
  const bound = boundContext(key.context.engine, 'wrapKey', row, options);
  checkKeyToWrap(plan, keyToWrap, key.record);
  const record = key.known() ?? (await key.read('wrapKey', signal));
  key.requireState(record, 'wrapKey');
  const { name, version, keyId } = key.address;
  const publicKey = key.localKey(record, plan);
  if (publicKey !== undefined) {
    const encryptedKey = encryptWithPublicKey(row, publicKey, keyToWrap);
    return { encryptedKey, algorithm: row.name, id: keyId, execution: 'local' };
  }
  const request = { name, version, key: record, algorithm: row.name, keyToWrap, ...bound };
  const answer = checkObject(
    await key.ask('wrapKey', key.context.engine.driver.cryptography.wrapKey, request, signal),
    'a result',
  );
  checkUsedVersion(answer.version, version);
  const encryptedKey = checkOctets(answer.wrappedKey, 'a wrapped key');
  return { encryptedKey, algorithm: row.name, id: keyId, execution: 'remote' };
}

async function unwrapKey(
  key: PinnedKey,
  plan: Plan,
  wrappedKey: Uint8Array,
  options: EncryptionContextOptions,
): Promise<UnwrapResult> {
  const { row } = plan;
  const signal = checkSignal(options.signal);
  const bound = boundContext(key.context.engine, 'unwrapKey', row, options);
  const record = key.known() ?? (await key.read('unwrapKey', signal));
  key.requireState(record, 'unwrapKey');
  key.localKey(record, { local: false, remote: plan.remote });
  const { name, version, keyId } = key.address;
  checkWrappedKey(row, wrappedKey, record, keyId);
  const request = { name, version, key: record, algorithm: row.name, wrappedKey, ...bound };
  const answer = checkObject(
    await key.ask('unwrapKey', key.context.engine.driver.cryptography.unwrapKey, request, signal),
    'a result',
  );
  const unwrapped = checkOctets(answer.unwrappedKey, 'a key');
  return { key: unwrapped, algorithm: row.name, id: idOf(key, row, answer.version), execution: 'remote' };
}
