import { operationsOf } from '../algorithms.ts';
import { checkMember } from '../arguments.ts';
import type { Capabilities } from '../capabilities.ts';
import { invalidArgument, KeyManagerError } from '../errors.ts';
import { familyOf, keyOperations } from '../key-types.ts';
import type { KeyFamily, KeyOperation, KeyType } from '../key-types.ts';
import type { Shape } from './key-shape.ts';

const signing: readonly KeyOperation[] = ['sign', 'verify'];
const crypting: readonly KeyOperation[] = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];

/** What a key of each family can do at all, and what it does where nobody says (architecture rule 6). */
const usages: Readonly<
  Record<KeyFamily, { all: readonly KeyOperation[]; standard: readonly KeyOperation[] }>
> = {
  RSA: { all: keyOperations, standard: signing },
  EC: { all: [...signing, 'export'], standard: signing },
  OKP: { all: [...signing, 'export'], standard: signing },
  AKP: { all: [...signing, 'export'], standard: signing },
  oct: { all: keyOperations.filter((operation) => operation !== 'import'), standard: crypting },
};

/** Checks key operations: known, each once, at least one; in the documented order. */
export function checkKeyOperations(value: unknown): readonly KeyOperation[] {
  if (!Array.isArray(value)) throw new TypeError('options.keyOperations must be an array');
  const given = new Set(
    value.map((operation) => checkMember(operation, keyOperations, 'options.keyOperations')),
  );
  if (given.size !== value.length) throw invalidArgument('options.keyOperations names an operation twice');
  if (given.size === 0) throw invalidArgument('options.keyOperations must not be empty');
  return keyOperations.filter((operation) => given.has(operation));
}

/** Checks that a set of operations fits the family, the size and what the vault can hold on one key. */
export function requireOperations(
  capabilities: Capabilities,
  shape: { readonly keyType: KeyType; readonly size?: number | undefined },
  operations: readonly KeyOperation[],
): void {
  const family = familyOf(shape.keyType);
  const alien = operations.find((operation) => !usages[family].all.includes(operation));
  if (alien !== undefined) throw invalidArgument(`A key of type ${family} cannot ${alien}`);
  const signs = operations.some((operation) => signing.includes(operation));
  const crypts = operations.some((operation) => crypting.includes(operation));
  if (family === 'oct' && crypts && (shape.size ?? 256) > 256) {
    throw invalidArgument(`A key of ${shape.size} bits serves HMAC only: give keyOperations sign and verify`);
  }
  if (signs && crypts && capabilities.usage === 'one') {
    throw new KeyManagerError('ERR_UNSUPPORTED', 'A key of this vault either signs, or encrypts and wraps', {
      alternative: 'two keys, one for each usage',
    });
  }
}

/** The operations that a new version gets: those given, else its algorithm's, else its family's usual ones. */
export function resolveOperations(
  capabilities: Capabilities,
  shape: Shape,
  given: unknown,
): readonly KeyOperation[] {
  const { algorithm } = shape;
  const standard =
    algorithm === undefined ? usages[familyOf(shape.keyType)].standard : operationsOf(algorithm);
  const operations = given === undefined ? standard : checkKeyOperations(given);
  requireOperations(capabilities, shape, operations);
  if (
    algorithm !== undefined &&
    !operations.some((operation) => operationsOf(algorithm).includes(operation))
  ) {
    throw invalidArgument(`None of the key operations is served by ${algorithm.name}`);
  }
  return operations;
}
