import { createHash, randomBytes } from 'node:crypto';
import { cannedDecrypt, cannedEncrypt } from './canned-cryptography.ts';
import { CannedError } from './canned-error.ts';
import { deleteImported, importKeyMaterial, parametersForImport } from './canned-material-import.ts';
import { makeMaterialKey, metadataOf, requireState } from './canned-material-key.ts';
import type { CannedMaterialKey } from './canned-material-key.ts';
import { listRotations, rotateOnDemand, rotationStatus, setRotation } from './canned-material-rotation.ts';
import type { MaterialStore } from './canned-material-store.ts';
import type { KmsBody } from './kms-protocol.ts';
import { cannedPage } from './canned-store.ts';

type Operation = (body: KmsBody, store: MaterialStore) => KmsBody;

const text = (body: KmsBody, member: string): string =>
  typeof body[member] === 'string' ? body[member] : '';
const octets = (body: KmsBody, member: string): Buffer => Buffer.from(text(body, member), 'base64');
const contextOf = (body: KmsBody): Readonly<Record<string, string>> =>
  (body['EncryptionContext'] ?? {}) as Readonly<Record<string, string>>;
const tagsOf = (body: KmsBody): readonly { readonly TagKey: string; readonly TagValue: string }[] =>
  (body['Tags'] ?? []) as readonly { TagKey: string; TagValue: string }[];
const live = ['Enabled', 'Disabled', 'PendingImport'] as const;

/** What stands before a ciphertext and says whose it is. */
const mark = (key: CannedMaterialKey): Buffer => createHash('sha256').update(key.id).digest().subarray(0, 16);

function createKey(body: KmsBody, store: MaterialStore): KmsBody {
  const { KeySpec: spec = 'SYMMETRIC_DEFAULT', Origin: origin } = body;
  if (spec !== 'SYMMETRIC_DEFAULT')
    throw new CannedError('UnsupportedOperationException', 'This server has symmetric encryption keys only.');
  if (text(body, 'Description').length > 8192)
    throw new CannedError('ValidationException', 'The description is too long.');
  const tags = new Map(tagsOf(body).map(({ TagKey, TagValue }) => [TagKey, TagValue]));
  const key = makeMaterialKey(
    origin === 'EXTERNAL' ? 'EXTERNAL' : 'AWS_KMS',
    text(body, 'Description'),
    tags,
  );
  store.keys.set(key.id, key);
  return { KeyMetadata: metadataOf(key) };
}

function encrypt(body: KmsBody, store: MaterialStore): KmsBody {
  const key = requireState(store.find(body), 'Enabled');
  const secret = key.materials.at(-1)?.octets ?? Buffer.alloc(0);
  const sealed = cannedEncrypt(secret, 'SYMMETRIC_DEFAULT', octets(body, 'Plaintext'), contextOf(body));
  const blob = Buffer.concat([mark(key), sealed]).toString('base64');
  return { KeyId: key.arn, CiphertextBlob: blob, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
}

/** Tries every material: KMS finds the right one by itself. */
function decrypt(body: KmsBody, store: MaterialStore): KmsBody {
  const key = requireState(store.find(body), 'Enabled');
  const blob = octets(body, 'CiphertextBlob');
  if (!blob.subarray(0, 16).equals(mark(key))) throw new CannedError('IncorrectKeyException', '');
  for (const { id, octets: secret } of key.materials) {
    if (secret === undefined) continue;
    try {
      const opened = cannedDecrypt(secret, 'SYMMETRIC_DEFAULT', blob.subarray(16), contextOf(body));
      const named = store.options.namesMaterial ? { KeyMaterialId: id } : {};
      return { KeyId: key.arn, Plaintext: opened.toString('base64'), ...named };
    } catch {
      // Of another material, or of none.
    }
  }
  throw new CannedError('InvalidCiphertextException', '');
}

function createAlias(body: KmsBody, store: MaterialStore): KmsBody {
  const key = requireState(store.find(body, 'TargetKeyId'), ...live);
  const alias = text(body, 'AliasName');
  if (store.aliases.has(alias)) throw new CannedError('AlreadyExistsException', `${alias} already exists`);
  store.aliases.set(alias, key.id);
  return {};
}

function listAliases(body: KmsBody, store: MaterialStore): KmsBody {
  const of = typeof body['KeyId'] === 'string' ? store.find(body).id : undefined;
  const all = [...store.aliases]
    .filter(([, id]) => of === undefined || id === of)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([AliasName, TargetKeyId]) => ({ AliasName, TargetKeyId }));
  const { items, ...more } = cannedPage(all, body, 50, 100);
  return { Aliases: items, ...more };
}

