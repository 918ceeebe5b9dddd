import { familyOf, isHardwareKeyType, KeyManagerError } from '@keyway/core/driver';
import type {
  Call,
  ImportRequest,
  KeyOperation,
  KeyRecord,
  NewVersionRequest,
  VersionRecord,
} from '@keyway/core/driver';
import { importObjects } from './import-material.ts';
import type { KeyKind } from './key-kind.ts';
import { generateObjects } from './make-objects.ts';
import { makeVersion, newVersionId, planFor } from './make-version.ts';
import type { Decide, WantedVersion } from './make-version.ts';
import type { NewVersion } from './make-version-flow.ts';
import type { Pkcs11Vault } from './vault.ts';

interface Usage {
  readonly signs: boolean;
  readonly crypts: boolean;
}

function usageOf(operations: readonly KeyOperation[]): Usage {
  return {
    signs: operations.some((operation) => operation === 'sign' || operation === 'verify'),
    crypts: operations.some((operation) => /crypt$|wrapKey$/i.test(operation)),
  };
}

/** A live name takes versions of its own key type and usage only. */
function requireSameKind(current: VersionRecord, request: NewVersionRequest): void {
  if (familyOf(current.keyType) !== familyOf(request.keyType)) {
    throw new KeyManagerError('ERR_CONFLICT', `The name belongs to a key of type ${current.keyType}`);
  }
  const [is, wanted] = [usageOf(current.keyOperations), usageOf(request.keyOperations)];
  if (is.signs !== wanted.signs || is.crypts !== wanted.crypts) {
    throw new KeyManagerError('ERR_CONFLICT', 'The name belongs to a key with another usage');
  }
}

function unsupported(message: string, alternative: string): KeyManagerError {
  return new KeyManagerError('ERR_UNSUPPORTED', message, { alternative });
}

/** Refuses what no token gets: PKCS#11 before 3.2 has no ML-DSA, and a key of ours has one usage. */
function requireServed({ hardware }: Pkcs11Vault, { keyType, keyOperations }: NewVersionRequest): void {
  if (isHardwareKeyType(keyType) && hardware !== true) {
    throw unsupported('Nobody has said that this token is hardware', 'the option hardware, where it is');
  }
  if (familyOf(keyType) === 'AKP') throw unsupported('The token makes no ML-DSA keys', 'ES256');
  const { signs, crypts } = usageOf(keyOperations);
  if (signs && crypts) {
    throw unsupported('A key on a token either signs, or encrypts and wraps', 'one key for each');
  }
}

function wantedBy(request: NewVersionRequest, version: string, call: Call): WantedVersion {
  const { keyType, curve, size, keyOperations, algorithm, enabled, notBefore, expiresOn, tags, backup } =
    request;
  return {
    v: 1,
    version,
    keyType,
    curve,
    size,
    keyOperations,
    algorithms: algorithm === undefined ? undefined : [algorithm],
    enabled,
    notBefore,
    expiresOn,
    createdOn: call.now,
    updatedOn: call.now,
    tags,
    backup: backup === true ? true : undefined,
    requestId: call.requestId,
  };
}

async function makeAsked(
  vault: Pkcs11Vault,
  request: NewVersionRequest,
  makeObjects: NewVersion['make'],
  call: Call,
): Promise<KeyRecord> {
  requireServed(vault, request);
  const version = newVersionId();
  const decide: Decide = (current) => {
    if (current !== undefined) requireSameKind(current, request);
    return wantedBy(request, version, call);
  };
  return makeVersion(vault, planFor(request.name, { version, make: makeObjects }, decide, call), call);
}

/** Makes a key or its next version, or gives the one that the same request has made before. */
export function createVersion(
  vault: Pkcs11Vault,
  request: NewVersionRequest,
  call: Call,
): Promise<KeyRecord> {
  return makeAsked(vault, request, (place, within) => generateObjects(vault, request, place, within), call);
}

function withSize(request: ImportRequest): KeyKind {
  const { material, size } = request;
  const octets = material.kty === 'RSA' ? material.n : material.kty === 'oct' ? material.k : undefined;
  if (size !== undefined || octets === undefined) return request;
  return { ...request, size: Buffer.from(octets, 'base64url').length * 8 };
}

/** As {@link createVersion}, from given material. */
export function importVersion(vault: Pkcs11Vault, request: ImportRequest, call: Call): Promise<KeyRecord> {
  const kind = withSize(request);
  return makeAsked(
    vault,
    request,
    (place, within) => importObjects(vault, kind, place, request.material, within),
    call,
  );
}
