import {
  curves,
  decodeBase64Url,
  encodeBase64Url,
  integrityError,
  publicKeyFromJwk,
} from '@keyway/core/driver';
import type { JsonWebKey, KeyCurveName } from '@keyway/core/driver';
import { curveOfParameters, decodePoint, ecParameters, encodePoint } from './ec-parameters.ts';
import { ckk, cko } from './mechanisms.ts';
import type { AttributeName, Attributes, Template } from './token/attributes.ts';

/** What a public key, or the public half that a private RSA object also tells, is read from. */
export const publicAttributeNames: readonly AttributeName[] = [
  'keyType',
  'modulus',
  'publicExponent',
  'ecParams',
  'ecPoint',
];

/** Octets of an unsigned integer without leading zeros, which some tokens give. */
function minimal(integer: Uint8Array): Uint8Array {
  const first = integer.findIndex((octet) => octet !== 0);
  return first <= 0 ? integer : integer.subarray(first);
}

/** `kty`, `crv` and coordinates of a point. */
function ecJwk(curve: KeyCurveName, point: Uint8Array): JsonWebKey {
  const { crv, coordinateLength } = curves[curve];
  if (curve === 'Ed25519') return { kty: 'OKP', crv, x: encodeBase64Url(point) };
  const x = encodeBase64Url(point.subarray(1, 1 + coordinateLength));
  return { kty: 'EC', crv, x, y: encodeBase64Url(point.subarray(1 + coordinateLength)) };
}

function readJwk(attributes: Attributes): JsonWebKey | undefined {
  const { keyType, modulus, publicExponent, ecParams, ecPoint } = attributes;
  if (keyType === ckk.rsa && modulus !== undefined && publicExponent !== undefined) {
    return {
      kty: 'RSA',
      n: encodeBase64Url(minimal(modulus)),
      e: encodeBase64Url(minimal(publicExponent)),
    };
  }
  if (keyType !== ckk.ec && keyType !== ckk.ecEdwards) return undefined;
  const curve = ecParams === undefined ? undefined : curveOfParameters(ecParams);
  const point = curve === undefined || ecPoint === undefined ? undefined : decodePoint(curve, ecPoint);
  return curve === undefined || point === undefined ? undefined : ecJwk(curve, point);
}

/**
 * The public JWK that attributes of an object tell: checked, its point on its curve. Anybody who can write to the token may
 * have put the object there: it is authentic only where its digest stands in an authenticated record.
 *
 * @returns Undefined where the attributes hold no public key of a kind in the contract.
 */
export function publicJwkOf(attributes: Attributes): JsonWebKey | undefined {
  const jwk = readJwk(attributes);
  if (jwk === undefined) return undefined;
  try {
    publicKeyFromJwk(jwk);
    return Object.freeze(jwk);
  } catch {
    return undefined;
  }
}

function octetsOf(text: string | undefined): Uint8Array {
  const octets = text === undefined ? undefined : decodeBase64Url(text);
  if (octets === undefined) throw integrityError();
  return octets;
}

/** The curve of a public JWK. */
export function curveOfJwk(jwk: JsonWebKey): KeyCurveName | undefined {
  return Object.values(curves).find(({ crv }) => crv === jwk.crv)?.name;
}

/** The bare public point of an EC or Ed25519 key. */
export function pointOfJwk(jwk: JsonWebKey): Uint8Array {
  const x = octetsOf(jwk.x);
  return jwk.kty === 'OKP' ? x : Uint8Array.from([4, ...x, ...octetsOf(jwk.y)]);
}

/** The attributes that make a public key object out of a public JWK, without any that say where and what for. */
export function publicTemplateOf(jwk: JsonWebKey, edwardsForm: 'oid' | 'name' = 'oid'): Template {
  if (jwk.kty === 'RSA') {
    const [modulus, publicExponent] = [octetsOf(jwk.n), octetsOf(jwk.e)];
    return { class: cko.publicKey, keyType: ckk.rsa, modulus, publicExponent };
  }
  const curve = curveOfJwk(jwk);
  if (curve === undefined) throw integrityError();
  return {
    class: cko.publicKey,
    keyType: curve === 'Ed25519' ? ckk.ecEdwards : ckk.ec,
    ecParams: ecParameters(curve, edwardsForm),
    ecPoint: encodePoint(pointOfJwk(jwk)),
  };
}
