import { createHash } from 'node:crypto';
import { hashLength } from '../algorithms.ts';
import type { SignatureAlgorithmRow } from '../algorithms.ts';
import { aborted, checkBytes, checkOptions, checkSignal } from '../arguments.ts';
import type { CryptographyClient, DataInput, SignResult, VerifyResult } from '../cryptography-client.ts';
import { verifyDataWith } from '../data-signature.ts';
import { verifyDigest } from '../digest-signature.ts';
import { invalidArgument, KeyManagerError } from '../errors.ts';
import { curves } from '../key-types.ts';
import type { KeyRecord, KeyUse, SignatureInput } from '../key-driver.ts';
import type { OperationOptions } from '../key-manager.ts';
import { derToP1363, p1363ToDer } from '../signature-format.ts';
import { planSignature } from './algorithm-plan.ts';
import type { AlgorithmPlan } from './algorithm-plan.ts';
import { checkObject, checkOctets, checkUsedVersion } from './check-answer.ts';
import type { PinnedKey } from './pinned-key.ts';

type Signatures = Pick<CryptographyClient, 'sign' | 'verify' | 'signData' | 'verifyData'>;
type SigningOperation = 'sign' | 'verify' | 'signData' | 'verifyData';
type Plan = AlgorithmPlan<SignatureAlgorithmRow>;

/** Signing and verifying with one version. */
export function signatures(key: PinnedKey): Signatures {
  const { engine } = key.context;
  const plans: Readonly<Record<SigningOperation, Map<string, Plan>>> = {
    sign: new Map(),
    verify: new Map(),
    signData: new Map(),
    verifyData: new Map(),
  };
  const plan = (operation: SigningOperation, algorithm: string): Plan => {
    const known = plans[operation].get(algorithm);
    if (known !== undefined) return known;
    const made = planSignature(engine.capabilities, key.record, operation, algorithm);
    plans[operation].set(algorithm, made);
    return made;
  };
  const signalOf = (options: OperationOptions | undefined): AbortSignal | undefined => {
    if (options === undefined) return undefined;
    checkOptions(options, ['signal']);
    return checkSignal(options.signal);
  };
  const perform = <Result>(operation: SigningOperation, algorithm: string, run: () => Promise<Result>) =>
    engine.perform(operation, key.address.keyId, algorithm, run);
  return {
    sign: (algorithm, digest, options) =>
      perform('sign', algorithm, () => {
        const signal = signalOf(options);
        const made = plan('sign', algorithm);
        return sign(key, 'sign', made, { input: 'digest', digest: checkDigest(made.row, digest) }, signal);
      }),
    signData: (algorithm: string, data: DataInput, options?: OperationOptions) =>
      perform('signData', algorithm, () => {
        const signal = signalOf(options);
        const made = plan('signData', algorithm);
        if (!(data instanceof Uint8Array))
          return signDigested(key, made, chunksFor(made, data, signal), signal);
        const input = dataFor(made, data);
        return sign(key, input.input === 'data' ? 'signData' : 'sign', made, input, signal);
      }),
    verify: (algorithm, digest, signature, options) =>
      perform('verify', algorithm, () => {
        const signal = signalOf(options);
        const made = plan('verify', algorithm);
        const input = { input: 'digest', digest: checkDigest(made.row, digest) } as const;
        return verify(key, 'verify', made, input, checkBytes(signature, 'signature'), signal);
      }),
    verifyData: (algorithm: string, data: DataInput, signature: Uint8Array, options?: OperationOptions) =>
      perform('verifyData', algorithm, async () => {
        const signal = signalOf(options);
        const made = plan('verifyData', algorithm);
        checkBytes(signature, 'signature');
        const input: SignatureInput =
          data instanceof Uint8Array ? { input: 'data', data } : await chunksFor(made, data, signal);
        return verify(key, 'verifyData', made, input, signature, signal);
      }),
  };
}

function checkDigest(row: SignatureAlgorithmRow, digest: unknown): Uint8Array {
  const octets = checkBytes(digest, 'digest');
  const wanted = row.hash === undefined ? 0 : hashLength[row.hash];
  if (octets.length !== wanted) throw invalidArgument(`${row.name} takes a digest of ${wanted} octets`);
  return octets;
}

/** Signs what is being hashed here. */
async function signDigested(
  key: PinnedKey,
  plan: Plan,
  input: Promise<SignatureInput>,
  signal: AbortSignal | undefined,
): Promise<SignResult> {
  return sign(key, 'sign', plan, await input, signal);
}

