import { equal, ok } from 'node:assert/strict';
import type {
  CryptographyClient,
  CryptographyResult,
  DigestSignatureAlgorithm,
  SignatureAlgorithmRow,
  VerifyResult,
} from '@keyway/core';
import type { CaseContext } from './case-context.ts';
import { anyKeyOf, kindFor } from './key-kinds.ts';
import { makeTwoVersions, shareKey } from './make-key.ts';
import type { MadeKey, MakeKeyOptions, TwoVersions } from './make-key.ts';
import { opensslKnows, opensslVerifies } from './outside/openssl.ts';
import { verifyOutside } from './outside/signatures.ts';
import type { AnyOf } from './requires.ts';

/** What the cases sign. */
export const message: Uint8Array = new TextEncoder().encode(
  'What is signed here is checked by somebody else.',
);

function signing(row: SignatureAlgorithmRow): MakeKeyOptions {
  return { keyOperations: ['sign', 'verify'], origin: row.family === 'oct' ? 'imported' : 'cheapest' };
}

/**
 * Gives a key that fits a signature algorithm, shared with other cases. A symmetric one is imported: a check outside needs
 * its octets.
 */
export function makeSigningKey(
  context: CaseContext,
  row: SignatureAlgorithmRow,
  options: MakeKeyOptions = {},
): Promise<MadeKey> {
  return shareKey(context, kindFor(row), { ...signing(row), ...options });
}

/** Gives a key that is to have two versions. */
export function makeTwoSigningVersions(
  context: CaseContext,
  row: SignatureAlgorithmRow,
): Promise<TwoVersions> {
  return makeTwoVersions(context, kindFor(row), signing(row));
}

/** The requirement that `makeSigningKey` can make its key. */
export function signingKey(row: SignatureAlgorithmRow): AnyOf {
  const { anyOf } = anyKeyOf(kindFor(row));
  return row.family === 'oct'
    ? { anyOf: anyOf.filter(({ operation }) => operation === 'importKey') }
    : { anyOf };
}

/** The algorithm, typed for `sign` and `verify`: rows that take data only never get there but to be refused. */
export function digestName(row: SignatureAlgorithmRow): DigestSignatureAlgorithm {
  return row.name as DigestSignatureAlgorithm;
}

/** Checks what every result of a cryptographic operation says about itself. */
export function checkResult(result: CryptographyResult, row: { readonly name: string }, key: MadeKey): void {
  equal(result.algorithm, row.name, 'the result names the algorithm');
  equal(result.id, key.managed.id, 'the result names the version that was used');
  ok(result.execution === 'local' || result.execution === 'remote', 'the result says where it ran');
}

/** Checks a signature outside: its length, by node:crypto, and by the openssl program where there is one. */
export async function checkSignature(
  context: CaseContext,
  row: SignatureAlgorithmRow,
  key: MadeKey,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<void> {
  const modulus = Buffer.from(key.publicKey.n ?? '', 'base64url').length;
  equal(signature.length, row.signatureLength === 'modulus' ? modulus : row.signatureLength, 'its length');
  ok(verifyOutside(row, key.publicKey, data, signature), 'node:crypto verifies the signature');
  if (context.openssl && opensslKnows(row, data)) {
    ok(await opensslVerifies(row, key.publicKey, data, signature), 'openssl verifies the signature');
  }
}

/** Asks for a verdict over data. */
export function verifyData(
  client: CryptographyClient,
  row: SignatureAlgorithmRow,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<VerifyResult> {
  return client.verifyData(row.name, data, signature);
}
