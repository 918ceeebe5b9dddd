import { createPublicKey, createPrivateKey } from 'node:crypto';
import type { JsonWebKey as NodeJsonWebKey, KeyObject } from 'node:crypto';
import type { JsonWebKey } from '@keyway/core';

/**
 * A public key for checks outside, from the JWK exactly as the vault gave it: that node:crypto takes it as it is, is part
 * of the contract.
 */
export function outsidePublicKey(jwk: JsonWebKey): KeyObject {
  return createPublicKey({ key: jwk as NodeJsonWebKey, format: 'jwk' });
}

/** A private key that the suite made itself. */
export function outsidePrivateKey(jwk: JsonWebKey): KeyObject {
  return createPrivateKey({ key: jwk as NodeJsonWebKey, format: 'jwk' });
}

/** The octets of a symmetric JWK. */
export function outsideSecret(jwk: JsonWebKey): Buffer {
  if (jwk.k === undefined) throw new Error('This check needs a symmetric key that was made outside');
  return Buffer.from(jwk.k, 'base64url');
}
