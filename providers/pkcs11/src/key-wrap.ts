import { integrityError, invalidArgument } from '@keyway/core/driver';
import type { Call, EncryptionAlgorithmRow, KeyUse } from '@keyway/core/driver';
import { keyOf } from './encryption.ts';
import { passingOctets } from './key-wrapping.ts';
import { ckm } from './mechanisms.ts';
import { opaquely } from './opaque-failure.ts';
import type { TokenAccess } from './token-access.ts';
import { formOf } from './token-features.ts';

const mechanism = { type: ckm.aesKeyWrap };

/** Wraps octets with AES-KW (RFC 3394): by C_Encrypt where the token does, else by C_WrapKey over a session object of them. */
export async function wrapAes(
  access: TokenAccess,
  row: EncryptionAlgorithmRow,
  use: KeyUse & { readonly keyToWrap: Uint8Array },
  call: Call,
): Promise<Uint8Array> {
  const { keyToWrap } = use;
  if (keyToWrap.length < 16 || keyToWrap.length % 8 !== 0) {
    throw invalidArgument(`${row.name} wraps a multiple of 8 octets, at least 16`);
  }
  const key = await keyOf(access, use, 'secret');
  const wrapped =
    formOf(access.features, 'wrap AES-KW') === 'encrypt'
      ? (await access.token.run('encrypt', { key, mechanism, data: keyToWrap }, call)).octets
      : await access.token.run(
          'wrapOctets',
          { key, mechanism, octets: keyToWrap, template: passingOctets },
          call,
        );
  if (wrapped.length !== keyToWrap.length + 8) throw integrityError();
  return wrapped;
}

/** Unwraps octets with AES-KW. @throws ERR_INTEGRITY */
export async function unwrapAes(
  access: TokenAccess,
  use: KeyUse & { readonly wrappedKey: Uint8Array },
  call: Call,
): Promise<Uint8Array> {
  const { wrappedKey: wrapped } = use;
  if (wrapped.length < 24 || wrapped.length % 8 !== 0) throw integrityError();
  const key = await keyOf(access, use, 'secret');
  const { token, features } = access;
  const unwrapped =
    formOf(features, 'wrap AES-KW') === 'encrypt'
      ? await opaquely(token.run('decrypt', { key, mechanism, data: wrapped }, call))
      : await opaquely(token.run('unwrapOctets', { key, mechanism, wrapped, template: passingOctets }, call));
  if (unwrapped.length !== wrapped.length - 8) throw integrityError();
  return unwrapped;
}
