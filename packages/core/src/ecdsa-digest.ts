import type { KeyObject } from 'node:crypto';
import { decodeBase64Url } from './base64url.ts';
import { derTag, readDerSequence } from './der.ts';
import { curves } from './key-types.ts';
import type { KeyCurveName } from './key-types.ts';

/** What of @noble/curves is used here. */
interface Ecdsa {
  sign(digest: Uint8Array, secretKey: Uint8Array, options: typeof plain): Uint8Array;
  verify(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array, options: typeof plain): boolean;
}

/** The value is a digest already; s is left as it comes out, as every other implementation does. */
const plain = { prehash: false, lowS: false } as const;

const loaded = new Map<KeyCurveName, Ecdsa>();

/** Loads the curve on first use: it costs start-up time that most applications never need. */
async function load(curve: KeyCurveName): Promise<Ecdsa> {
  const ecdsa = await importCurve(curve);
  loaded.set(curve, ecdsa);
  return ecdsa;
}

async function importCurve(curve: KeyCurveName): Promise<Ecdsa> {
  if (curve === 'P-256K') return (await import('@noble/curves/secp256k1.js')).secp256k1;
  const { p256, p384, p521 } = await import('@noble/curves/nist.js');
  if (curve === 'P-256') return p256;
  if (curve === 'P-384') return p384;
  if (curve === 'P-521') return p521;
  throw new TypeError(`ECDSA does not run on ${curve}`);
}

/** Whether this Node writes the bare scalar (24.21 does), which takes two thirds of the time. */
let writesScalars = true;

/** The scalar of a private key as octets; never as a JWK, which would leave it behind as a text. */
function scalarOf(privateKey: KeyObject, curve: KeyCurveName): Uint8Array {
  const scalar = bareScalar(privateKey) ?? scalarFromDer(privateKey);
  if (scalar?.length === curves[curve].coordinateLength) return scalar;
  scalar?.fill(0);
  throw new TypeError(`Not a private key on ${curve}`);
}

function bareScalar(privateKey: KeyObject): Uint8Array | undefined {
  if (!writesScalars || privateKey.type !== 'private') return undefined;
  try {
    return privateKey.export({ format: 'raw-private' });
  } catch {
    writesScalars = false;
    return undefined;
  }
}

/** The scalar from the ECPrivateKey of a key (RFC 5915). */
function scalarFromDer(privateKey: KeyObject): Uint8Array | undefined {
  const der = privateKey.export({ format: 'der', type: 'sec1' });
  try {
    const scalar = readDerSequence(der)?.[1];
    return scalar?.tag === derTag.octetString ? Uint8Array.from(scalar.contents) : undefined;
  } finally {
    der.fill(0);
  }
}

const points = new WeakMap<KeyObject, Uint8Array>();

/** The uncompressed point of a public key; kept, since deriving it costs more than a native verify. */
function pointOf(publicKey: KeyObject, curve: KeyCurveName): Uint8Array {
  const known = points.get(publicKey);
  if (known !== undefined) return known;
  const { x, y } = publicKey.export({ format: 'jwk' });
  const [left, right] = [decodeBase64Url(x ?? ''), decodeBase64Url(y ?? '')];
  if (left === undefined || right === undefined) throw new TypeError(`Not a public key on ${curve}`);
  const point = Uint8Array.from([4, ...left, ...right]);
  points.set(publicKey, point);
  return point;
}

/**
 * ECDSA over a digest, which node:crypto cannot make. Nonces are deterministic (RFC 6979), so that no
 * signature hangs on the quality of a random source and test vectors apply. Not constant-time: the arithmetic runs on
 * JavaScript big integers, as SECURITY.md says; where the data is at hand, `signDataWith` is.
 *
 * @returns `r ‖ s` (IEEE P1363).
 */
export async function signEcdsaDigest(
  curve: KeyCurveName,
  privateKey: KeyObject,
  digest: Uint8Array,
): Promise<Uint8Array> {
  const ecdsa = loaded.get(curve) ?? (await load(curve));
  const secret = scalarOf(privateKey, curve);
  try {
    return ecdsa.sign(digest, secret, plain);
  } finally {
    secret.fill(0);
  }
}

/** Verifies `r ‖ s`, in range already, over a digest. Never throws for a bad signature. */
export async function verifyEcdsaDigest(
  curve: KeyCurveName,
  publicKey: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const ecdsa = loaded.get(curve) ?? (await load(curve));
  const point = pointOf(publicKey, curve);
  try {
    return ecdsa.verify(signature, digest, point, plain);
  } catch {
    return false;
  }
}