function schedule(body: KmsBody, store: MaterialStore): KmsBody {
  const key = requireState(store.find(body), ...live);
  const days = Number(body['PendingWindowInDays'] ?? 30);
  key.deletion = new Date(Date.now() + days * 86_400_000);
  key.enabled = false;
  return { KeyId: key.arn, DeletionDate: key.deletion.getTime() / 1000, KeyState: 'PendingDeletion' };
}

/** Changes a key in one of the states. */
const changing =
  (states: readonly string[], change: (key: CannedMaterialKey, body: KmsBody) => void): Operation =>
  (body, store) => {
    const key = requireState(store.find(body), ...states);
    change(key, body);
    return { KeyId: key.arn };
  };

/** The operations of the server that rotates materials. */
export const materialOperations: Readonly<Record<string, Operation>> = {
  CreateKey: createKey,
  DescribeKey: (body, store) => ({ KeyMetadata: metadataOf(store.find(body)) }),
  Encrypt: encrypt,
  Decrypt: decrypt,
  GenerateRandom: (body) => ({ Plaintext: randomBytes(Number(body['NumberOfBytes'])).toString('base64') }),
  CreateAlias: createAlias,
  DeleteAlias(body, store) {
    if (!store.aliases.delete(text(body, 'AliasName'))) throw new CannedError('NotFoundException', '');
    return {};
  },
  UpdateAlias(body, store) {
    if (!store.aliases.has(text(body, 'AliasName'))) throw new CannedError('NotFoundException', '');
    store.aliases.set(text(body, 'AliasName'), requireState(store.find(body, 'TargetKeyId'), ...live).id);
    return {};
  },
  ListAliases: listAliases,
  ListKeys(body, store) {
    const { items, ...more } = cannedPage([...store.keys.values()], body, 100, 1000);
    return { Keys: items.map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), ...more };
  },
  ListResourceTags(body, store) {
    const { items, ...more } = cannedPage([...store.find(body).tags], body, 50, 50);
    return { Tags: items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...more };
  },
  GetKeyPolicy: (body, store) => ({ Policy: '{"Statement":[]}', PolicyName: store.find(body) && 'default' }),
  TagResource: changing(live, (key, body) => {
    for (const { TagKey, TagValue } of tagsOf(body)) key.tags.set(TagKey, TagValue);
  }),
  UntagResource: changing(live, (key, body) => {
    for (const tag of body['TagKeys'] as readonly string[]) key.tags.delete(tag);
  }),
  UpdateKeyDescription: changing(live, (key, body) => {
    if (text(body, 'Description').length > 8192) throw new CannedError('ValidationException', 'Too long.');
    key.description = text(body, 'Description');
  }),
  EnableKey: changing(['Enabled', 'Disabled'], (key) => (key.enabled = true)),
  DisableKey: changing(['Enabled', 'Disabled'], (key) => (key.enabled = false)),
  ScheduleKeyDeletion: schedule,
  CancelKeyDeletion: changing(['PendingDeletion'], (key) => (key.deletion = undefined)),
  GetParametersForImport: parametersForImport,
  ImportKeyMaterial: importKeyMaterial,
  DeleteImportedKeyMaterial: deleteImported,
  RotateKeyOnDemand: rotateOnDemand,
  GetKeyRotationStatus: rotationStatus,
  ListKeyRotations: listRotations,
  EnableKeyRotation: (body, store) => setRotation(body, store, true),
  DisableKeyRotation: (body, store) => setRotation(body, store, false),
};
