import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JsonWebKey } from '@keyway/core';
import { knownAnswers } from '../../conformance/src/vectors/known-answers.ts';
import type { Random } from '../random.ts';

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** RSA keys take too long to make; these are published ones. */
const rsaKeys: readonly JsonWebKey[] = [
  ...new Map(
    knownAnswers.filter(({ key }) => key.kty === 'RSA' && key.d !== undefined).map(({ key }) => [key.n, key]),
  ).values(),
];

const ecCurves = [
  { crv: 'P-256', node: 'prime256v1', length: 32 },
  { crv: 'P-384', node: 'secp384r1', length: 48 },
  { crv: 'P-521', node: 'secp521r1', length: 66 },
  { crv: 'secp256k1', node: 'secp256k1', length: 32 },
] as const;

/** PKCS#8 in front of the seed of an Ed25519 key (RFC 8410). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

function ecKey(random: Random): JsonWebKey {
  const { crv, node, length } = random.pick(ecCurves);
  const ecdh = createECDH(node);
  // The first octets stay zero, so that the scalar is below every curve's order.
  const scalar = Buffer.concat([Buffer.alloc(2), random.bytes(length - 3), Buffer.of(1)]);
  ecdh.setPrivateKey(scalar);
  const point = ecdh.getPublicKey();
  return {
    kty: 'EC',
    crv,
    x: base64url(point.subarray(1, 1 + length)),
    y: base64url(point.subarray(1 + length)),
    d: base64url(scalar),
  };
}

function okpKey(random: Random): JsonWebKey {
  const privateKey = createPrivateKey({
    key: Buffer.concat([ed25519Prefix, random.bytes(32)]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x, d } = privateKey.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x, d };
}

/** PKCS#8 in front of the seed of an ML-DSA-44 key (RFC 9881). */
const mlDsaPrefix = Buffer.from('3034020100300b060960864801650304031104228020', 'hex');

/** ML-DSA, where this Node has it; else Ed25519. */
function akpKey(random: Random): JsonWebKey {
  const der = Buffer.concat([mlDsaPrefix, random.bytes(32)]);
  try {
    const { pub, priv } = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
      format: 'jwk',
    }) as JsonWebKey;
    return { kty: 'AKP', alg: 'ML-DSA-44', pub, priv };
  } catch {
    return okpKey(random);
  }
}

/** A private JWK, some pooled and most fresh. */
function makeKey(random: Random, rsaShare: number): JsonWebKey {
  if (random.chance(rsaShare)) return random.pick(rsaKeys);
  if (random.chance(0.05)) return akpKey(random);
  const sort = random.below(10);
  if (sort < 4) return ecKey(random);
  if (sort < 6) return okpKey(random);
  return { kty: 'oct', k: base64url(random.bytes(random.pick([16, 24, 32, 48, 64]))) };
}

/** RSA without its factors, which the parser then works out. */
function withoutFactors({ kty, n, e, d }: JsonWebKey): JsonWebKey {
  return { kty, n, e, d };
}

/** A valid private JWK, with the members that say about its use, now and then. RSA is rare: it takes 0.1 s and more. */
export function validPrivateJwk(random: Random): JsonWebKey {
  const key = makeKey(random, 0.005);
  if (random.chance(0.7)) return key.kty === 'RSA' && random.chance(0.5) ? withoutFactors(key) : key;
  const crv = key.crv === 'secp256k1' && random.chance(0.5) ? 'P-256K' : key.crv;
  const kty = random.chance(0.2) ? `${key.kty}-HSM` : key.kty;
  return { ...key, kty, ...(crv === undefined ? {} : { crv }), ...(random.chance(0.5) ? { kid: 'k1' } : {}) };
}

/** A public key. */
export function samplePublicKey(random: Random): KeyObject {
  for (;;) {
    const key = makeKey(random, 0.2);
    if (key.kty === 'oct') continue;
    const { kty, crv, x, y, n, e, pub, alg } = key;
    const members = Object.fromEntries(
      Object.entries({ kty, crv, x, y, n, e, pub, alg }).filter(([, value]) => value !== undefined),
    );
    return createPublicKey({ key: members, format: 'jwk' });
  }
}