/** Chunks go to the vault as their digest. */
async function chunksFor(
  plan: Plan,
  chunks: Exclude<DataInput, Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<SignatureInput> {
  const { row } = plan;
  if (row.hash === undefined || row.input === 'data') {
    throw new TypeError(`data must be a Uint8Array: ${row.name} does not take chunks`);
  }
  if (!plan.takes.digest && !plan.local) {
    throw new KeyManagerError('ERR_UNSUPPORTED', `This vault takes no digests for ${row.name}`, {
      alternative: 'the data in one piece',
    });
  }
  return { input: 'digest', digest: await digestChunks(row.hash, chunks, signal) };
}

/** Data goes to the vault as it is where the driver hashes, else as its digest. */
function dataFor(plan: Plan, data: Uint8Array): SignatureInput {
  const { row, takes } = plan;
  if (takes.data || !takes.digest || row.hash === undefined) return checkLimit(plan, data);
  return { input: 'digest', digest: createHash(row.hash).update(data).digest() };
}

function checkLimit(plan: Plan, data: Uint8Array): SignatureInput {
  const most = plan.answer.limits['maxBytes'];
  if (most !== undefined && data.length > most) {
    throw invalidArgument(`The vault takes at most ${most} octets of data for ${plan.row.name}`);
  }
  return { input: 'data', data };
}

async function digestChunks(
  hash: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const isIterable =
    typeof chunks === 'object' &&
    chunks !== null &&
    (Symbol.asyncIterator in chunks || Symbol.iterator in chunks);
  if (!isIterable) throw new TypeError('data must be a Uint8Array, or an iterable of them');
  const hasher = createHash(hash);
  for await (const chunk of chunks) {
    if (signal?.aborted === true) throw aborted(signal);
    hasher.update(checkBytes(chunk, 'each chunk of data'));
  }
  return hasher.digest();
}

async function sign(
  key: PinnedKey,
  operation: 'sign' | 'signData',
  plan: Plan,
  input: SignatureInput,
  signal: AbortSignal | undefined,
): Promise<SignResult> {
  const record = key.known() ?? (await key.read(operation, signal));
  key.requireState(record, operation);
  key.localKey(record, { local: false, remote: true });
  const { engine } = key.context;
  const { row } = plan;
  const { name, version, keyId } = key.address;
  const request: KeyUse & SignatureInput =
    input.input === 'data'
      ? { name, version, key: record, algorithm: row.name, input: 'data', data: input.data }
      : { name, version, key: record, algorithm: row.name, input: 'digest', digest: input.digest };
  const answer = checkObject(
    await key.ask(operation, engine.driver.cryptography.sign, request, signal),
    'a result',
  );
  checkUsedVersion(answer.version, version);
  return {
    signature: fromDriver(key, record, row, answer.signature),
    algorithm: row.name,
    id: keyId,
    execution: 'remote',
  };
}

/** Octets of a signature, where they are known. */
function signatureLengthOf(row: SignatureAlgorithmRow, record: KeyRecord): number | undefined {
  if (row.signatureLength !== 'modulus') return row.signatureLength;
  return record.size === undefined ? undefined : Math.ceil(record.size / 8);
}

function fromDriver(
  key: PinnedKey,
  record: KeyRecord,
  row: SignatureAlgorithmRow,
  signature: unknown,
): Uint8Array {
  const octets = checkOctets(signature, 'a signature');
  const der = row.family === 'EC' && key.context.engine.capabilities.signatureEncoding === 'der';
  const converted =
    der && row.curve !== undefined ? derToP1363(octets, curves[row.curve].coordinateLength) : octets;
  if (converted === undefined)
    throw new KeyManagerError('ERR_UNKNOWN', 'The provider answered with a malformed signature');
  return checkOctets(converted, 'a signature', signatureLengthOf(row, record));
}

async function verify(
  key: PinnedKey,
  operation: 'verify' | 'verifyData',
  plan: Plan,
  input: SignatureInput,
  signature: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<VerifyResult> {
  const record = key.known() ?? (await key.read(operation, signal));
  key.requireState(record, operation);
  const { row } = plan;
  const result = { algorithm: row.name, id: key.address.keyId } as const;
  const publicKey = key.localKey(record, plan);
  if (publicKey !== undefined) {
    const valid =
      input.input === 'data'
        ? verifyDataWith(row, publicKey, input.data, signature)
        : await verifyDigest(row, publicKey, input.digest, signature);
    return { ...result, result: valid, execution: 'local' };
  }
  const valid = await verifyRemotely(key, operation, plan, input, record, signature, signal);
  return { ...result, result: valid, execution: 'remote' };
}

async function verifyRemotely(
  key: PinnedKey,
  operation: 'verify' | 'verifyData',
  plan: Plan,
  input: SignatureInput,
  record: KeyRecord,
  signature: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { row } = plan;
  const { capabilities, driver } = key.context.engine;
  const wanted = signatureLengthOf(row, record);
  if (wanted !== undefined && signature.length !== wanted) return false;
  const der = row.family === 'EC' && row.curve !== undefined && capabilities.signatureEncoding === 'der';
  const encoded =
    der && row.curve !== undefined ? p1363ToDer(signature, curves[row.curve].coordinateLength) : signature;
  if (encoded === undefined) return false;
  const { name, version } = key.address;
  const sent = input.input === 'data' ? dataFor(plan, input.data) : input;
  const request = { name, version, key: record, algorithm: row.name, ...sent, signature: encoded };
  const answer = checkObject(
    await key.ask(operation, driver.cryptography.verify, request, signal),
    'a result',
  );
  checkUsedVersion(answer.version, version);
  if (typeof answer.valid !== 'boolean')
    throw new KeyManagerError('ERR_UNKNOWN', 'The provider did not answer yes or no');
  return answer.valid;
}
