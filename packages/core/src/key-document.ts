import { integrityError, invalidArgument, isKeyManagerError, KeyManagerError } from './errors.ts';
import type { EpochSeconds, PolicyRecord } from './key-driver.ts';
import { isPlainObject } from './names-and-tags.ts';
import { canonicalJson, decodeVaultRecord, encodeVaultRecord } from './vault-record.ts';
import type { VaultRecord } from './vault-record.ts';
import { ensure } from './vault-record-members.ts';

/** Characters, all ASCII, that a document has at most. */
const maxDocumentLength = 1_000_000;

/** The members of a record that every version in a document has. */
const requiredMembers = [
  'version',
  'sequence',
  'keyType',
  'keyOperations',
  'enabled',
  'createdOn',
  'tags',
] as const;

type Required = { readonly [Member in (typeof requiredMembers)[number]]: NonNullable<VaultRecord[Member]> };

/** One version in a document: what no such vault can hold natively is always there. */
export type VersionRecord = Omit<VaultRecord, keyof Required | 'name'> &
  Required & { readonly name?: undefined };

/** Everything about the key of one name that its vault cannot hold, in one place: it changes as a whole. */
export interface KeyDocument {
  readonly v: 1;
  readonly name: string;
  /** Grows with every change, so that an older document can be told from a newer one. */
  readonly revision: number;
  /** At least one, ordered by sequence, then by version; the last one is current. */
  readonly versions: readonly VersionRecord[];
  readonly rotationPolicy?: PolicyRecord | undefined;
  /** Set on a deleted key. */
  readonly deletedOn?: EpochSeconds | undefined;
  readonly scheduledPurgeDate?: EpochSeconds | undefined;
  /** The key is being destroyed: nothing but finishing that is possible. */
  readonly purging?: true | undefined;
  /** The request id of the restore that brought the key here. */
  readonly restoredBy?: string | undefined;
}

const comesBefore = (one: VersionRecord, other: VersionRecord): boolean =>
  one.sequence < other.sequence || (one.sequence === other.sequence && one.version < other.version);

function checkVersions(versions: readonly VersionRecord[]): void {
  ensure(versions.length > 0);
  const ids = new Set(versions.map(({ version }) => version));
  ensure(ids.size === versions.length);
  for (const [index, version] of versions.entries()) {
    ensure(version.name === undefined && requiredMembers.every((member) => version[member] !== undefined));
    const before = versions[index - 1];
    ensure(before === undefined || comesBefore(before, version));
  }
}

function checkRevision(revision: unknown): void {
  ensure(Number.isSafeInteger(revision) && (revision as number) > 0);
}

/** What of a document is about the key as a whole, in the form of a record. */
function headOf(document: KeyDocument): VaultRecord {
  const { name, rotationPolicy, deletedOn, scheduledPurgeDate, restoredBy } = document;
  return { v: 1, name, rotationPolicy, deletedOn, scheduledPurgeDate, requestId: restoredBy };
}

const headMembers: ReadonlySet<string> = new Set([
  'v',
  'name',
  'rotationPolicy',
  'deletedOn',
  'scheduledPurgeDate',
  'requestId',
]);

function write(document: KeyDocument): string {
  const { revision, versions, purging } = document;
  const records = versions.map((version) => encodeVaultRecord(version)).join(',');
  const mark = purging === undefined ? '' : `"purging":true,`;
  return `{"head":${encodeVaultRecord(headOf(document))},${mark}"revision":${revision},"v":1,"versions":[${records}]}`;
}

const recordIn = (json: unknown): VaultRecord => decodeVaultRecord(canonicalJson(json));

function readHead(json: unknown): Omit<KeyDocument, 'v' | 'revision' | 'versions' | 'purging'> {
  const head = recordIn(json);
  ensure(Object.keys(head).every((member) => headMembers.has(member)));
  const { name, rotationPolicy, deletedOn, scheduledPurgeDate, requestId } = head;
  if (name === undefined) throw integrityError();
  return { name, rotationPolicy, deletedOn, scheduledPurgeDate, restoredBy: requestId };
}

function read(text: string): KeyDocument {
  const json: unknown = JSON.parse(text);
  if (!isPlainObject(json) || json['v'] !== 1) throw integrityError();
  const { revision, purging, versions } = json;
  checkRevision(revision);
  ensure(purging === undefined || purging === true);
  ensure(Array.isArray(versions));
  const records = (versions as unknown[]).map((version) => recordIn(version) as VersionRecord);
  checkVersions(records);
  return {
    v: 1,
    ...readHead(json['head']),
    revision: revision as number,
    versions: records,
    purging: purging as true | undefined,
  };
}

/**
 * Encodes a document: compact canonical JSON in ASCII. Equal documents have equal texts, and whatever this gives
 * {@link decodeKeyDocument} takes and gives back.
 *
 * @throws ERR_INVALID_ARGUMENT for what is no document.
 * @throws ERR_QUOTA_EXCEEDED where the key has too many versions to be told in a million characters.
 */
export function encodeKeyDocument(document: KeyDocument): string {
  let text: string;
  try {
    ensure(document.v === 1);
    checkRevision(document.revision);
    checkVersions(document.versions);
    text = write(document);
  } catch (cause) {
    throw invalidArgument('This is not a document of a key', { cause });
  }
  if (text.length <= maxDocumentLength) return text;
  throw new KeyManagerError('ERR_QUOTA_EXCEEDED', 'The key has more versions than its document can hold');
}

/**
 * Decodes a document. Strict: only the one text that {@link encodeKeyDocument} gives for it is taken.
 *
 * @throws ERR_INTEGRITY for any other text, without detail.
 */
export function decodeKeyDocument(text: string): KeyDocument {
  try {
    ensure(typeof text === 'string' && text.length <= maxDocumentLength);
    const document = read(text);
    ensure(write(document) === text);
    return document;
  } catch (error) {
    throw isKeyManagerError(error) && error.code === 'ERR_INTEGRITY' ? error : integrityError();
  }
}
