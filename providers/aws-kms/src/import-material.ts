import type { ImportKeyMaterialCommandInput } from '@aws-sdk/client-kms';
import { constants, createPrivateKey, createPublicKey, publicEncrypt } from 'node:crypto';
import type { JsonWebKeyInput, KeyObject } from 'node:crypto';
import {
  decodeBase64Url,
  freshOctets,
  integrityError,
  invalidArgument,
  rsaAesKeyWrap,
  toPublicJwk,
} from '@keyway/core/driver';
import type { Call, JsonWebKey } from '@keyway/core/driver';
import { eventually } from './run-steps.ts';
import type { KmsVault } from './vault.ts';

/** How material is wrapped for KMS: RSA private keys are too long for OAEP alone; symmetric ones KMS takes by OAEP only. */
type Wrapping = 'RSA_AES_KEY_WRAP_SHA_256' | 'RSAES_OAEP_SHA_256';

/** Material to be imported. */
export interface ImportableMaterial {
  readonly wrapping: Wrapping;
  /** PKCS#8 DER, or the plain octets of a symmetric key. Whoever holds it last must zero it. */
  readonly octets: Uint8Array;
  readonly publicKey: JsonWebKey | undefined;
}

/** Takes material from a private JWK that core has checked, in the form that KMS takes. */
export function importableMaterial(jwk: JsonWebKey): ImportableMaterial {
  if (jwk.kty === 'oct') {
    const octets = decodeBase64Url(jwk.k ?? '');
    if (octets === undefined) throw invalidArgument('The key is not a symmetric JWK');
    return { wrapping: 'RSAES_OAEP_SHA_256', octets, publicKey: undefined };
  }
  const input: Pick<JsonWebKeyInput, 'format'> & { key: unknown } = { key: jwk, format: 'jwk' };
  const key = createPrivateKey(input as JsonWebKeyInput);
  const der = key.export({ format: 'der', type: 'pkcs8' });
  try {
    return { wrapping: 'RSA_AES_KEY_WRAP_SHA_256', octets: freshOctets(der), publicKey: toPublicJwk(key) };
  } finally {
    der.fill(0);
  }
}

/** The public wrapping key that KMS gives. */
function readWrappingKey(spki: Uint8Array | undefined): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPublicKey({ key: Buffer.from(spki ?? []), format: 'der', type: 'spki' });
  } catch {
    // Whatever is wrong with it, nothing may be encrypted to it.
  }
  if (key?.asymmetricKeyType !== 'rsa' || key.asymmetricKeyDetails?.modulusLength !== 4096) {
    throw integrityError();
  }
  return key;
}

function wrap(wrapping: Wrapping, key: KeyObject, octets: Uint8Array): Uint8Array {
  if (wrapping === 'RSA_AES_KEY_WRAP_SHA_256') return rsaAesKeyWrap('RSA_AES_KEY_WRAP_256', key, octets);
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, octets);
}

/**
 * Imports material into a KMS key that waits for it, for ever: KMS's default would delete it on a date. May be run again
 * with the same material, except as the next one of a key. Gives the id that KMS has given to the material. No error holds the material, its wrapping key or the token.
 */
export async function importMaterial(
  vault: KmsVault,
  keyId: string,
  { wrapping, octets }: ImportableMaterial,
  call: Call,
  next?: Pick<ImportKeyMaterialCommandInput, 'ImportType' | 'KeyMaterialDescription'>,
): Promise<string | undefined> {
  const options = { abortSignal: call.signal };
  const parameters = await eventually(vault, call, () =>
    vault.client.getParametersForImport(
      { KeyId: keyId, WrappingAlgorithm: wrapping, WrappingKeySpec: 'RSA_4096' },
      options,
    ),
  );
  const EncryptedKeyMaterial = wrap(wrapping, readWrappingKey(parameters.PublicKey), octets);
  const answer = await eventually(vault, call, () =>
    vault.client.importKeyMaterial(
      {
        ...next,
        KeyId: keyId,
        ImportToken: parameters.ImportToken,
        EncryptedKeyMaterial,
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      },
      options,
    ),
  );
  return answer.KeyMaterialId;
}
