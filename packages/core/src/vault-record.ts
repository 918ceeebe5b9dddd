import type { AlgorithmName } from './algorithms.ts';
import { integrityError, invalidArgument } from './errors.ts';
import type { EpochSeconds, PolicyRecord } from './key-driver.ts';
import type { KeyCurveName, KeyOperation, KeyType } from './key-types.ts';
import type { KeyReleasePolicy } from './models.ts';
import { isPlainObject } from './names-and-tags.ts';
import { ensure, vaultRecordMembers } from './vault-record-members.ts';
import type { MemberCodec, Members } from './vault-record-members.ts';

const maxTextLength = 262_144;

/** What a version was before its key was deleted, for vaults that forget it when they recover. */
export interface StateBeforeDeletion {
  readonly enabled: boolean;
  /** Whether it was the current version. */
  readonly current?: boolean | undefined;
}

/** What the record of a key as a whole says of one version, for vaults that have a place for the key alone. */
export interface RecordedVersion {
  /** The id of the version, or as much of its beginning as tells it from the others. */
  readonly version: string;
  readonly createdOn?: EpochSeconds | undefined;
  readonly requestId?: string | undefined;
}

/** A version that somebody has begun to make, in the record of a key as a whole: whoever comes next can finish it. */
export interface VersionInMaking {
  /** The version that was current when it began: as long as it still is, nothing has come of it. */
  readonly after: string;
  readonly startedOn: EpochSeconds;
  readonly requestId?: string | undefined;
}

/**
 * What a vault cannot hold natively, of one version or of a key as a whole. A provider fills in what its
 * vault lacks, says where the text lives, and protects it where others can write there: the encoding itself
 * authenticates nothing.
 */
export interface VaultRecord {
  readonly v: 1;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** The vendor's own name of the version, of an adopted key for example. */
  readonly sourceId?: string | undefined;
  /** Order of versions made in the same second. */
  readonly sequence?: number | undefined;
  /** The version that is current, in the record of a key as a whole. */
  readonly current?: string | undefined;
  /** What is known of each version, in the record of a key as a whole; oldest first. */
  readonly versions?: readonly RecordedVersion[] | undefined;
  readonly making?: VersionInMaking | undefined;
  readonly keyType?: KeyType | undefined;
  /** Bits. */
  readonly size?: number | undefined;
  readonly curve?: KeyCurveName | undefined;
  readonly algorithms?: readonly AlgorithmName[] | undefined;
  readonly keyOperations?: readonly KeyOperation[] | undefined;
  readonly enabled?: boolean | undefined;
  readonly notBefore?: EpochSeconds | undefined;
  readonly expiresOn?: EpochSeconds | undefined;
  readonly createdOn?: EpochSeconds | undefined;
  readonly updatedOn?: EpochSeconds | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly exportable?: boolean | undefined;
  readonly releasePolicy?: KeyReleasePolicy | undefined;
  /** Whether `backupKey` can serve it. */
  readonly backup?: boolean | undefined;
  readonly rotationPolicy?: PolicyRecord | undefined;
  readonly requestId?: string | undefined;
  /** SHA-256 of the public key's SubjectPublicKeyInfo: 32 octets. */
  readonly spkiDigest?: Uint8Array | undefined;
  readonly stateBeforeDeletion?: StateBeforeDeletion | undefined;
  readonly deletedOn?: EpochSeconds | undefined;
  readonly scheduledPurgeDate?: EpochSeconds | undefined;
}

const rows = Object.entries(vaultRecordMembers) as readonly (readonly [
  keyof Members,
  MemberCodec<unknown>,
])[];
const memberNamed: ReadonlyMap<string, readonly [keyof Members, MemberCodec<unknown>]> = new Map(
  rows.map((row) => [row[1].as, row]),
);

/**
 * JSON without spaces, every object's members sorted, and ASCII only, so that any place for text can hold it.
 */
export function canonicalJson(value: unknown): string {
  const text = JSON.stringify(value, (_name, part: unknown) =>
    isPlainObject(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text of a record that is known to be acceptable. */
function write(record: VaultRecord): string {
  const json: Record<string, unknown> = { v: record.v };
  for (const [member, codec] of rows) {
    const value = record[member];
    if (value !== undefined) json[codec.as] = codec.write(value);
  }
  return canonicalJson(json);
}

/** The record that a text means, whatever form the text has. */
function read(text: string): VaultRecord {
  const json: unknown = JSON.parse(text);
  if (!isPlainObject(json) || json['v'] !== 1) throw integrityError();
  const record: Record<string, unknown> = { v: 1 };
  for (const [as, value] of Object.entries(json)) {
    if (as === 'v') continue;
    const row = memberNamed.get(as);
    if (row === undefined) throw integrityError();
    record[row[0]] = row[1].read(value);
  }
  return record as Partial<VaultRecord> as VaultRecord;
}

/**
 * Encodes a record: compact canonical JSON in ASCII, versioned, with short member names. Equal records have
 * equal texts, and whatever this gives {@link decodeVaultRecord} takes and gives back; a member that is
 * undefined is as if absent.
 *
 * @throws ERR_INVALID_ARGUMENT for a record with a member that is unknown or not acceptable.
 */
export function encodeVaultRecord(record: VaultRecord): string {
  for (const member of Object.keys(record)) {
    if (member !== 'v' && !Object.hasOwn(vaultRecordMembers, member))
      throw invalidArgument(`A vault record has no member ${member}`);
  }
  try {
    const text = write(record);
    read(text);
    ensure(text.length <= maxTextLength);
    return text;
  } catch (cause) {
    throw invalidArgument('This is not a vault record', { cause });
  }
}

/**
 * Decodes a record. Strict: only the one text that {@link encodeVaultRecord} gives for it is taken.
 *
 * @throws ERR_INTEGRITY for any other text, without detail: unknown or repeated members, other versions,
 * spaces, another order.
 */
export function decodeVaultRecord(text: string): VaultRecord {
  let record: VaultRecord;
  try {
    ensure(typeof text === 'string' && text.length <= maxTextLength);
    record = read(text);
  } catch {
    throw integrityError();
  }
  if (write(record) !== text) throw integrityError();
  return record;
}
