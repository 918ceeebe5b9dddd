import { deepEqual, equal, ok } from 'node:assert/strict';
import { curves } from '@keyway/core/driver';
import type { JsonWebKey, KeyManager, KeyOperation, ManagedKey, NewVersionOptions } from '@keyway/core';
import type { CaseContext } from './case-context.ts';
import { kindQuery, shapeOptions } from './key-kinds.ts';
import type { KeyKind } from './key-kinds.ts';
import { isSupported } from './requires.ts';
import { publicHalf, testKey } from './test-keys.ts';

/** How a key for a case is to be made. */
export interface MakeKeyOptions extends NewVersionOptions {
  readonly name?: string | undefined;
  /** `created` and `imported` insist; `cheapest` imports RSA keys, which are slow to create, and creates the others. */
  readonly origin?: 'created' | 'imported' | 'cheapest' | undefined;
  /** Which of the two test keys is imported. */
  readonly index?: number | undefined;
  readonly manager?: KeyManager | undefined;
}

/** A key in the vault, as a case knows it. */
export interface MadeKey {
  readonly name: string;
  readonly version: string;
  readonly managed: ManagedKey;
  /** What checks outside use: the public JWK that the vault gave or, of an imported key, the public half that went in. */
  readonly publicKey: JsonWebKey;
  /** The private JWK, of an imported key. */
  readonly privateKey: JsonWebKey | undefined;
}

/** The operations a kind of key has where nobody asks for others. */
export function standardOperations(kind: KeyKind): readonly KeyOperation[] {
  // A symmetric key of more than 256 bits serves HMAC only.
  const encrypts = kind.family === 'oct' && (kind.size ?? 256) <= 256;
  return encrypts ? ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] : ['sign', 'verify'];
}

/** Makes a key and checks that it is what was asked for: every case stands on this ground. */
export async function makeKey(
  context: CaseContext,
  kind: KeyKind,
  options: MakeKeyOptions = {},
): Promise<MadeKey> {
  const {
    name = context.newName(),
    origin = 'cheapest',
    index = 0,
    manager = context.manager,
    ...wanted
  } = options;
  const hardware =
    !isSupported(context.capabilities, kindQuery('createKey', kind)) &&
    !isSupported(context.capabilities, kindQuery('importKey', kind));
  const imports = wantsImport(context, kind, origin, hardware);
  const keyType = hardware ? (`${kind.family}-HSM` as const) : kind.family;
  const material = imports ? await testKey(kind, index) : undefined;
  const managed =
    material === undefined
      ? await manager.createKey(name, keyType, { ...shapeOptions(kind), ...wanted })
      : await manager.importKey(name, { ...material, kty: keyType }, { ...restriction(kind), ...wanted });
  checkMade(managed, name, keyType, kind, wanted.keyOperations ?? standardOperations(kind));
  const version = managed.properties.version ?? '';
  ok(version !== '', 'a new key names its version');
  if (material !== undefined && kind.family !== 'oct') checkPublicHalf(managed.key, publicHalf(material));
  return {
    name,
    version,
    managed,
    publicKey: material === undefined ? managed.key : publicHalf(material),
    privateKey: material,
  };
}

/** Gives a key that cases share, for those that do not change it. */
export function shareKey(context: CaseContext, kind: KeyKind, options: MakeKeyOptions): Promise<MadeKey> {
  return context.share(`${kind.id} ${JSON.stringify(options)}`, (owner) => makeKey(owner, kind, options));
}

/** A key that is to have two versions. */
export interface TwoVersions {
  readonly first: MadeKey;
  /** How to get a client for the first version now: by its name alone, or by its version where the second is there already. */
  readonly atFirst: { readonly version?: string };
  makeSecond(): Promise<MadeKey>;
}

/** Makes a key that is to have two versions. RSA keys, whose import is slow, are shared by all cases that need two. */
export async function makeTwoVersions(
  context: CaseContext,
  kind: KeyKind,
  options: MakeKeyOptions,
): Promise<TwoVersions> {
  const makeFirst = (within: CaseContext): Promise<MadeKey> => makeKey(within, kind, options);
  const makeNext = (within: CaseContext, name: string): Promise<MadeKey> =>
    makeKey(within, kind, { ...options, name, index: 1 });
  if (kind.family !== 'RSA') {
    const first = await makeFirst(context);
    return { first, atFirst: {}, makeSecond: () => makeNext(context, first.name) };
  }
  const first = await context.share(`first ${kind.id} ${JSON.stringify(options)}`, makeFirst);
  const makeSecond = (): Promise<MadeKey> =>
    context.share(`second of ${first.name}`, (owner) => makeNext(owner, first.name));
  return { first, atFirst: { version: first.version }, makeSecond };
}

function restriction(kind: KeyKind): NewVersionOptions {
  return kind.parameterSet === undefined ? {} : { algorithm: kind.parameterSet };
}

function wantsImport(context: CaseContext, kind: KeyKind, origin: string, hardware: boolean): boolean {
  if (origin !== 'cheapest') return origin === 'imported';
  const can = (operation: 'createKey' | 'importKey'): boolean =>
    isSupported(context.capabilities, kindQuery(operation, kind, hardware));
  return kind.family === 'RSA' && !context.createsRsaFast ? can('importKey') : !can('createKey');
}

function checkMade(
  managed: ManagedKey,
  name: string,
  keyType: string,
  kind: KeyKind,
  keyOperations: readonly KeyOperation[],
): void {
  equal(managed.name, name, 'the key has the name that was asked for');
  equal(managed.keyType, keyType, 'the key has the type that was asked for');
  deepEqual(
    [...(managed.properties.keyOperations ?? [])].sort(),
    [...keyOperations].sort(),
    'and its operations',
  );
  equal(managed.key.kty, kind.family, 'its JWK is of the family');
  if (kind.curve !== undefined) equal(managed.key.crv, curves[kind.curve].crv, 'its JWK is on the curve');
  if (kind.parameterSet !== undefined)
    equal(managed.key.alg, kind.parameterSet, 'its JWK is of the parameter set');
  if (kind.family === 'RSA' && managed.key.n !== undefined) {
    equal(Buffer.from(managed.key.n, 'base64url').length * 8, kind.size, 'its modulus has the size');
  }
}

function checkPublicHalf(given: JsonWebKey, expected: JsonWebKey): void {
  for (const [member, value] of Object.entries(expected)) {
    equal(given[member as keyof JsonWebKey], value, `the public JWK has the imported ${member}`);
  }
}
