import { createHash, createPublicKey } from 'node:crypto';
import type { JsonWebKey as NodeJsonWebKey, KeyObject } from 'node:crypto';
import { findAlgorithm } from './algorithms.ts';
import type { KeyShape } from './algorithms.ts';
import { decodeBase64Url } from './base64url.ts';
import { derTag, readDer, readDerElements, readDerSequence, readDerUnsigned } from './der.ts';
import { invalidArgument } from './errors.ts';
import { curveByJwkName, curves, rsaKeySizes } from './key-types.ts';
import type { KeyCurveName } from './key-types.ts';
import type { JsonWebKey } from './models.ts';

/** AlgorithmIdentifier octets (OID and parameters) of each kind of key (RFC 3279, 5480, 8410, 9881). */
const identifiers: Readonly<Record<string, { readonly kind: 'RSA' | KeyCurveName | `ML-DSA-${number}` }>> = {
  '06092a864886f70d0101010500': { kind: 'RSA' },
  '06072a8648ce3d020106082a8648ce3d030107': { kind: 'P-256' },
  '06072a8648ce3d020106052b81040022': { kind: 'P-384' },
  '06072a8648ce3d020106052b81040023': { kind: 'P-521' },
  '06072a8648ce3d020106052b8104000a': { kind: 'P-256K' },
  '06032b6570': { kind: 'Ed25519' },
  '0609608648016503040311': { kind: 'ML-DSA-44' },
  '0609608648016503040312': { kind: 'ML-DSA-65' },
  '0609608648016503040313': { kind: 'ML-DSA-87' },
};

const malformed = 'The public key is malformed or of a kind that is not supported';

/** Smallest public exponent that is taken, 65537, and the octets of the longest. */
const exponents = { least: 65_537n, mostOctets: 8 } as const;

/** Octets of a JWK integer (RFC 7518 section 2): at least one, the first not zero, no more than the longest there can be. */
function unsigned(text: string | undefined, mostOctets: number): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length > Math.ceil((mostOctets * 4) / 3)) return undefined;
  const octets = decodeBase64Url(text);
  return octets === undefined || octets.length === 0 || octets[0] === 0 ? undefined : octets;
}

const isOdd = (octets: Uint8Array): boolean => ((octets.at(-1) ?? 0) & 1) === 1;

/**
 * Checks an RSA public key: a modulus of 2048, 3072 or 4096 bits, odd, and an odd exponent from 65537 to 2^64. Smaller
 * exponents are refused: vaults do not make them, and old padding attacks live on them.
 *
 * @returns The bits of the modulus.
 */
export function checkRsaPublic(n: string | undefined, e: string | undefined): number {
  const modulus = unsigned(n, Math.max(...rsaKeySizes) / 8);
  const exponent = unsigned(e, exponents.mostOctets);
  const bits = modulus === undefined ? 0 : modulus.length * 8 - (Math.clz32(modulus[0] ?? 0) - 24);
  if (modulus === undefined || !isOdd(modulus) || !rsaKeySizes.includes(bits)) {
    throw invalidArgument(`n must be the base64url of an odd integer of ${rsaKeySizes.join(', ')} bits`);
  }
  const value = exponent === undefined ? 0n : BigInt(`0x${Buffer.from(exponent).toString('hex')}`);
  if (exponent === undefined || !isOdd(exponent) || value < exponents.least) {
    throw invalidArgument('e must be the base64url of an odd integer from 65537 to 2^64');
  }
  return bits;
}

/**
 * Makes a key object of the public members of a JWK, whatever other members it has: sizes as the contract has them, a point
 * on its curve. For a key that has been found authentic; callers keep the result.
 *
 * @throws ERR_INVALID_ARGUMENT for anything else.
 */
export function publicKeyFromJwk(jwk: JsonWebKey): KeyObject {
  const shape = keyShapeOfPublicJwk(jwk);
  const { kty, n, e, x, y, alg, pub } = jwk;
  const crv = shape.curve === undefined ? undefined : curves[shape.curve].crv;
  const members = { kty, n, e, crv, x, y, pub, ...(kty === 'AKP' ? { alg } : {}) };
  try {
    return createPublicKey({ key: members as NodeJsonWebKey, format: 'jwk' });
  } catch {
    throw invalidArgument(malformed);
  }
}

