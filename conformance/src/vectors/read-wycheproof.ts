import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wycheproofFolder } from './wycheproof-source.ts';

/** One vector. Octets are hexadecimal text; members that are no text are left out. */
export interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly texts: Readonly<Record<string, string>>;
}

/** Vectors that share a key or parameters. */
export interface VectorGroup {
  readonly texts: Readonly<Record<string, string>>;
  readonly numbers: Readonly<Record<string, number>>;
  /** The group's private JWK, where it has one. */
  readonly jwk: Readonly<Record<string, string>> | undefined;
  /** RSA: octets of the private key by their names in PKCS#1, and the public exponent. */
  readonly key: Readonly<Record<string, string>>;
  readonly tests: readonly Vector[];
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown, what: string): readonly Json[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw new Error(`Wycheproof: ${what} is not a list`);
  return value;
}

function membersOf<Value>(
  object: unknown,
  is: (value: unknown) => value is Value,
): Readonly<Record<string, Value>> {
  if (!isObject(object)) return {};
  return Object.fromEntries(Object.entries(object).filter((entry): entry is [string, Value] => is(entry[1])));
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';

function parseVector(test: Json): Vector {
  const { tcId, comment, flags, result } = test;
  if (result !== 'valid' && result !== 'invalid' && result !== 'acceptable')
    throw new Error('Wycheproof: no result');
  if (typeof tcId !== 'number' || !Array.isArray(flags))
    throw new Error('Wycheproof: a vector without number or flags');
  return {
    tcId,
    comment: String(comment),
    flags: flags.filter(isText),
    result,
    texts: membersOf(test, isText),
  };
}

function parseGroup(group: Json): VectorGroup {
  return {
    texts: membersOf(group, isText),
    numbers: membersOf(group, isNumber),
    jwk: isObject(group['privateKeyJwk']) ? membersOf(group['privateKeyJwk'], isText) : undefined,
    key: membersOf(group['privateKey'] ?? group['publicKey'], isText),
    tests: list(group['tests'], 'tests').map(parseVector),
  };
}

/**
 * Reads a file of vectors from the cache.
 *
 * @throws Error where it is not there, not as it was put there, or holds fewer vectors than it says.
 */
export async function readWycheproof(
  file: string,
  folder: string = wycheproofFolder(),
): Promise<readonly VectorGroup[]> {
  const name = `${file}_test.json`;
  let bytes: Buffer;
  let hashes: unknown;
  try {
    bytes = await readFile(join(folder, name));
    hashes = JSON.parse(await readFile(join(folder, 'SHA256.json'), 'utf8'));
  } catch (cause) {
    throw new Error('The Wycheproof vectors are not there: run "node scripts/vectors.ts" first', { cause });
  }
  if (!isObject(hashes) || hashes[name] !== createHash('sha256').update(bytes).digest('hex')) {
    throw new Error(`${name} has been changed since it was fetched`);
  }
  const document: unknown = JSON.parse(bytes.toString('utf8'));
  if (!isObject(document)) throw new Error(`${name} is not an object`);
  const groups = list(document['testGroups'], 'testGroups').map(parseGroup);
  const count = groups.reduce((sum, group) => sum + group.tests.length, 0);
  if (count === 0 || count !== document['numberOfTests']) throw new Error(`${name} holds ${count} vectors`);
  return groups;
}
