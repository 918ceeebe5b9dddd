import { KeyManagerError } from '../errors.ts';
import { keyOperations, keyTypes } from '../key-types.ts';
import type { DeletedRecord, DeletedSummary, KeyRecord, KeySummary, Page } from '../key-driver.ts';

/** The error for an answer that is not what the contract between core and driver says. */
function garbage(what: string): KeyManagerError {
  return new KeyManagerError('ERR_UNKNOWN', `The provider answered with something that is not ${what}`);
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isSecond = (value: unknown): boolean => Number.isSafeInteger(value);
const isOptionalSecond = (value: unknown): boolean => value === undefined || isSecond(value);

/** Checks that an answer is an object at all; its members are checked where they are used. */
export function checkObject<Answer>(answer: Answer, what: string): Answer {
  if (typeof answer !== 'object' || answer === null) throw garbage(what);
  return answer;
}

function isRecord(value: unknown): value is KeyRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<KeyRecord>;
  return (
    isText(record.name) &&
    isText(record.version) &&
    keyTypes.some((keyType) => keyType === record.keyType) &&
    isSecond(record.createdOn) &&
    isOptionalSecond(record.notBefore) &&
    isOptionalSecond(record.expiresOn) &&
    typeof record.enabled === 'boolean' &&
    typeof record.intact === 'boolean' &&
    typeof record.tags === 'object' &&
    record.tags !== null &&
    Array.isArray(record.keyOperations) &&
    record.keyOperations.every((operation) => keyOperations.includes(operation))
  );
}

/** Checks a driver's record: its shape, and that it is of the key and version that were asked for. */
export function checkRecord(answer: unknown, name: string | undefined, version?: string): KeyRecord {
  if (!isRecord(answer)) throw garbage('a key');
  if (name !== undefined && answer.name !== name) throw garbage('the key that was asked for');
  if (version !== undefined && answer.version !== version) throw garbage('the version that was asked for');
  return answer;
}

/** Checks a driver's record of a deleted key. */
export function checkDeleted(answer: unknown, name: string): DeletedRecord {
  const deleted = answer as DeletedRecord | null | undefined;
  if (typeof deleted !== 'object' || deleted === null) throw garbage('a deleted key');
  checkRecord(deleted.key, name);
  if (!isOptionalSecond(deleted.deletedOn) || !isOptionalSecond(deleted.scheduledPurgeDate)) {
    throw garbage('a deleted key');
  }
  return deleted;
}

function checkPage<Item>(answer: unknown, isItem: (item: Item) => boolean): Page<Item> {
  const page = answer as Page<Item> | null | undefined;
  const good =
    typeof page === 'object' &&
    page !== null &&
    Array.isArray(page.items) &&
    page.items.every((item) => typeof item === 'object' && item !== null && isItem(item)) &&
    (page.next === undefined || isText(page.next));
  if (!good) throw garbage('a page');
  return page;
}

/** Checks a page of keys or versions. */
export function checkSummaries(answer: unknown): Page<KeySummary> {
  return checkPage<KeySummary>(answer, (item) => isText(item.name));
}

/** Checks a page of deleted keys. */
export function checkDeletedSummaries(answer: unknown): Page<DeletedSummary> {
  return checkPage<DeletedSummary>(answer, (item) => isText(item.key?.name));
}

/** Checks octets, and their number where it is known. */
export function checkOctets(answer: unknown, what: string, length?: number): Uint8Array {
  if (!(answer instanceof Uint8Array) || (length !== undefined && answer.length !== length))
    throw garbage(what);
  return answer;
}

/** Checks that the version which the vault says it used is the one that was asked for. */
export function checkUsedVersion(used: string | undefined, version: string): void {
  if (used !== undefined && used !== version) {
    throw new KeyManagerError(
      'ERR_INTEGRITY',
      'The vault used another version than the one that was asked for',
    );
  }
}
