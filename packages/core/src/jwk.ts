import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto';
import type { JsonWebKey as NodeJsonWebKey } from 'node:crypto';
import { algorithmMisfit, findAlgorithm } from './algorithms.ts';
import type { AlgorithmName } from './algorithms.ts';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { supportsMlDsa } from './data-signature.ts';
import { invalidArgument, KeyManagerError } from './errors.ts';
import { curveByJwkName, familyOf, keyTypes, octKeySizes } from './key-types.ts';
import type { KeyCurveName, KeyFamily, KeyOperation, KeyType } from './key-types.ts';
import { parseJwkUsage } from './jwk-usage.ts';
import type { JsonWebKey } from './models.ts';
import { toPublicJwk } from './public-key.ts';
import { parseRsaPrivate } from './rsa-private-jwk.ts';

/** A private or symmetric JWK that has been checked. */
export interface ParsedPrivateJwk {
  /** As given, with `-HSM` where it was asked for. */
  readonly keyType: KeyType;
  readonly family: KeyFamily;
  readonly curve: KeyCurveName | undefined;
  /** Bits of the RSA modulus or the symmetric key. */
  readonly size: number | undefined;
  /** AKP: the algorithm that the key is of. */
  readonly parameterSet: AlgorithmName | undefined;
  /** From `alg`. */
  readonly algorithm: AlgorithmName | undefined;
  /** From `key_ops`, else from `use`. */
  readonly keyOperations: readonly KeyOperation[] | undefined;
  /** The key in RFC 7517 form, private members included, nothing else. */
  readonly material: JsonWebKey;
  /** The public members; undefined for symmetric keys. */
  readonly publicKey: JsonWebKey | undefined;
}

type Shape = Pick<ParsedPrivateJwk, 'curve' | 'size' | 'parameterSet' | 'material' | 'publicKey'>;

/** Members that say what a key is for; they are no part of it. */
const describing = ['kty', 'kid', 'key_ops', 'alg', 'use', 'ext'] as const;

/** The members of each family: those it must have, and those it may have. */
const members: Readonly<
  Record<KeyFamily, { readonly needed: readonly string[]; readonly optional: readonly string[] }>
> = {
  RSA: { needed: ['n', 'e', 'd'], optional: ['p', 'q', 'dp', 'dq', 'qi'] },
  EC: { needed: ['crv', 'x', 'y', 'd'], optional: [] },
  OKP: { needed: ['crv', 'x', 'd'], optional: [] },
  AKP: { needed: ['alg', 'pub', 'priv'], optional: [] },
  oct: { needed: ['k'], optional: [] },
};

/** Registered members that are refused for a reason of their own. */
const refused: Readonly<Record<string, string>> = {
  oth: 'An RSA JWK with more than two primes (oth) is not supported',
  ...Object.fromEntries(
    ['x5u', 'x5c', 'x5t', 'x5t#S256'].map((name) => [
      name,
      `A JWK is imported without its certificate (${name})`,
    ]),
  ),
};

const parsers: Readonly<Record<KeyFamily, (jwk: Readonly<Record<string, string>>) => Shape>> = {
  RSA: (jwk) => ({ curve: undefined, parameterSet: undefined, ...parseRsaPrivate(jwk) }),
  EC: parseEc,
  OKP: parseOkp,
  AKP: parseAkp,
  oct: parseOct,
};

/**
 * Checks a private or symmetric JWK for import: the members of its type and no others, strict base64url, sizes and curves
 * of the contract, and a private part that matches the public one. No message repeats a value.
 *
 * `kid` and `ext` are dropped; `use`, `key_ops` and `alg` must agree with each other and with the key.
 *
 * @throws ERR_INVALID_ARGUMENT; for an ML-DSA key ERR_UNSUPPORTED where this Node cannot check it.
 */
export function parsePrivateJwk(jwk: unknown): ParsedPrivateJwk {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk))
    throw invalidArgument('The JWK must be an object');
  const given = Object.fromEntries(Object.entries(jwk).filter(([, value]) => value !== undefined));
  const keyType = keyTypes.find((candidate) => candidate === given['kty']);
  if (keyType === undefined) throw invalidArgument(`kty of the JWK must be one of ${keyTypes.join(', ')}`);
  const family = familyOf(keyType);
  const texts = checkMembers(family, given);
  const { algorithm, keyOperations } = parseJwkUsage(given);
  const shape = parsers[family](texts);
  const misfit = algorithm === undefined ? undefined : algorithmMisfit(algorithm, { family, ...shape });
  if (misfit !== undefined) throw invalidArgument(`alg of the JWK does not fit the key: ${misfit}`);
  return Object.freeze({ keyType, family, ...shape, algorithm: algorithm?.name, keyOperations });
}

