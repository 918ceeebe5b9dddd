import type { KeyObject } from 'node:crypto';
import {
  freshOctets,
  integrityError,
  invalidArgument,
  KeyManagerError,
  toPublicJwk,
} from '@keyway/core/driver';
import type { KeyExportEncryptionAlgorithm } from '@keyway/core/driver';
import { oaep } from './algorithms.ts';
import { keyWrapPadded, requireExtractable } from './key-wrapping.ts';
import { ckm } from './mechanisms.ts';
import type { HashName } from './mechanisms.ts';
import { publicTemplateOf } from './public-attributes.ts';
import type { JobCall, KeyLocator } from './token/token.ts';
import type { TokenAccess } from './token-access.ts';
import { works } from './token-features.ts';
import type { FeatureName } from './token-features.ts';

/** The hash of RSA-OAEP of each way to wrap, and what shows that the token has it. */
const ways: Readonly<
  Record<KeyExportEncryptionAlgorithm, { readonly hash: HashName; readonly feature: FeatureName }>
> = {
  CKM_RSA_AES_KEY_WRAP: { hash: 'sha1', feature: 'decrypt RSA-OAEP' },
  RSA_AES_KEY_WRAP_256: { hash: 'sha256', feature: 'decrypt RSA-OAEP-256' },
  RSA_AES_KEY_WRAP_384: { hash: 'sha384', feature: 'OAEP with SHA-384' },
};

/** The ways to wrap that this token has, the strongest first. */
export function exportAlgorithms({
  features,
}: Pick<TokenAccess, 'features'>): readonly KeyExportEncryptionAlgorithm[] {
  const all = ['RSA_AES_KEY_WRAP_384', 'RSA_AES_KEY_WRAP_256', 'CKM_RSA_AES_KEY_WRAP'] as const;
  return all.filter((name) => works(features, ways[name].feature));
}

/**
 * Takes an extractable key out of the token, wrapped for the holder of an RSA key, as `CKM_RSA_AES_KEY_WRAP` would:
 * `RSA-OAEP(fresh AES-256 key) ‖ AES-KWP(key)`. In two steps, since few tokens have the mechanism. The fresh key is made on the
 * token, too: nothing is ever in the clear outside.
 *
 * @param publicKey RSA of 2048 bits or more. Whoever has its private half gets the key: it must be known to be right.
 * @throws ERR_OPERATION_NOT_PERMITTED for a key that cannot leave the token, ERR_UNSUPPORTED where the token lacks the hash.
 */
export async function exportMaterial(
  { token, features }: Pick<TokenAccess, 'token' | 'features'>,
  object: KeyLocator,
  publicKey: KeyObject,
  algorithm: KeyExportEncryptionAlgorithm,
  call: JobCall,
): Promise<Uint8Array> {
  if (!Object.hasOwn(ways, algorithm)) throw invalidArgument('This is not a key export algorithm');
  const { hash, feature } = ways[algorithm];
  if (!works(features, feature)) {
    throw new KeyManagerError('ERR_UNSUPPORTED', `The token has no RSA-OAEP with ${hash}`);
  }
  const jwk = toPublicJwk(publicKey);
  if (jwk.kty !== 'RSA') throw invalidArgument('The key to wrap for must be an RSA key');
  await requireExtractable(token, object, call);
  const receiver = {
    ...publicTemplateOf(jwk),
    token: false,
    private: false,
    wrap: true,
    encrypt: false,
    verify: false,
  };
  const generate = { type: ckm.aesKeyGen };
  const inner = keyWrapPadded(features);
  const answer = await token.run(
    'wrapTwice',
    { receiver, mechanism: oaep(hash), generate, inner, object },
    call,
  );
  if (answer.wrappedKey.length !== (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
    throw integrityError();
  if (answer.wrapped.length < 24 || answer.wrapped.length % 8 !== 0) throw integrityError();
  return freshOctets(answer.wrappedKey, answer.wrapped);
}
