import { algorithmMisfit, findAlgorithm, operationsOf } from '../algorithms.ts';
import type {
  AlgorithmName,
  AlgorithmRow,
  EncryptionAlgorithmRow,
  KeyShape,
  SignatureAlgorithmRow,
} from '../algorithms.ts';
import { checkText } from '../arguments.ts';
import type { Capabilities, CapabilityAnswer, CapabilityQuery } from '../capabilities.ts';
import { invalidArgument, KeyManagerError } from '../errors.ts';
import { familyOf, isHardwareKeyType } from '../key-types.ts';
import type { KeyRecord } from '../key-driver.ts';
import { neededKeyOperation } from '../key-state.ts';
import type { CryptographicOperation } from '../operations.ts';

/** What is settled about one algorithm and operation on one version, whatever the data. */
export interface AlgorithmPlan<Row extends AlgorithmRow> {
  readonly row: Row;
  /** Whether the vault does it, over the data or, hashed here, over its digest. */
  readonly remote: boolean;
  /** Whether the driver takes the data itself, and whether it takes a digest. */
  readonly takes: { readonly data: boolean; readonly digest: boolean };
  /** Whether a public key can do it in this process. */
  readonly local: boolean;
  readonly answer: CapabilityAnswer;
}

/** What of a key decides which algorithms fit. */
function shapeOf(record: KeyRecord): KeyShape {
  return {
    family: familyOf(record.keyType),
    curve: record.curve,
    size: record.size,
    parameterSet: record.publicKey?.alg ?? record.algorithms?.[0],
  };
}

/** The capability question behind an operation with an algorithm on a key. */
function queryFor(record: KeyRecord, operation: CryptographicOperation, row: AlgorithmRow): CapabilityQuery {
  const { keyType, curve, size } = record;
  return { operation, algorithm: row.name, keyType, curve, size, hardware: isHardwareKeyType(keyType) };
}

/** The operations that need nothing but the public key. */
const publicOperations: ReadonlySet<CryptographicOperation> = new Set([
  'encrypt',
  'wrapKey',
  'verify',
  'verifyData',
]);

/** The operation over a digest that serves an operation over data. */
const digestOperation: Readonly<Partial<Record<CryptographicOperation, CryptographicOperation>>> = {
  signData: 'sign',
  sign: 'sign',
  verifyData: 'verify',
  verify: 'verify',
};

/** Why an operation with this algorithm is not for this operation at all. */
function misuse(row: AlgorithmRow, operation: CryptographicOperation): string | undefined {
  if (!operationsOf(row).includes(neededKeyOperation(operation)))
    return `${row.name} is not an algorithm of ${operation}`;
  if (row.kind === 'signature' && row.input === 'data' && (operation === 'sign' || operation === 'verify')) {
    return `${row.name} takes data, not a digest: use ${operation}Data`;
  }
  return undefined;
}

/** Why an algorithm is refused on a key, or undefined where it is fine. */
function refusal(
  record: KeyRecord,
  row: AlgorithmRow,
  operation: CryptographicOperation,
): KeyManagerError | undefined {
  const reason = misuse(row, operation) ?? algorithmMisfit(row, shapeOf(record));
  if (reason !== undefined) return invalidArgument(reason);
  if (record.algorithms !== undefined && !record.algorithms.includes(row.name)) {
    return new KeyManagerError(
      'ERR_OPERATION_NOT_PERMITTED',
      `The key is restricted to ${record.algorithms.join(', ')}`,
    );
  }
  return undefined;
}

function planFor<Row extends AlgorithmRow>(
  capabilities: Capabilities,
  record: KeyRecord,
  operation: CryptographicOperation,
  row: Row,
): AlgorithmPlan<Row> | CapabilityAnswer {
  const answer = capabilities.supports(queryFor(record, operation, row));
  if (answer.support === 'unsupported') return answer;
  const local = row.local && publicOperations.has(operation);
  const byDriver = answer.by === 'driver';
  const digesting = digestOperation[operation];
  const digestible = digesting !== undefined && row.kind === 'signature' && row.input === 'digest';
  const digest = digestible && capabilities.supports(queryFor(record, digesting, row)).by === 'driver';
  return { row, remote: byDriver || digest, takes: { data: byDriver, digest }, local, answer };
}

/** Settles a signature algorithm for an operation on a version. */
export function planSignature(
  capabilities: Capabilities,
  record: KeyRecord,
  operation: CryptographicOperation,
  algorithm: unknown,
): AlgorithmPlan<SignatureAlgorithmRow> {
  const row = findAlgorithm(checkText(algorithm, 'algorithm'));
  if (row?.kind !== 'signature')
    throw invalidArgument('algorithm is not a signature algorithm of the contract');
  return plan(capabilities, record, operation, row);
}

/** Settles an encryption or wrap algorithm for an operation on a version. */
export function planEncryption(
  capabilities: Capabilities,
  record: KeyRecord,
  operation: CryptographicOperation,
  algorithm: unknown,
): AlgorithmPlan<EncryptionAlgorithmRow> {
  const row = findAlgorithm(checkText(algorithm, 'algorithm'));
  if (row?.kind !== 'encryption')
    throw invalidArgument('algorithm is not an encryption algorithm of the contract');
  return plan(capabilities, record, operation, row);
}

function plan<Row extends AlgorithmRow>(
  capabilities: Capabilities,
  record: KeyRecord,
  operation: CryptographicOperation,
  row: Row,
): AlgorithmPlan<Row> {
  const refused = refusal(record, row, operation);
  if (refused !== undefined) throw refused;
  const made = planFor(capabilities, record, operation, row);
  if ('row' in made) return made;
  const hint = made.alternative === undefined ? '' : `; instead: ${made.alternative}`;
  throw new KeyManagerError('ERR_UNSUPPORTED', `${made.reason ?? row.name}${hint}`, {
    alternative: made.alternative,
  });
}

/** The algorithms of `rows` that a version can serve for an operation. */
export function servedAlgorithms(
  capabilities: Capabilities,
  record: KeyRecord,
  operation: CryptographicOperation,
  rows: readonly AlgorithmRow[],
): readonly AlgorithmName[] {
  if (!record.keyOperations.includes(neededKeyOperation(operation))) return [];
  return rows
    .filter((row) => refusal(record, row, operation) === undefined)
    .filter((row) => 'row' in planFor(capabilities, record, operation, row))
    .map((row) => row.name);
}
