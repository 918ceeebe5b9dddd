import { integrityError, isKeyManagerError, jwkFromSpki } from '@keyway/core/driver';
import type { Call, JsonWebKey } from '@keyway/core/driver';
import { shapeOf } from './algorithms.ts';
import { classify } from './classify.ts';
import type { KmsKey } from './kms-key.ts';
import type { KmsVault } from './vault.ts';

/** KMS says no, for good or in the present state of the key: the public key is hidden now. */
function isRefusal(error: unknown): boolean {
  const { code } = classify(error);
  return ['ERR_KEY_DISABLED', 'ERR_CONFLICT', 'ERR_PERMISSION_DENIED', 'ERR_UNSUPPORTED'].includes(code);
}

/**
 * The public key of a KMS key: asked for once per key, since it never changes. KMS shows it for enabled keys only; where
 * it is not known from before and hidden now, there is none.
 *
 * @throws ERR_INTEGRITY where what KMS gives is not the public key of such a key.
 */
export async function publicKeyOf(vault: KmsVault, key: KmsKey, call: Call): Promise<JsonWebKey | undefined> {
  const shape = shapeOf(key.keySpec);
  if (shape === undefined || shape.family === 'oct') return undefined;
  const known = vault.publicKeys.get(key.id);
  if (known !== undefined || key.state !== 'Enabled') return known;
  let spki: Uint8Array | undefined;
  try {
    spki = (await vault.client.getPublicKey({ KeyId: key.id }, { abortSignal: call.signal })).PublicKey;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
  const publicKey = readPublicKey(spki);
  if (publicKey.kty !== shape.family) throw integrityError();
  vault.publicKeys.set(key.id, publicKey);
  return publicKey;
}

function readPublicKey(spki: Uint8Array | undefined): JsonWebKey {
  try {
    return jwkFromSpki(spki ?? new Uint8Array());
  } catch (error) {
    throw isKeyManagerError(error) ? integrityError() : error;
  }
}
