import { decodeBase64Url, invalidArgument, KeyManagerError, publicKeyFromJwk } from '@keyway/core/driver';
import type { EpochSeconds, JsonWebKey } from '@keyway/core/driver';
import type { KeyObject } from 'node:crypto';
import { normalizeAuthority } from './release-policy.ts';

/** The public keys of the authorities that are trusted, by the authority's URL. They are never fetched. */
export interface AttestationAuthorities {
  readonly [authorityUrl: string]: { readonly keys: readonly JsonWebKey[] };
}

/** Claims of a token. */
export type Claims = Readonly<Record<string, unknown>>;

const maxTokenLength = 131_072;

/** Signatures that are accepted: made with a private key, and with hashes that hold. */
const algorithms: readonly string[] = [
  ...['RS', 'PS', 'ES'].flatMap((name) => [`${name}256`, `${name}384`, `${name}512`]),
  'Ed25519',
  'EdDSA',
];

/** What a token says of itself, before anything of it has been verified. */
export interface TokenOutline {
  readonly issuer: string;
  readonly algorithm: string;
  readonly keyId: string;
}

/** Refuses a token that was understood. No message repeats a part of it. */
export function denied(message: string): KeyManagerError {
  return new KeyManagerError('ERR_PERMISSION_DENIED', message);
}

/**
 * Reads what decides which key must verify a token: a JWS in compact form (RFC 7515 section 7.1) with JSON claims.
 *
 * @throws ERR_INVALID_ARGUMENT where it is no token at all.
 * @throws ERR_PERMISSION_DENIED where it is unsigned, or signed with what everybody or its receivers could have made
 * (`none`, HMAC), or does not name its key and issuer.
 */
export function parseToken(token: string): TokenOutline {
  if (typeof token !== 'string' || token.length > maxTokenLength) throw noToken();
  const parts = token.split('.');
  const [header, payload] = [parseSegment(parts[0]), parseSegment(parts[1])];
  if (parts.length !== 3 || decodeBase64Url(parts[2] ?? '') === undefined) throw noToken();
  const { alg, kid } = header;
  const { iss } = payload;
  if (typeof alg !== 'string' || !algorithms.includes(alg) || parts[2] === '') {
    throw denied('The attestation token is not signed with an algorithm that is accepted');
  }
  if (typeof kid !== 'string') throw denied('The attestation token does not name the key that signed it');
  if (typeof iss !== 'string') throw denied('The attestation token does not name its issuer');
  return { issuer: normalizeAuthority(iss), algorithm: alg, keyId: kid };
}

function noToken(): KeyManagerError {
  return invalidArgument('This is not an attestation token: it must be a JSON Web Token in compact form');
}

function parseSegment(segment: string | undefined): Claims {
  const octets = decodeBase64Url(segment ?? '');
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets));
  } catch {
    throw noToken();
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw noToken();
  return parsed as Claims;
}

/** The one key of an authority that a token names. */
function findKey(authorities: AttestationAuthorities, outline: TokenOutline): KeyObject {
  const authority = Object.entries(authorities).find(
    ([url]) => normalizeAuthority(url) === outline.issuer,
  )?.[1];
  if (authority === undefined)
    throw denied('The vault was given no keys of the authority that issued the attestation token');
  const [jwk, another] = authority.keys.filter(({ kid }) => kid === outline.keyId);
  if (jwk === undefined || another !== undefined) {
    throw denied(
      'The vault was given no single key of that name of the authority that issued the attestation token',
    );
  }
  if (jwk.use !== undefined && jwk.use !== 'sig')
    throw denied('The key that the attestation token names is not for signatures');
  if (jwk.alg !== undefined && jwk.alg !== outline.algorithm) {
    throw denied('The key that the attestation token names is for another algorithm');
  }
  try {
    return publicKeyFromJwk(jwk);
  } catch {
    throw denied('The key that the attestation token names cannot be used');
  }
}

/**
 * Verifies an attestation token: a signature by the key of its issuer that it names, `exp` in the future, `nbf`, where it
 * is there, not in the future. Keys that the token brings along or points to are ignored.
 *
 * @param now The current second; there is no tolerance.
 * @throws ERR_PERMISSION_DENIED where it does not verify, with the reason where that is one that its bearer may know.
 */
export async function verifyToken(
  token: string,
  outline: TokenOutline,
  authorities: AttestationAuthorities,
  now: EpochSeconds,
): Promise<Claims> {
  const key = findKey(authorities, outline);
  const options = {
    algorithms: [outline.algorithm],
    requiredClaims: ['exp'],
    currentDate: new Date(now * 1000),
  };
  const { jwtVerify } = await import('jose');
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    throw denied(refusals[codeOf(error)] ?? 'The attestation token does not verify');
  }
}

const refusals: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'The attestation token has expired',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'The attestation token is not yet valid, or has no expiry',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
