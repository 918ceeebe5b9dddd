import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  randomBytes,
} from 'node:crypto';
import type { JsonWebKeyInput, KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import {
  curves,
  decodeBase64Url,
  familyOf,
  freshOctets,
  integrityError,
  invalidArgument,
  toPublicJwk,
} from '@keyway/core/driver';
import type { AlgorithmName, JsonWebKey, KeyCurveName, KeyType } from '@keyway/core/driver';

/** What a key is to be. */
export interface MaterialShape {
  readonly keyType: KeyType;
  readonly curve?: KeyCurveName | undefined;
  readonly size?: number | undefined;
  /** AKP: the parameter set. */
  readonly algorithm?: AlgorithmName | undefined;
}

/** Fresh or given key material. */
export interface Material {
  /** PKCS#8 DER, or the plain octets of a symmetric key. Whoever holds it last must zero it. */
  readonly octets: Uint8Array;
  readonly publicKey: JsonWebKey | undefined;
  /** Bits of the RSA modulus or of the symmetric key. */
  readonly size: number | undefined;
}

const makeKeyPair = promisify(generateKeyPair);

const mlDsaKeyPairs: Readonly<Partial<Record<AlgorithmName, () => Promise<{ privateKey: KeyObject }>>>> = {
  'ML-DSA-44': () => makeKeyPair('ml-dsa-44'),
  'ML-DSA-65': () => makeKeyPair('ml-dsa-65'),
  'ML-DSA-87': () => makeKeyPair('ml-dsa-87'),
};

async function generatePrivateKey(shape: MaterialShape): Promise<KeyObject> {
  const family = familyOf(shape.keyType);
  if (family === 'RSA') {
    return (await makeKeyPair('rsa', { modulusLength: shape.size ?? 2048, publicExponent: 0x10001 }))
      .privateKey;
  }
  if (family === 'EC')
    return (await makeKeyPair('ec', { namedCurve: curves[shape.curve ?? 'P-256'].nodeName })).privateKey;
  if (family === 'OKP') return (await makeKeyPair('ed25519')).privateKey;
  const make = shape.algorithm === undefined ? undefined : mlDsaKeyPairs[shape.algorithm];
  if (make === undefined) throw invalidArgument('A key of type AKP needs an algorithm');
  return (await make()).privateKey;
}

/** An octet string of its own, not a window into a pool that other code may see. */
function ownOctets(buffer: Uint8Array): Uint8Array {
  const copy = freshOctets(buffer);
  buffer.fill(0);
  return copy;
}

function ofPrivateKey(key: KeyObject): Material {
  return {
    octets: ownOctets(key.export({ format: 'der', type: 'pkcs8' })),
    publicKey: toPublicJwk(createPublicKey(key)),
    size: key.asymmetricKeyDetails?.modulusLength,
  };
}

/** Makes new material with the system's random source, off the main thread where that takes long. */
export async function generateMaterial(shape: MaterialShape): Promise<Material> {
  if (familyOf(shape.keyType) !== 'oct') return ofPrivateKey(await generatePrivateKey(shape));
  const size = shape.size ?? 256;
  return { octets: ownOctets(randomBytes(size / 8)), publicKey: undefined, size };
}

/** Takes material from a private JWK that core has checked. */
export function importMaterial(jwk: JsonWebKey): Material {
  if (jwk.kty === 'oct') {
    const octets = jwk.k === undefined ? undefined : decodeBase64Url(jwk.k);
    if (octets === undefined) throw invalidArgument('The key is not a symmetric JWK');
    return { octets: ownOctets(octets), publicKey: undefined, size: octets.length * 8 };
  }
  const input: Pick<JsonWebKeyInput, 'format'> & { key: unknown } = { key: jwk, format: 'jwk' };
  return ofPrivateKey(createPrivateKey(input as JsonWebKeyInput));
}

/**
 * Makes material usable.
 *
 * @param octets As {@link Material} has them; not kept.
 * @throws ERR_INTEGRITY where they are no key of this type.
 */
export function loadMaterial(keyType: KeyType, octets: Uint8Array): KeyObject {
  try {
    if (familyOf(keyType) === 'oct') return createSecretKey(octets);
    const der = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    throw integrityError();
  }
}
