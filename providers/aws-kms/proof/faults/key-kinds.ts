import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { JsonWebKey, KeyManager, ManagedKey } from '@keyway/core';
import type { FlowRow } from '../../src/flow-table.ts';

type CreateOptions = NonNullable<Parameters<KeyManager['createKey']>[2]>;

/** A kind of key, as it is asked for, and what KMS calls it. */
export interface KeyKind {
  readonly name: 'ec' | 'rsa-sign' | 'rsa-encrypt' | 'aes' | 'hmac';
  readonly keySpec: FlowRow['keySpec'];
  readonly keyUsage: FlowRow['keyUsage'];
  /** The next version, by a request of this id. */
  create(manager: KeyManager, requestId: string, more?: CreateOptions): Promise<ManagedKey>;
  /** A private key of this kind, the same each time: an import that is repeated brings the same one. */
  readonly material: () => JsonWebKey;
  /** What of the material may be told to nobody. */
  readonly secrets: () => readonly Uint8Array[];
  readonly operations: CreateOptions['keyOperations'];
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}

const rsaMaterial = once(() => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ format: 'jwk' }) as JsonWebKey;
});
const ecMaterial = once(() => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'jwk' }) as JsonWebKey;
});
const octMaterial = once((): JsonWebKey => ({ kty: 'oct', k: randomBytes(32).toString('base64url') }));

function kind(
  shape: Pick<KeyKind, 'name' | 'keySpec' | 'keyUsage' | 'material'>,
  keyType: Parameters<KeyManager['createKey']>[1],
  options: CreateOptions,
): KeyKind {
  return {
    ...shape,
    operations: options.keyOperations,
    secrets: () => {
      const { d, k, p, q } = shape.material();
      return [d, k, p, q].flatMap((member) =>
        member === undefined ? [] : [Buffer.from(member, 'base64url')],
      );
    },
    create: (manager, requestId, more = {}) =>
      manager.createKey('k', keyType, { ...options, ...more, requestId }),
  };
}

const signing = ['sign', 'verify'] as const;
const encrypting = ['encrypt', 'decrypt'] as const;

/** The kinds of keys that the emulators make: one of each family and usage of KMS. */
export const keyKinds: readonly KeyKind[] = [
  kind({ name: 'ec', keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY', material: ecMaterial }, 'EC', {
    curve: 'P-256',
    keyOperations: signing,
  }),
  kind({ name: 'rsa-sign', keySpec: 'RSA_2048', keyUsage: 'SIGN_VERIFY', material: rsaMaterial }, 'RSA', {
    size: 2048,
    keyOperations: signing,
  }),
  kind(
    { name: 'rsa-encrypt', keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT', material: rsaMaterial },
    'RSA',
    { size: 2048, keyOperations: encrypting },
  ),
  kind(
    { name: 'aes', keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', material: octMaterial },
    'oct',
    { size: 256, keyOperations: encrypting },
  ),
  kind({ name: 'hmac', keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC', material: octMaterial }, 'oct', {
    size: 256,
    keyOperations: signing,
  }),
];
