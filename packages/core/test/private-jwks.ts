import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { expect } from 'vitest';
import { isKeyManagerError } from '../src/errors.ts';
import { parsePrivateJwk } from '../src/jwk.ts';

/** A JWK to be parsed. */
export type Jwk = Readonly<Record<string, unknown>>;

/** A key object as a JWK. */
export const jwkOf = (key: { export(options: { format: 'jwk' }): object }): Jwk => ({
  ...key.export({ format: 'jwk' }),
});

/** One private key of each kind. */
export const privateJwks = {
  rsa: jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
  'p-256': jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  'p-384': jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
  'p-521': jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey),
  'p-256k': jwkOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
  ed25519: jwkOf(generateKeyPairSync('ed25519').privateKey),
  'ml-dsa-44': jwkOf(generateKeyPairSync('ml-dsa-44').privateKey),
  'ml-dsa-65': jwkOf(generateKeyPairSync('ml-dsa-65').privateKey),
  'ml-dsa-87': jwkOf(generateKeyPairSync('ml-dsa-87').privateKey),
  oct: jwkOf(createSecretKey(Buffer.alloc(32, 0xa5))),
} as const;
/** The name of a kind. */
export type JwkName = keyof typeof privateJwks;
/** All kinds. */
export const jwkNames: readonly JwkName[] = Object.keys(privateJwks) as JwkName[];

/** Parses, expects a refusal, and that it repeats no value of the key. */
export function expectRefusal(jwk: unknown): string {
  try {
    parsePrivateJwk(jwk);
  } catch (error) {
    if (!isKeyManagerError(error)) throw error;
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    for (const value of Object.values(Object(jwk) as object)) {
      if (typeof value === 'string' && value.length > 20) expect(error.message).not.toContain(value);
    }
    return error.message;
  }
  throw new Error('It was taken');
}
