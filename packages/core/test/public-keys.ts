import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** One private key of each kind. */
const privateKeys: Readonly<Record<string, KeyObject>> = {
  'RSA 2048': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'RSA 3072': generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey,
  'RSA 4096': generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey,
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  'P-256K': generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
  Ed25519: generateKeyPairSync('ed25519').privateKey,
  'ML-DSA-44': generateKeyPairSync('ml-dsa-44').privateKey,
  'ML-DSA-65': generateKeyPairSync('ml-dsa-65').privateKey,
  'ML-DSA-87': generateKeyPairSync('ml-dsa-87').privateKey,
};
/** Each kind: its name, private and public key. */
export const keyCells: readonly (readonly [string, KeyObject, KeyObject])[] = Object.entries(privateKeys).map(
  ([name, privateKey]) => [name, privateKey, createPublicKey(privateKey)] as const,
);
/** SubjectPublicKeyInfo of a key. */
export const spkiOf = (key: KeyObject): Uint8Array =>
  Uint8Array.from(key.export({ format: 'der', type: 'spki' }));
/** The public key of a kind. */
export const keyNamed = (name: string): KeyObject => createPublicKey(privateKeys[name] ?? '');
