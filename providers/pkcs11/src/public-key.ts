import { KeyManagerError } from '@keyway/core/driver';
import type { JsonWebKey, KeyFamily } from '@keyway/core/driver';
import { provePair } from './prove-pair.ts';
import { publicAttributeNames, publicJwkOf } from './public-attributes.ts';
import { cko } from './mechanisms.ts';
import type { JobCall } from './token/token.ts';
import type { TokenAccess } from './token-access.ts';

/**
 * Reads the public half of a pair: from its public object, else from what an RSA private object tells. Not authentic:
 * compare `spkiDigest` with the one in an authenticated record, or let {@link provePublicKey} prove it.
 */
export async function readPublicKey(
  { token }: Pick<TokenAccess, 'token'>,
  id: Uint8Array,
  family: KeyFamily,
  call: JobCall,
): Promise<JsonWebKey | undefined> {
  if (family === 'oct' || family === 'AKP') return undefined;
  const attributes = publicAttributeNames;
  const found = await token.run('findAndRead', { template: { class: cko.publicKey, id }, attributes }, call);
  for (const each of found) {
    const jwk = publicJwkOf(each.attributes);
    if (jwk?.kty === family) return jwk;
  }
  if (family !== 'RSA') return undefined;
  const [held] = await token.run(
    'findAndRead',
    { template: { class: cko.privateKey, id }, attributes },
    call,
  );
  return held === undefined ? undefined : publicJwkOf(held.attributes);
}

/**
 * Whether the private key with this CKA_ID belongs to a public one: proved by a signature or a decryption of something
 * fresh.
 *
 * @throws ERR_UNSUPPORTED where the key may do neither.
 */
export async function provePublicKey(
  { token, features }: Pick<TokenAccess, 'token' | 'features'>,
  id: Uint8Array,
  publicJwk: JsonWebKey,
  call: JobCall,
): Promise<boolean> {
  const key = { class: 'private', id } as const;
  const { sign = false, decrypt = false } = await token.run(
    'read',
    { object: key, attributes: ['sign', 'decrypt'] },
    call,
  );
  const proved = await provePair({ token, features, key, publicJwk }, { sign, decrypt }, call);
  if (proved === undefined) {
    throw new KeyManagerError(
      'ERR_UNSUPPORTED',
      'The private key neither signs nor decrypts, so that nothing proves its public key',
    );
  }
  return proved;
}