function checkMembers(
  family: KeyFamily,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const { needed, optional } = members[family];
  const texts: Record<string, string> = {};
  for (const [member, value] of Object.entries(given)) {
    const described = describing.some((name) => name === member);
    if (!described && !needed.includes(member) && !optional.includes(member)) {
      const reason = Object.hasOwn(refused, member) ? refused[member] : undefined;
      throw invalidArgument(reason ?? 'The JWK has a member that does not belong to a key of its type');
    }
    if (member === 'key_ops' || member === 'ext') continue;
    if (typeof value !== 'string') throw invalidArgument('The members of a JWK are texts');
    texts[member] = value;
  }
  const missing = needed.find((member) => texts[member] === undefined);
  if (missing !== undefined) throw invalidArgument(`A private JWK of type ${family} needs ${missing}`);
  return texts;
}

/** Octets of a member of exactly one length. */
function octets(jwk: Readonly<Record<string, string>>, member: string, length: number): Uint8Array {
  const decoded = decodeBase64Url(jwk[member] ?? '');
  if (decoded?.length !== length)
    throw invalidArgument(`${member} of the JWK must be base64url of ${length} octets`);
  return decoded;
}

const mismatch = 'The private part of the JWK does not match its public part';

function parseEc(jwk: Readonly<Record<string, string>>): Shape {
  const curve = curveByJwkName(jwk['crv'] ?? '');
  if (curve?.family !== 'EC') throw invalidArgument('crv of the JWK is not a curve for a key of type EC');
  const [x, y] = [octets(jwk, 'x', curve.coordinateLength), octets(jwk, 'y', curve.coordinateLength)];
  const d = octets(jwk, 'd', curve.coordinateLength);
  const ecdh = createECDH(curve.nodeName);
  let point: Uint8Array;
  try {
    ecdh.setPrivateKey(d);
    point = ecdh.getPublicKey();
  } catch {
    throw invalidArgument('d of the JWK is not a private key of its curve');
  } finally {
    d.fill(0);
  }
  // A point off the curve cannot equal d times the base point, so this comparison checks both.
  if (!Buffer.concat([Buffer.from([4]), x, y]).equals(point)) throw invalidArgument(mismatch);
  const publicKey = { kty: 'EC', crv: curve.crv, x: encodeBase64Url(x), y: encodeBase64Url(y) };
  const material = { ...publicKey, d: jwk['d'] };
  return { curve: curve.name, size: undefined, parameterSet: undefined, material, publicKey };
}

/** Lets OpenSSL derive the public half and compares. */
function deriveAndCompare(material: JsonWebKey, publicKey: JsonWebKey): void {
  let derived: JsonWebKey;
  try {
    derived = toPublicJwk(
      createPublicKey(createPrivateKey({ key: material as NodeJsonWebKey, format: 'jwk' })),
    );
  } catch {
    throw invalidArgument('The JWK is not a key that this runtime can use');
  }
  if (derived.x !== publicKey.x || derived.pub !== publicKey.pub) throw invalidArgument(mismatch);
}

function parseOkp(jwk: Readonly<Record<string, string>>): Shape {
  const curve = curveByJwkName(jwk['crv'] ?? '');
  if (curve?.family !== 'OKP') throw invalidArgument('crv of the JWK is not a curve for a key of type OKP');
  const x = encodeBase64Url(octets(jwk, 'x', curve.coordinateLength));
  octets(jwk, 'd', curve.coordinateLength).fill(0);
  const publicKey = { kty: 'OKP', crv: curve.crv, x };
  const material = { ...publicKey, d: jwk['d'] };
  deriveAndCompare(material, publicKey);
  return { curve: curve.name, size: undefined, parameterSet: undefined, material, publicKey };
}

function parseAkp(jwk: Readonly<Record<string, string>>): Shape {
  const row = findAlgorithm(jwk['alg'] ?? '');
  if (row?.family !== 'AKP')
    throw invalidArgument('alg of the JWK is not an algorithm for a key of type AKP');
  octets(jwk, 'priv', 32).fill(0);
  if (!supportsMlDsa()) {
    throw new KeyManagerError(
      'ERR_UNSUPPORTED',
      'This Node cannot check an ML-DSA key; versions from 24.6 on can',
    );
  }
  if (decodeBase64Url(jwk['pub'] ?? '') === undefined)
    throw invalidArgument('pub of the JWK must be base64url');
  const publicKey = { kty: 'AKP', alg: row.name, pub: jwk['pub'] };
  const material = { ...publicKey, priv: jwk['priv'] };
  deriveAndCompare(material, publicKey);
  return { curve: undefined, size: undefined, parameterSet: row.name, material, publicKey };
}

function parseOct(jwk: Readonly<Record<string, string>>): Shape {
  const k = decodeBase64Url(jwk['k'] ?? '');
  const size = (k?.length ?? 0) * 8;
  k?.fill(0);
  if (!octKeySizes.includes(size))
    throw invalidArgument(`A key of type oct has ${octKeySizes.join(', ')} bits, in base64url`);
  const material = { kty: 'oct', k: jwk['k'] };
  return { curve: undefined, size, parameterSet: undefined, material, publicKey: undefined };
}
