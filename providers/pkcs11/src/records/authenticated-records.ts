import { decodeKeyDocument, encodeKeyDocument, integrityError, isKeyManagerError } from '@keyway/core/driver';
import type { KeyDocument, MetadataStore } from '@keyway/core/driver';
import { pauseBefore } from '../repeat-failed.ts';
import type { JobCall } from '../token/token.ts';
import { mergeDocuments } from './merge-documents.ts';
import type { RecordSeal } from './record-seal.ts';

const prefix = 'key/';
const keyOf = (name: string): string => `${prefix}${name}`;

/** A document as it was read, with the entry that holds it. */
export interface StoredDocument {
  readonly document: KeyDocument;
  readonly octets: Uint8Array;
}

/** An entry of a list: damaged ones by their name only. */
export interface ListedDocument {
  readonly name: string;
  readonly stored: StoredDocument | undefined;
}

/** The documents of one namespace, authentic and never older than one that was seen before. */
export interface Records {
  /** Whether two writers never both succeed. */
  readonly atomic: boolean;
  /** @throws ERR_INTEGRITY for a document that is damaged, of another name, or older than one seen before. */
  read(name: string, call: JobCall): Promise<StoredDocument | undefined>;
  /**
   * Writes a document in the place of the one that was read, with the next revision. Gives nothing where somebody else
   * was first.
   */
  write(
    document: Omit<KeyDocument, 'v' | 'revision'>,
    before: StoredDocument | undefined,
    call: JobCall,
  ): Promise<StoredDocument | undefined>;
  /** Removes a document. Gives false where somebody else has changed it. */
  remove(before: StoredDocument, call: JobCall): Promise<boolean>;
  /** Documents in the order of their names. */
  list(
    request: { readonly after?: string | undefined; readonly limit: number },
    call: JobCall,
  ): Promise<readonly ListedDocument[]>;
  /** The revision that a document must have at least, from elsewhere: an anchor on the token. */
  raise(name: string, revision: number): void;
}

/** How often an entry is read that cannot be believed, where somebody may be writing it just now. */
const maxReads = 4;

/** Whether an error says that what was read cannot be believed. */
export const isDamage = (error: unknown): boolean =>
  isKeyManagerError(error) && error.code === 'ERR_INTEGRITY';

const withoutRevision = (document: KeyDocument): string => encodeKeyDocument({ ...document, revision: 1 });

/** Makes one entry of several that writers left side by side; those that are not authentic count for nothing. */
export async function combineEntries(
  seal: RecordSeal,
  key: string,
  entries: readonly Uint8Array[],
  call: JobCall,
): Promise<Uint8Array> {
  const read = [];
  for (const octets of entries) {
    try {
      const text = await seal.open(key, octets, call);
      read.push({ octets, text, document: key.startsWith(prefix) ? decodeKeyDocument(text) : undefined });
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
  const documents = read.flatMap(({ text, document }) =>
    document === undefined ? [] : [{ text, document }],
  );
  if (documents.length === 0) {
    // Nothing here has a place for more than one word: the first by its octets.
    const candidates = read.length > 0 ? read.map(({ octets }) => octets) : entries;
    const [first] = candidates.toSorted((one, other) => Buffer.compare(one, other));
    if (first === undefined) throw integrityError();
    return first;
  }
  const merged = mergeDocuments(documents);
  const content = withoutRevision(merged);
  const whole = read.find(
    ({ document }) => document?.revision === merged.revision && withoutRevision(document) === content,
  );
  if (whole !== undefined) return whole.octets;
  return seal.seal(key, encodeKeyDocument({ ...merged, revision: merged.revision + 1 }), call);
}

/** Makes the access to the documents in a store. */
export function createRecords(store: MetadataStore, seal: RecordSeal): Records {
  /** The highest revision seen of each name, removed ones too. */
  const floors = new Map<string, number>();
  const floorOf = (name: string): number => floors.get(name) ?? 0;
  const raise = (name: string, revision: number): void => {
    if (revision > floorOf(name)) floors.set(name, revision);
  };

  /** @param floor What had been seen before the entry was read: another change of ours may have ended since. */
  async function open(
    name: string,
    octets: Uint8Array,
    floor: number,
    call: JobCall,
  ): Promise<StoredDocument> {
    const document = decodeKeyDocument(await seal.open(keyOf(name), octets, call));
    if (document.name !== name || document.revision < floor) throw integrityError();
    raise(name, document.revision);
    return { document, octets };
  }
  async function read(name: string, call: JobCall): Promise<StoredDocument | undefined> {
    for (let look = 1; ; look++) {
      const floor = floorOf(name);
      const octets = await store.read(keyOf(name), call);
      if (octets === undefined) return undefined;
      try {
        return await open(name, octets, floor, call);
      } catch (error) {
        if (!isDamage(error) || store.atomic || look === maxReads) throw error;
      }
      await pauseBefore(look, call);
    }
  }
  async function openListed(name: string, octets: Uint8Array, call: JobCall): Promise<ListedDocument> {
    try {
      return { name, stored: await open(name, octets, floorOf(name), call) };
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    // It may have been changed since it was listed.
    try {
      return { name, stored: await read(name, call) };
    } catch (error) {
      if (!isDamage(error)) throw error;
      return { name, stored: undefined };
    }
  }
  return {
    atomic: store.atomic,
    raise,
    read,
    async write(wanted, before, call) {
      // A name that is used again goes on behind what others may have seen of the former key.
      const revision = Math.max(before?.document.revision ?? Date.now(), floorOf(wanted.name)) + 1;
      const document: KeyDocument = { ...wanted, v: 1, revision };
      const octets = await seal.seal(keyOf(wanted.name), encodeKeyDocument(document), call);
      if (!(await store.write(keyOf(wanted.name), octets, before?.octets, call))) return undefined;
      raise(wanted.name, revision);
      return { document, octets };
    },
    remove: (before, call) => store.remove(keyOf(before.document.name), before.octets, call),
    async list({ after, limit }, call) {
      const request = { prefix, after: after === undefined ? undefined : keyOf(after), limit };
      const entries = await store.list(request, call);
      const listed: ListedDocument[] = [];
      for (const { key, octets } of entries)
        listed.push(await openListed(key.slice(prefix.length), octets, call));
      return listed;
    },
  };
}
