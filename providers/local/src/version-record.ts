import { decodeBase64Url, encodeBase64Url, integrityError } from '@keyway/core/driver';
import type {
  AlgorithmName,
  EpochSeconds,
  JsonWebKey,
  KeyCurveName,
  KeyOperation,
  KeyReleasePolicy,
  KeyType,
} from '@keyway/core/driver';

/** What is kept of a version beside its address and its material: the text of its row, and of its place in a backup. */
export interface VersionRecord {
  readonly keyType: KeyType;
  readonly curve?: KeyCurveName | undefined;
  readonly size?: number | undefined;
  readonly publicKey?: JsonWebKey | undefined;
  readonly createdOn: EpochSeconds;
  readonly updatedOn: EpochSeconds;
  readonly enabled: boolean;
  readonly notBefore?: EpochSeconds | undefined;
  readonly expiresOn?: EpochSeconds | undefined;
  readonly keyOperations: readonly KeyOperation[];
  readonly algorithms?: readonly AlgorithmName[] | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly exportable?: boolean | undefined;
  readonly releasePolicy?: KeyReleasePolicy | undefined;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTextMap = (value: unknown): boolean => isObject(value) && Object.values(value).every(isText);

/** The members in the order in which they are written, whether they must be there, and what they look like as JSON. */
const members: Readonly<Record<keyof VersionRecord, { must: boolean; fits: (value: unknown) => boolean }>> = {
  keyType: { must: true, fits: isText },
  curve: { must: false, fits: isText },
  size: { must: false, fits: isWhole },
  publicKey: { must: false, fits: isTextMap },
  createdOn: { must: true, fits: isWhole },
  updatedOn: { must: true, fits: isWhole },
  enabled: { must: true, fits: isFlag },
  notBefore: { must: false, fits: isWhole },
  expiresOn: { must: false, fits: isWhole },
  keyOperations: { must: true, fits: isTexts },
  algorithms: { must: false, fits: isTexts },
  tags: { must: true, fits: isTextMap },
  exportable: { must: false, fits: isFlag },
  releasePolicy: { must: false, fits: isObject },
};
const memberNames = Object.keys(members) as (keyof VersionRecord)[];

function encodePolicy(policy: KeyReleasePolicy): Readonly<Record<string, unknown>> {
  const { encodedPolicy, contentType, immutable } = policy;
  return { encodedPolicy: encodeBase64Url(encodedPolicy), contentType, immutable };
}

function decodePolicy(value: Readonly<Record<string, unknown>>): KeyReleasePolicy {
  const { encodedPolicy, contentType, immutable, ...unknown } = value;
  const octets = typeof encodedPolicy === 'string' ? decodeBase64Url(encodedPolicy) : undefined;
  if (octets === undefined || Object.keys(unknown).length > 0) throw integrityError();
  if (contentType !== undefined && typeof contentType !== 'string') throw integrityError();
  if (immutable !== undefined && typeof immutable !== 'boolean') throw integrityError();
  return Object.freeze({ encodedPolicy: octets, contentType, immutable });
}

/** Writes a record as text: JSON with its members in a fixed order, absent ones left out. */
export function encodeVersionRecord(record: VersionRecord): string {
  const written: Record<string, unknown> = {};
  for (const name of memberNames) {
    const value =
      name === 'releasePolicy' && record.releasePolicy ? encodePolicy(record.releasePolicy) : record[name];
    if (value !== undefined) written[name] = value;
  }
  return JSON.stringify(written);
}

/**
 * Reads a record's text. It comes out of an authenticated row or a sealed backup; what does not fit all the same, an
 * unknown member included, is damage.
 *
 * @throws ERR_INTEGRITY
 */
export function decodeVersionRecord(text: string): VersionRecord {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw integrityError();
  }
  if (!isObject(read)) throw integrityError();
  for (const name of Object.keys(read)) if (!Object.hasOwn(members, name)) throw integrityError();
  for (const name of memberNames) {
    const value = read[name];
    if (value === undefined ? members[name].must : !members[name].fits(value)) throw integrityError();
  }
  const { releasePolicy, ...plain } = read;
  const record = isObject(releasePolicy) ? { ...plain, releasePolicy: decodePolicy(releasePolicy) } : plain;
  return deepFreeze(record) as VersionRecord & typeof record;
}

function deepFreeze<Value>(value: Value): Value {
  if (isObject(value) || Array.isArray(value)) {
    for (const member of Object.values(value)) if (!(member instanceof Uint8Array)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