/** What of a public JWK decides which algorithms fit; checks its members, but not yet that a point is on its curve. */
export function keyShapeOfPublicJwk(jwk: JsonWebKey): KeyShape {
  if (typeof jwk !== 'object' || jwk === null) throw invalidArgument(malformed);
  if (jwk.kty === 'RSA') return { family: 'RSA', size: checkRsaPublic(jwk.n, jwk.e) };
  if (jwk.kty === 'EC' || jwk.kty === 'OKP') {
    const curve = jwk.crv === undefined ? undefined : curveByJwkName(jwk.crv);
    if (curve?.family !== jwk.kty) throw invalidArgument(malformed);
    const coordinates = jwk.kty === 'EC' ? [jwk.x, jwk.y] : [jwk.x];
    for (const text of coordinates) {
      if (decodeBase64Url(text ?? '')?.length !== curve.coordinateLength) throw invalidArgument(malformed);
    }
    return { family: jwk.kty, curve: curve.name };
  }
  const row = jwk.kty === 'AKP' ? findAlgorithm(jwk.alg ?? '') : undefined;
  if (row?.family !== 'AKP' || decodeBase64Url(jwk.pub ?? '') === undefined) throw invalidArgument(malformed);
  return { family: 'AKP', parameterSet: row.name };
}

/** The kind of key that strict SubjectPublicKeyInfo octets hold, with the octets of its key. */
function readSpki(spki: Uint8Array): { kind: string; key: Uint8Array } | undefined {
  const parts = readDerSequence(spki);
  const [identifier, bits] = parts ?? [];
  if (parts?.length !== 2 || identifier?.tag !== derTag.sequence || bits?.tag !== derTag.bitString)
    return undefined;
  const kind = identifiers[Buffer.from(identifier.contents).toString('hex')]?.kind;
  if (kind === undefined || bits.contents[0] !== 0) return undefined;
  return { kind, key: bits.contents.subarray(1) };
}

/** Whether the octets of the key have the one form that is taken: RSA minimal DER, EC an uncompressed point. */
function isExact(kind: string, key: Uint8Array): boolean {
  if (kind === 'RSA') {
    const outer = readDer(key);
    const numbers = outer?.tag === derTag.sequence ? readDerElements(outer.contents) : undefined;
    return numbers?.length === 2 && numbers.every((number) => readDerUnsigned(number) !== undefined);
  }
  const curve = Object.values(curves).find((row) => row.name === kind);
  if (curve === undefined) return true;
  if (curve.family === 'OKP') return key.length === curve.coordinateLength;
  return key[0] === 4 && key.length === 1 + 2 * curve.coordinateLength;
}

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280) of a kind in the contract: exact algorithm parameters, minimal DER, no trailing
 * octets, points uncompressed and on their curve.
 *
 * @throws ERR_INVALID_ARGUMENT for anything else.
 */
export function publicKeyFromSpki(spki: Uint8Array): KeyObject {
  const read = readSpki(spki);
  if (read === undefined || !isExact(read.kind, read.key)) throw invalidArgument(malformed);
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    throw invalidArgument(malformed);
  }
  keyShapeOfPublicJwk(toPublicJwk(key));
  return key;
}

/** The public JWK of a key object: public members only, without `kid`. A private key's secret is never made a text. */
export function toPublicJwk(key: KeyObject): JsonWebKey {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const { kty = '', n, e, crv, x, y, alg, pub } = publicKey.export({ format: 'jwk' }) as Partial<JsonWebKey>;
  if (kty === 'RSA') return Object.freeze({ kty, n, e });
  if (kty === 'AKP') return Object.freeze({ kty, alg, pub });
  return Object.freeze(kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x });
}

/** Reads a SubjectPublicKeyInfo as a public JWK. */
export function jwkFromSpki(spki: Uint8Array): JsonWebKey {
  return toPublicJwk(publicKeyFromSpki(spki));
}

/** SHA-256 over the SubjectPublicKeyInfo of a public JWK: 32 octets. */
export function spkiDigest(jwk: JsonWebKey): Uint8Array {
  const spki = publicKeyFromJwk(jwk).export({ format: 'der', type: 'spki' });
  return new Uint8Array(createHash('sha256').update(spki).digest());
}
