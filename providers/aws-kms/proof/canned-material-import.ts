import { constants, privateDecrypt, randomBytes } from 'node:crypto';
import { CannedError } from './canned-error.ts';
import { makeMaterial, requireState } from './canned-material-key.ts';
import type { MaterialStore } from './canned-material-store.ts';
import type { KmsBody } from './kms-protocol.ts';

const octets = (body: KmsBody, member: string): Buffer =>
  Buffer.from(typeof body[member] === 'string' ? body[member] : '', 'base64');

/** `GetParametersForImport` */
export function parametersForImport(body: KmsBody, store: MaterialStore): KmsBody {
  const key = store.find(body);
  if (key.origin !== 'EXTERNAL')
    throw new CannedError('UnsupportedOperationException', `${key.arn} makes its own material.`);
  if (body['WrappingAlgorithm'] !== 'RSAES_OAEP_SHA_256' || body['WrappingKeySpec'] !== 'RSA_4096')
    throw new CannedError('ValidationException', 'This server wraps with RSAES_OAEP_SHA_256 and RSA_4096.');
  const token = randomBytes(32).toString('base64');
  store.tokens.set(token, key.id);
  const spki = store.wrapping.publicKey.export({ format: 'der', type: 'spki' });
  return { KeyId: key.arn, ImportToken: token, PublicKey: spki.toString('base64') };
}

/** `ImportKeyMaterial`: the first material, the same one again, or the next one, which waits for its rotation. */
export function importKeyMaterial(body: KmsBody, store: MaterialStore): KmsBody {
  const key = requireState(store.find(body), 'Enabled', 'Disabled', 'PendingImport');
  if (store.tokens.get(String(body['ImportToken'])) !== key.id)
    throw new CannedError('InvalidImportTokenException', 'The token is of another key.');
  if (body['ExpirationModel'] !== 'KEY_MATERIAL_DOES_NOT_EXPIRE')
    throw new CannedError('ValidationException', 'A validTo date must be set if the material expires.');
  const { privateKey } = store.wrapping;
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const plain = privateDecrypt(
    { key: privateKey, padding, oaepHash: 'sha256' },
    octets(body, 'EncryptedKeyMaterial'),
  );
  const { KeyMaterialDescription: description } = body;
  const material = makeMaterial(key.id, plain, typeof description === 'string' ? description : undefined);
  const same = key.materials.find(({ id }) => id === material.id);
  const isNew = body['ImportType'] === 'NEW_KEY_MATERIAL' || key.materials.length === 0;
  if (isNew !== (same === undefined))
    throw new CannedError('IncorrectKeyMaterialException', 'The material is not the one that is expected.');
  if (same !== undefined) same.octets = plain;
  else if (key.materials.length === 0) key.materials.push(material);
  else if (key.waiting !== undefined)
    throw new CannedError('KMSInvalidStateException', 'Another key material is pending rotation.');
  else key.waiting = material;
  return { KeyId: key.arn, KeyMaterialId: material.id };
}

/** `DeleteImportedKeyMaterial`: of the current material where none is named. */
export function deleteImported(body: KmsBody, store: MaterialStore): KmsBody {
  const key = store.find(body);
  if (key.origin !== 'EXTERNAL')
    throw new CannedError('UnsupportedOperationException', `${key.arn} has no imported material.`);
  const id = typeof body['KeyMaterialId'] === 'string' ? body['KeyMaterialId'] : key.materials.at(-1)?.id;
  if (key.waiting?.id === id) key.waiting = undefined;
  else {
    const material = key.materials.find((each) => each.id === id);
    if (material === undefined) throw new CannedError('ValidationException', 'There is no such material.');
    material.octets = undefined;
  }
  return { KeyId: key.arn, KeyMaterialId: id };
}
