import { generateKeyPair, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { curves } from '@keyway/core/driver';
import type { JsonWebKey } from '@keyway/core';
import type { KeyKind } from './key-kinds.ts';

const generate = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

const made = new Map<string, Promise<JsonWebKey>>();

/**
 * A private JWK made outside the vault, by node:crypto. The same one for the whole process: RSA keys are slow to make.
 *
 * @param index 0 or 1, where a case needs two keys.
 */
export function testKey(kind: KeyKind, index = 0): Promise<JsonWebKey> {
  const id = `${kind.id}/${index}`;
  let key = made.get(id);
  if (key === undefined) {
    key = freshKey(kind);
    made.set(id, key);
  }
  return key;
}

/** Makes a key that was never seen before. */
export async function freshKey(kind: KeyKind): Promise<JsonWebKey> {
  if (kind.family === 'oct')
    return { kty: 'oct', k: randomBytes((kind.size ?? 256) / 8).toString('base64url') };
  const { privateKey } = await generatePair(kind);
  return privateKey.export({ format: 'jwk' }) as JsonWebKey;
}

function generatePair(kind: KeyKind): Promise<{ privateKey: KeyObject }> {
  if (kind.family === 'RSA') return generate('rsa', { modulusLength: kind.size });
  if (kind.family === 'AKP') return generate((kind.parameterSet ?? '').toLowerCase(), {});
  if (kind.family === 'OKP') return generate('ed25519', {});
  return generate('ec', { namedCurve: kind.curve === undefined ? '' : curves[kind.curve].nodeName });
}

/** The public half of a private JWK; of a symmetric one, the key itself, for checks outside. */
export function publicHalf(key: JsonWebKey): JsonWebKey {
  const { kty, crv, x, y, n, e, alg, pub, k } = key;
  const all = { kty, crv, x, y, n, e, alg: kty === 'AKP' ? alg : undefined, pub, k };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as Partial<JsonWebKey> as JsonWebKey;
}
