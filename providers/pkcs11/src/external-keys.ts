import { createHash } from 'node:crypto';
import { checkName, familyOf, KeyManagerError } from '@keyway/core/driver';
import type { Call, JsonWebKey, KeyRecord, KeySummary } from '@keyway/core/driver';
import { describedNames, describeObject } from './describe-object.ts';
import type { KeyKind } from './key-kind.ts';
import type { IndexedObject } from './object-index.ts';
import { hashedId, isInternalLabel, parseLabel, versionOfId } from './object-id.ts';
import { readPublicKey } from './public-key.ts';
import { isDamage } from './records/authenticated-records.ts';
import { sourceIdOf } from './source-id.ts';
import type { Pkcs11Vault } from './vault.ts';

/** A key that other software put on the token, under the name that it has here. */
export interface ExternalKey {
  readonly name: string;
  readonly version: string;
  readonly object: IndexedObject;
}

/** Whether an object is what its label says, which Keyway has made for this name, or for any where none is given. */
export function isOwnLabel(
  { namespace }: Pick<Pkcs11Vault, 'namespace'>,
  object: IndexedObject,
  name?: string,
): boolean {
  const parsed = madeByKeyway(object);
  return parsed?.namespace === namespace && (name === undefined || parsed.name === name);
}

function madeByKeyway({ label, id }: IndexedObject): ReturnType<typeof parseLabel> {
  const parsed = parseLabel(label);
  if (parsed === undefined) return undefined;
  const own = hashedId(parsed.namespace, parsed.name, parsed.version);
  return Buffer.compare(own, id) === 0 ? parsed : undefined;
}

/** A name for a key whose label is no name, or is that of others too. */
function hashName({ class: of, id, label }: IndexedObject): string {
  const digest = createHash('sha256').update(`${of}\0`).update(id).update(`\0${label}`).digest('hex');
  return `unnamed-${digest.slice(0, 16)}`;
}

function isName(label: string): boolean {
  try {
    return checkName(label, false) !== '' && !label.startsWith('unnamed-');
  } catch {
    return false;
  }
}

const placeKey = ({ class: of, id }: IndexedObject): string => `${of}/${Buffer.from(id).toString('hex')}`;

function countBy(
  objects: readonly IndexedObject[],
  keyOf: (object: IndexedObject) => string,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const object of objects) counts.set(keyOf(object), (counts.get(keyOf(object)) ?? 0) + 1);
  return counts;
}

/** Whether a key of ours has a version. One whose document is damaged is taken to have it. */
export async function holdsVersion(
  vault: Pkcs11Vault,
  name: string,
  version: string,
  call: Call,
): Promise<boolean> {
  try {
    const stored = await vault.records.read(name, call);
    return stored?.document.versions.some((each) => each.version === version) === true;
  } catch (error) {
    if (isDamage(error)) return true;
    throw error;
  }
}

/** The versions of other software that are keys of ours since. */
async function adoptedVersions(vault: Pkcs11Vault, call: Call): Promise<ReadonlySet<string>> {
  const adopted = new Set<string>();
  for (const [version, name] of await vault.claims.all(call)) {
    if (await holdsVersion(vault, name, version, call)) adopted.add(version);
  }
  return adopted;
}

/**
 * The keys of other software, ordered by name. An object without a CKA_ID of its own in its class cannot be told from
 * others and is left out; so are the objects of Keyway in this and other namespaces.
 */
export async function externalKeys(vault: Pkcs11Vault, call: Call): Promise<readonly ExternalKey[]> {
  const all = await vault.objects.list(call);
  const places = countBy(all, placeKey);
  const foreign = all.filter(
    (object) =>
      places.get(placeKey(object)) === 1 &&
      !isInternalLabel(object.label) &&
      madeByKeyway(object) === undefined,
  );
  if (foreign.length === 0) return [];
  const adopted = await adoptedVersions(vault, call);
  const labels = countBy(foreign, ({ label }) => label);
  const keys = await Promise.all(
    foreign.map(async (object): Promise<ExternalKey | undefined> => {
      const version = versionOfId(object.id);
      if (version === undefined || adopted.has(version)) return undefined;
      const plain = labels.get(object.label) === 1 && isName(object.label);
      const free = plain && !(await isOurs(vault, object.label, call));
      return { name: free ? object.label : hashName(object), version, object };
    }),
  );
  return keys.filter((key) => key !== undefined).toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Whether a name belongs to a key of ours, whatever its state. */
async function isOurs(vault: Pkcs11Vault, name: string, call: Call): Promise<boolean> {
  try {
    return (await vault.records.read(name, call)) !== undefined;
  } catch (error) {
    if (isDamage(error)) return true;
    throw error;
  }
}

/** The key of other software that goes by a name here. */
export async function findExternal(
  vault: Pkcs11Vault,
  name: string,
  call: Call,
): Promise<ExternalKey | undefined> {
  return (await externalKeys(vault, call)).find((key) => key.name === name);
}

/** What a key of other software is: its kind by its attributes, and the public key beside it, which nobody vouches for. */
export interface ExternalShape extends KeyKind {
  readonly publicKey: JsonWebKey | undefined;
}

/** Reads what a key of other software is. Undefined for a kind that the contract does not know, or one that may do nothing. */
export async function readExternalShape(
  vault: Pick<Pkcs11Vault, 'token'>,
  { class: of, id }: Pick<IndexedObject, 'class' | 'id'>,
  call: Call,
): Promise<ExternalShape | undefined> {
  const object = { class: of, id };
  const attributes = await vault.token.run('read', { object, attributes: describedNames }, call);
  const described = describeObject(attributes);
  if (described === undefined) return undefined;
  const publicKey = await readPublicKey(vault, id, familyOf(described.kind.keyType), call);
  return { ...described.kind, publicKey };
}

/** A key of other software as a list tells it. */
export function externalSummary(vault: Pkcs11Vault, key: ExternalKey): KeySummary {
  const { name, version, object } = key;
  return { name, version, sourceId: sourceIdOf(vault, object), ownership: 'external', intact: true };
}

/**
 * A key of other software as the contract has it. A token does not tell when a key was made: 1970.
 *
 * @throws ERR_UNSUPPORTED for a kind that the contract does not know.
 */
export async function externalRecord(vault: Pkcs11Vault, key: ExternalKey, call: Call): Promise<KeyRecord> {
  const { name, version, object } = key;
  const shape = await readExternalShape(vault, object, call);
  if (shape === undefined) {
    throw new KeyManagerError('ERR_UNSUPPORTED', 'The contract has no key of the kind that this object is');
  }
  const { keyType, curve, size, keyOperations, publicKey } = shape;
  return {
    name,
    version,
    sourceId: sourceIdOf(vault, object),
    keyType,
    curve,
    size,
    keyOperations,
    publicKey,
    publicKeyAuthentic: false,
    createdOn: 0,
    enabled: true,
    tags: {},
    backup: false,
    hardwareProtected: vault.hardware,
    ownership: 'external',
    status: 'ready',
    intact: true,
  };
}
