import { randomBytes } from 'node:crypto';
import { freshOctets, integrityError, KeyManagerError } from '@keyway/core/driver';
import type { JsonWebKey } from '@keyway/core/driver';
import { putPublic, unwrapExtras } from './import-material.ts';
import type { KeyKind } from './key-kind.ts';
import { objectTemplate, secretClassOf } from './key-templates.ts';
import { keyWrapPadded, requireExtractable } from './key-wrapping.ts';
import type { MadeObjects } from './made-objects.ts';
import { ckk, ckm, cko } from './mechanisms.ts';
import { opaquely } from './opaque-failure.ts';
import type { Template } from './token/attributes.ts';
import type { JobCall, KeyLocator } from './token/token.ts';
import type { ObjectPlace, TokenAccess } from './token-access.ts';

/** CKA_LABEL of the backup keys of a namespace: no key of the contract has a name that is empty. */
const backupKeyLabel = (namespace: string): string => `${namespace}//backups`;

/** What a backup key must be: a key that could be read or could leave the token would open every backup. */
const kept: Template = { token: true, private: true, sensitive: true, extractable: false };

async function findBackupKeys(
  { token }: Pick<TokenAccess, 'token'>,
  namespace: string,
  call: JobCall,
): Promise<readonly Uint8Array[]> {
  const found = await token.run(
    'findAndRead',
    {
      template: { class: cko.secretKey, keyType: ckk.aes, label: backupKeyLabel(namespace) },
      attributes: [
        'id',
        'token',
        'sensitive',
        'extractable',
        'alwaysSensitive',
        'neverExtractable',
        'wrap',
        'unwrap',
      ],
    },
    call,
  );
  return found
    .filter(({ attributes }) => {
      const { token: onToken, sensitive, extractable, alwaysSensitive, neverExtractable } = attributes;
      const { wrap, unwrap } = attributes;
      const safe =
        sensitive === true && extractable === false && alwaysSensitive === true && neverExtractable === true;
      return onToken === true && safe && wrap === true && unwrap === true;
    })
    .flatMap(({ attributes: { id } }) => (id === undefined ? [] : [id]))
    .toSorted((one, other) => Buffer.compare(one, other));
}

async function makeBackupKey(
  { token }: Pick<TokenAccess, 'token'>,
  namespace: string,
  call: JobCall,
): Promise<void> {
  await token.run(
    'generateKey',
    {
      mechanism: { type: ckm.aesKeyGen },
      template: {
        class: cko.secretKey,
        keyType: ckk.aes,
        valueLen: 32,
        ...kept,
        wrap: true,
        unwrap: true,
        encrypt: false,
        decrypt: false,
        sign: false,
        verify: false,
        derive: false,
        id: freshOctets(randomBytes(20)),
        label: backupKeyLabel(namespace),
      },
    },
    call,
  );
}

/**
 * The key of this namespace under which backups are wrapped: AES-256, which never leaves the token and does nothing else. Made
 * with the first backup. Two that are made at once both stay, since each may have wrapped something.
 *
 * @returns Its CKA_ID.
 */
export async function backupKey(access: TokenAccess, namespace: string, call: JobCall): Promise<Uint8Array> {
  let [id] = await findBackupKeys(access, namespace, call);
  if (id === undefined) {
    await makeBackupKey(access, namespace, call);
    [id] = await findBackupKeys(access, namespace, call);
  }
  if (id === undefined)
    throw new KeyManagerError('ERR_UNSUPPORTED', 'The token keeps no key that could wrap backups');
  return id;
}

/**
 * Wraps the private or secret key of a version for a backup.
 *
 * @throws ERR_OPERATION_NOT_PERMITTED for one that was made to stay. Asked here, since NSS wraps private keys all the same.
 */
export async function wrapForBackup(
  { token, features }: Pick<TokenAccess, 'token' | 'features'>,
  wrappingKey: Uint8Array,
  object: KeyLocator,
  call: JobCall,
): Promise<Uint8Array> {
  await requireExtractable(token, object, call);
  const key = { class: 'secret', id: wrappingKey } as const;
  const wrapped = await token.run('wrap', { key, mechanism: keyWrapPadded(features), object }, call);
  if (wrapped.length < 24 || wrapped.length % 8 !== 0) throw integrityError();
  return wrapped;
}

/** A version that is to be made again out of a backup. */
export interface WrappedVersion {
  readonly wrappingKey: Uint8Array;
  readonly wrapped: Uint8Array;
  readonly publicKey?: JsonWebKey | undefined;
}

/**
 * Makes the objects of a version again out of a backup.
 *
 * @throws ERR_INTEGRITY where the backup does not unwrap, or its halves do not fit.
 */
export async function unwrapFromBackup(
  access: TokenAccess,
  { wrappingKey, wrapped, publicKey }: WrappedVersion,
  kind: KeyKind,
  place: ObjectPlace,
  call: JobCall,
): Promise<MadeObjects> {
  const { token, features } = access;
  const template = {
    ...objectTemplate(secretClassOf(kind), kind, place, features),
    ...unwrapExtras(access, kind, publicKey),
  };
  const unwrapping = { class: 'secret', id: wrappingKey } as const;
  const mechanism = keyWrapPadded(features);
  const key = await opaquely(token.run('unwrap', { key: unwrapping, mechanism, wrapped, template }, call));
  return putPublic(access, { key, kind, generated: false, publicKey }, place, call);
}
