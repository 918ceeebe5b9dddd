import { findAlgorithm, operationsOf } from './algorithms.ts';
import type { AlgorithmRow } from './algorithms.ts';
import { invalidArgument } from './errors.ts';
import { keyOperations } from './key-types.ts';
import type { KeyOperation } from './key-types.ts';

/** What a JWK says its key is for. */
export interface JwkUsage {
  readonly algorithm: AlgorithmRow | undefined;
  readonly keyOperations: readonly KeyOperation[] | undefined;
}

const byUse: ReadonlyMap<unknown, readonly KeyOperation[]> = new Map([
  ['sig', ['sign', 'verify']],
  ['enc', ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']],
]);

/**
 * Reads `alg`, `use` and `key_ops` (RFC 7517 sections 4.2 to 4.4), which must not contradict each other. Operations come
 * from `key_ops`; without it from `use`, as far as `alg` serves them.
 *
 * @throws ERR_INVALID_ARGUMENT
 */
export function parseJwkUsage({ alg, use, key_ops: keyOps }: Readonly<Record<string, unknown>>): JwkUsage {
  const algorithm = typeof alg === 'string' ? findAlgorithm(alg) : undefined;
  if (alg !== undefined && algorithm === undefined) {
    throw invalidArgument('alg of the JWK is not an algorithm of the contract');
  }
  const fromUse = byUse.get(use);
  if (use !== undefined && fromUse === undefined) throw invalidArgument('use of the JWK must be sig or enc');
  const served = algorithm === undefined ? keyOperations : operationsOf(algorithm);
  const named = keyOps === undefined ? undefined : readOperations(keyOps);
  if (named?.some((operation) => !served.includes(operation)) === true) {
    throw invalidArgument('alg of the JWK does not serve all of its key_ops');
  }
  if (fromUse === undefined) return { algorithm, keyOperations: named };
  if (named?.some((operation) => !fromUse.includes(operation)) === true) {
    throw invalidArgument('use and key_ops of the JWK contradict each other');
  }
  const both = fromUse.filter((operation) => served.includes(operation));
  if (both.length === 0) throw invalidArgument('use and alg of the JWK contradict each other');
  return { algorithm, keyOperations: named ?? both };
}

function readOperations(keyOps: unknown): readonly KeyOperation[] {
  if (!Array.isArray(keyOps) || keyOps.length === 0 || new Set(keyOps).size !== keyOps.length) {
    throw invalidArgument('key_ops of the JWK must be a list without repetitions');
  }
  const known = keyOperations.filter((operation) => keyOps.includes(operation));
  if (known.length !== keyOps.length) {
    throw invalidArgument('key_ops of the JWK has an operation that is not supported');
  }
  return known;
}
