import { randomBytes } from 'node:crypto';
import { familyOf, isHardwareKeyType, KeyManagerError } from '@keyway/core/driver';
import type {
  Call,
  ImportRequest,
  KeyMethods,
  KeyOperation,
  KeyRecord,
  KeySummary,
  NewVersionRequest,
  Page,
  PropertyChanges,
} from '@keyway/core/driver';
import { generateMaterial, importMaterial } from './material.ts';
import type { Material } from './material.ts';
import { checkReleasePolicy } from './release-policy.ts';
import type { Located } from './rows.ts';
import { notFound } from './vault.ts';
import type { Vault } from './vault.ts';
import type { VersionRecord } from './version-record.ts';
import { addVersion, madeBefore, replaceRecord } from './write-rows.ts';

/** A fresh version name: 128 random bits in hexadecimal. */
export function newVersionName(): string {
  return randomBytes(16).toString('hex');
}

const usageOf = (operations: readonly KeyOperation[]): string => {
  const signs = operations.some((operation) => operation === 'sign' || operation === 'verify');
  const crypts = operations.some((operation) => /crypt$|wrapKey$/i.test(operation));
  return `${signs}/${crypts}`;
};

/** A live name takes versions of its own key type and usage only. */
function requireSameUsage(current: Located | undefined, request: NewVersionRequest): void {
  if (current === undefined) return;
  const { keyType, keyOperations } = current.record;
  if (familyOf(keyType) !== familyOf(request.keyType)) {
    throw new KeyManagerError('ERR_CONFLICT', `The name belongs to a key of type ${keyType}`);
  }
  if (usageOf(keyOperations) !== usageOf(request.keyOperations)) {
    throw new KeyManagerError('ERR_CONFLICT', 'The name belongs to a key with another usage');
  }
}

function recordOf(request: NewVersionRequest, material: Material, now: number): VersionRecord {
  const { keyType, curve, keyOperations, algorithm, enabled, notBefore, expiresOn, tags, exportable } =
    request;
  return {
    keyType,
    curve,
    size: material.size,
    publicKey: material.publicKey,
    createdOn: now,
    updatedOn: now,
    enabled,
    notBefore,
    expiresOn,
    keyOperations,
    algorithms: algorithm === undefined ? undefined : [algorithm],
    tags,
    exportable,
    releasePolicy: request.releasePolicy,
  };
}

/** Gives the version that this request has made before, or makes one out of material that is ready only then. */
async function make(
  vault: Vault,
  request: NewVersionRequest,
  call: Call,
  prepare: () => Promise<Material> | Material,
): Promise<KeyRecord> {
  const { name } = request;
  if (isHardwareKeyType(request.keyType))
    throw new KeyManagerError('ERR_UNSUPPORTED', 'This vault is no hardware');
  if (request.releasePolicy !== undefined) checkReleasePolicy(request.releasePolicy);
  const made = await vault.attempt(() => seenBefore(vault, name, call.requestId));
  if (made !== undefined) return made;
  const material = await prepare();
  const version = newVersionName();
  try {
    return await vault.attempt(() => {
      call.signal.throwIfAborted();
      const record = (current: Located | undefined): VersionRecord => {
        requireSameUsage(current, request);
        return recordOf(request, material, call.now);
      };
      const { now, requestId } = call;
      return vault.database.change(() =>
        addVersion(vault, { name, version, now, requestId, octets: material.octets, record }),
      );
    });
  } finally {
    material.octets.fill(0);
  }
}

/** Looks for a request's version on a live name, so that a repeated request need not make material in vain. */
export function seenBefore(vault: Vault, name: string, requestId: string | undefined): KeyRecord | undefined {
  return vault.database.snapshot(() => {
    const key = vault.statements.key(name);
    return key === undefined || key.deleted_on !== null ? undefined : madeBefore(vault, name, requestId);
  });
}

function listLive(vault: Vault, maxPageSize: number, next: string | undefined): Page<KeySummary> {
  const rows = vault.statements.livePage(next ?? '', maxPageSize + 1);
  const page = rows.slice(0, maxPageSize);
  const items = page.map((row) =>
    vault.summarize(String(row['k_name']), undefined, () => vault.examine(row)),
  );
  return { items, next: rows.length > maxPageSize ? items.at(-1)?.name : undefined };
}

function listVersions(
  vault: Vault,
  name: string,
  maxPageSize: number,
  next: string | undefined,
): Page<KeySummary> {
  return vault.database.snapshot(() => {
    const key = vault.statements.key(name);
    if (key === undefined) throw notFound();
    if (vault.checkKey(key).deleted_on !== null) throw notFound('key', true);
    const rows = vault.statements.versionPage(name, Number(next ?? 0), maxPageSize + 1);
    const page = rows.slice(0, maxPageSize);
    const items = page.map((row) =>
      vault.summarize(name, row.version, () => ({ key, row, record: vault.checkVersion(row) })),
    );
    return { items, next: rows.length > maxPageSize ? String(page.at(-1)?.sequence) : undefined };
  });
}

function changed(record: VersionRecord, changes: PropertyChanges, now: number): VersionRecord {
  const { releasePolicy } = changes;
  if (
    releasePolicy !== undefined &&
    (record.exportable !== true || record.releasePolicy?.immutable === true)
  ) {
    const why = record.exportable === true ? 'The release policy is immutable' : 'The key is not exportable';
    throw new KeyManagerError('ERR_OPERATION_NOT_PERMITTED', why);
  }
  const date = (given: number | null | undefined, before: number | undefined): number | undefined =>
    given === undefined ? before : (given ?? undefined);
  return {
    ...record,
    enabled: changes.enabled ?? record.enabled,
    notBefore: date(changes.notBefore, record.notBefore),
    expiresOn: date(changes.expiresOn, record.expiresOn),
    keyOperations: changes.keyOperations ?? record.keyOperations,
    tags: changes.tags ?? record.tags,
    releasePolicy: releasePolicy ?? record.releasePolicy,
    updatedOn: now,
  };
}

/** Making, reading and changing keys. */
export function createKeyMethods(vault: Vault): KeyMethods {
  return {
    create: (request, call) =>
      make(vault, request, call, () => generateMaterial({ ...request, algorithm: request.algorithm })),
    import: (request: ImportRequest, call) =>
      make(vault, request, call, () => importMaterial(request.material)),
    read: ({ name, version }) => vault.attempt(() => vault.toRecord(vault.locate(name, version))),
    list: ({ maxPageSize, next }) => vault.attempt(() => listLive(vault, maxPageSize, next)),
    versions: ({ name, maxPageSize, next }) =>
      vault.attempt(() => listVersions(vault, name, maxPageSize, next)),
    update: async ({ name, version, changes }, call) => {
      if (changes.releasePolicy !== undefined) checkReleasePolicy(changes.releasePolicy);
      return vault.attempt(() =>
        vault.database.change(() => {
          const located = vault.locate(name, version);
          replaceRecord(vault, located, changed(located.record, changes, call.now));
          return vault.toRecord(vault.locate(name, version));
        }),
      );
    },
  };
}
