import { randomBytes } from 'node:crypto';
import { familyOf } from '@keyway/core/driver';
import type { AlgorithmName, CryptographyMethods, JsonWebKey, KeyRecord, KeyUse } from '@keyway/core/driver';
import { createCryptographyMethods } from '../src/cryptography.ts';
import { importObjects } from '../src/import-material.ts';
import type { KeyKind } from '../src/key-kind.ts';
import type { MadeObjects } from '../src/made-objects.ts';
import { generateObjects } from '../src/make-objects.ts';
import type { TokenAccess } from '../src/token-access.ts';
import { expectedFeatures } from './expected-features.ts';
import { testCall, tokenOf } from './token-of.ts';
import type { Library } from './token-of.ts';

/** The CKA_ID of each key that was made here, by its name. */
const ids = new Map<string, Uint8Array>();

/** Access to the token of a library. Its features are those that the test of the probes requires. */
export async function accessTo(library: Library, values: Partial<TokenAccess> = {}): Promise<TokenAccess> {
  return {
    token: await tokenOf(library),
    features: expectedFeatures[library],
    plainImport: false,
    checkSignatures: 'all',
    objectId: ({ name }) => ids.get(name) ?? Uint8Array.of(0),
    ...values,
  };
}

/** All methods of the cryptography. Those that the token cannot have are missing all the same. */
export function methodsOf(access: TokenAccess): Required<CryptographyMethods> {
  return createCryptographyMethods(access) as Required<CryptographyMethods>;
}

/** What must be there. */
export function there<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('It is not there');
  return value;
}

/** A key on a token, as core would know it. */
export interface TestKey {
  readonly id: Uint8Array;
  readonly kind: KeyKind;
  readonly made: MadeObjects;
  readonly record: KeyRecord;
  use<Algorithm extends AlgorithmName>(algorithm: Algorithm): KeyUse & { readonly algorithm: Algorithm };
}

function asKey(name: string, id: Uint8Array, kind: KeyKind, made: MadeObjects): TestKey {
  const record: KeyRecord = {
    name,
    version: '0',
    sourceId: name,
    keyType: kind.keyType,
    curve: kind.curve,
    size: made.size,
    publicKey: made.publicKey,
    publicKeyAuthentic: made.publicKey !== undefined,
    createdOn: 0,
    enabled: true,
    keyOperations: kind.keyOperations,
    tags: {},
    ownership: 'own',
    status: 'ready',
    intact: true,
  };
  return { id, kind, made, record, use: (algorithm) => ({ name, version: '0', key: record, algorithm }) };
}

/** A new place on a token. */
export function freshPlace(): {
  readonly name: string;
  readonly place: { readonly id: Uint8Array; readonly label: string };
} {
  const id = Uint8Array.from(randomBytes(20));
  const name = Buffer.from(id).toString('hex');
  ids.set(name, id);
  return { name, place: { id, label: `test/${name}/0` } };
}

/** Makes a key on the token. */
export async function generated(access: TokenAccess, kind: KeyKind): Promise<TestKey> {
  const { name, place } = freshPlace();
  return asKey(name, place.id, kind, await generateObjects(access, kind, place, testCall()));
}

/** Brings a key in. */
export async function imported(access: TokenAccess, kind: KeyKind, jwk: JsonWebKey): Promise<TestKey> {
  const { name, place } = freshPlace();
  const size =
    familyOf(kind.keyType) === 'oct' ? Buffer.from(jwk.k ?? '', 'base64url').length * 8 : kind.size;
  return asKey(name, place.id, kind, await importObjects(access, { ...kind, size }, place, jwk, testCall()));
}
