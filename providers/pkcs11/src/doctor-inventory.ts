import type { Call, KeyDocument, VersionRecord } from '@keyway/core/driver';
import { cko } from './mechanisms.ts';
import { objectIdOf } from './object-id.ts';
import { publicAttributeNames } from './public-attributes.ts';
import type { Intent } from './records/intents.ts';
import { unlessVanished } from './repeat-vanished.ts';
import type { Attributes } from './token/attributes.ts';
import type { Pkcs11Vault } from './vault.ts';

/** An object of the token with what the doctor reads of it. */
export interface TokenObject {
  readonly class: 'private' | 'secret' | 'public' | 'data';
  /** CKA_ID in hex; empty where it has none. */
  readonly id: string;
  readonly label: string;
  readonly attributes: Attributes;
}

/** A version that a document has. */
export interface KnownVersion {
  readonly name: string;
  readonly document: KeyDocument;
  readonly version: VersionRecord;
  /** CKA_ID of its objects, in hex. */
  readonly id: string;
}

/** What there is in a vault and on its token. Read in this order: objects, changes in flight, records. */
export interface Inventory {
  readonly objects: readonly TokenObject[];
  readonly intents: readonly Intent[];
  /** Those that nobody is at any more. */
  readonly abandoned: readonly Intent[];
  readonly documents: readonly KeyDocument[];
  /** Names whose document cannot be believed. */
  readonly damaged: readonly string[];
  /** Names by adopted version. */
  readonly claims: ReadonlyMap<string, string>;
  /** Keys of other entries that cannot be believed. */
  readonly damagedEntries: readonly string[];
  readonly versions: readonly KnownVersion[];
}

/** Objects or documents that are asked for at once. */
const pageSize = 200;

const keyAttributes = [
  'class',
  'id',
  'label',
  'private',
  'sensitive',
  'extractable',
  'alwaysSensitive',
  'neverExtractable',
  'local',
  'modifiable',
  'sign',
  'verify',
  'encrypt',
  'decrypt',
  'wrap',
  'unwrap',
  'derive',
  ...publicAttributeNames,
] as const;

const readOf = {
  private: keyAttributes,
  secret: keyAttributes.filter((name) => !publicAttributeNames.some((open) => open === name)),
  public: ['class', 'id', 'label', ...publicAttributeNames],
  data: ['class', 'application', 'label'],
} as const;

const classes = {
  private: cko.privateKey,
  secret: cko.secretKey,
  public: cko.publicKey,
  data: cko.data,
} as const;

export const hexOf = (octets: Uint8Array | undefined): string => Buffer.from(octets ?? []).toString('hex');

/** Reads all objects of a class, none from what is remembered: a label may have been changed since. */
async function objectsOf(
  { token }: Pick<Pkcs11Vault, 'token'>,
  of: TokenObject['class'],
  call: Call,
): Promise<readonly TokenObject[]> {
  const handles = await token.run('find', { template: { class: classes[of], token: true } }, call);
  const objects: TokenObject[] = [];
  for (let from = 0; from < handles.length; from += pageSize) {
    const page = await Promise.all(
      handles.slice(from, from + pageSize).map((handle) => {
        const request = { object: { handle }, attributes: readOf[of] };
        return unlessVanished(() => token.run('read', request, call));
      }),
    );
    for (const attributes of page) {
      if (attributes === undefined) continue;
      objects.push({ class: of, id: hexOf(attributes.id), label: attributes.label ?? '', attributes });
    }
  }
  return objects;
}

async function documentsOf(
  { records }: Pick<Pkcs11Vault, 'records'>,
  call: Call,
): Promise<Pick<Inventory, 'documents' | 'damaged'>> {
  const documents: KeyDocument[] = [];
  const damaged: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await records.list({ after, limit: pageSize }, call);
    for (const { name, stored } of page) {
      if (stored === undefined) damaged.push(name);
      else documents.push(stored.document);
    }
    after = page.at(-1)?.name;
    if (page.length < pageSize) return { documents, damaged };
  }
}

/**
 * Reads everything once. What is being made announces itself before its objects are there, and forgets that after its record
 * is: read in this order, it is never taken for left over.
 */
export async function takeInventory(vault: Pkcs11Vault, call: Call): Promise<Inventory> {
  const objects: TokenObject[] = [];
  for (const kind of ['private', 'secret', 'public', 'data'] as const) {
    objects.push(...(await objectsOf(vault, kind, call)));
  }
  const intents = await vault.intents.all(call);
  const abandoned = await vault.intents.abandoned(call);
  const { documents, damaged } = await documentsOf(vault, call);
  const claims = await vault.claims.all(call);
  const damagedEntries = await vault.entries.damaged(call);
  const versions = documents.flatMap((document) =>
    document.versions.map((version): KnownVersion => {
      const id = hexOf(objectIdOf(vault.namespace, document.name, version.version));
      return { name: document.name, document, version, id };
    }),
  );
  return { objects, intents, abandoned, documents, damaged, claims, damagedEntries, versions };
}
