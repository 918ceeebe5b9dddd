import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { JsonWebKey, KeyManager, ManagedKey } from '@keyway/core';
import type { FlowRow } from '../../src/flow-table.ts';

type CreateOptions = NonNullable<Parameters<KeyManager['createKey']>[2]>;

/** A kind of key, as it is asked for, and what KMS calls it. */
export interface KeyKind {
  readonly name: 'ec' | 'rsa-sign' | 'rsa-encrypt' | 'aes' | 'hmac' | 'materials';
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
const newOctets = (): JsonWebKey => ({ kty: 'oct', k: randomBytes(32).toString('base64url') });
const octMaterial = once(newOctets);
/** Material for the versions after the first one, where one key has several. */
export const laterMaterial = { second: once(newOctets), third: once(newOctets) } as const;

function secretsOf({ d, k, p, q }: JsonWebKey): readonly Uint8Array[] {
  return [d, k, p, q].flatMap((member) => (member === undefined ? [] : [Buffer.from(member, 'base64url')]));
}

function kind(
  shape: Pick<KeyKind, 'name' | 'keySpec' | 'keyUsage' | 'material'>,
  keyType: Parameters<KeyManager['createKey']>[1],
  options: CreateOptions,
): KeyKind {
  return {
    ...shape,
    operations: options.keyOperations,
    secrets: () => secretsOf(shape.material()),
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

const symmetric = kind(
  { name: 'materials', keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', material: octMaterial },
  'oct',
  { size: 256, keyOperations: encrypting },
);

/** The one kind of key whose versions can be its materials. */
export const materialKind: KeyKind = {
  ...symmetric,
  secrets: () => [
    ...symmetric.secrets(),
    ...secretsOf(laterMaterial.second()),
    ...secretsOf(laterMaterial.third()),
  ],
};
