import { describe, expect, it } from 'vitest';
import { parsePrivateJwk } from '../src/jwk.ts';
import { expectRefusal, privateJwks } from './private-jwks.ts';
import type { Jwk, JwkName } from './private-jwks.ts';

describe('what a JWK says about its use', () => {
  const usageOf = (members: Jwk, name: JwkName = 'rsa') => {
    const { algorithm, keyOperations } = parsePrivateJwk({ ...privateJwks[name], ...members });
    return { algorithm, keyOperations };
  };

  it.each<readonly [Jwk, object]>([
    [{}, { algorithm: undefined, keyOperations: undefined }],
    [{ use: 'sig' }, { keyOperations: ['sign', 'verify'] }],
    [{ use: 'enc' }, { keyOperations: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] }],
    [{ key_ops: ['verify', 'sign'] }, { keyOperations: ['sign', 'verify'] }],
    [{ key_ops: ['unwrapKey'] }, { keyOperations: ['unwrapKey'] }],
    [
      { key_ops: ['sign'], use: 'sig', alg: 'PS256' },
      { algorithm: 'PS256', keyOperations: ['sign'] },
    ],
    [{ alg: 'RSA-OAEP-256' }, { algorithm: 'RSA-OAEP-256', keyOperations: undefined }],
  ])('%j', (members, expected) => {
    expect(usageOf(members)).toMatchObject(expected);
  });

  it('takes of use what the algorithm serves', () => {
    expect(usageOf({ use: 'enc', alg: 'A256KW' }, 'oct').keyOperations).toEqual(['wrapKey', 'unwrapKey']);
    expect(usageOf({ use: 'enc', alg: 'A256GCM' }, 'oct').keyOperations).toEqual(['encrypt', 'decrypt']);
  });

  it('knows EdDSA as the older name of Ed25519', () => {
    expect(usageOf({ alg: 'EdDSA' }, 'ed25519').algorithm).toBe('Ed25519');
  });

  it.each<readonly [Jwk, JwkName]>([
    [{ use: 'both' }, 'rsa'],
    [{ use: 'constructor' }, 'rsa'],
    [{ use: 1 }, 'rsa'],
    [{ key_ops: [] }, 'rsa'],
    [{ key_ops: 'sign' }, 'rsa'],
    [{ key_ops: ['sign', 'sign'] }, 'rsa'],
    [{ key_ops: ['sign', 'deriveBits'] }, 'rsa'],
    [{ key_ops: [1] }, 'rsa'],
    [{ key_ops: ['sign'], use: 'enc' }, 'rsa'],
    [{ key_ops: ['decrypt'], alg: 'RS256' }, 'rsa'],
    [{ use: 'enc', alg: 'RS256' }, 'rsa'],
    [{ alg: 'RS1' }, 'rsa'],
    [{ alg: 'constructor' }, 'rsa'],
    [{ alg: 1 }, 'rsa'],
    [{ alg: 'ES256' }, 'rsa'],
    [{ alg: 'ES384' }, 'p-256'],
    [{ alg: 'ES256K' }, 'p-256'],
    [{ alg: 'A128GCM' }, 'oct'],
    [{ alg: 'HS512' }, 'oct'],
  ])('refuses %j on %s', (members, name) => {
    expectRefusal({ ...privateJwks[name], ...members });
  });
});
