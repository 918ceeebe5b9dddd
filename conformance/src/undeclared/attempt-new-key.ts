import { familyOf } from '@keyway/core/driver';
import type { CapabilityQuery, JsonWebKey, KeyType } from '@keyway/core';
import type { NewVersionRequest } from '@keyway/core/driver';
import type { CaseContext } from '../case-context.ts';
import { keyKinds, shapeOptions } from '../key-kinds.ts';
import type { KeyKind } from '../key-kinds.ts';
import { standardOperations } from '../make-key.ts';
import { testKey } from '../test-keys.ts';
import type { Attempt } from './attempts.ts';

/** Tries to create or import a key of a kind that is not declared. */
export async function attemptNewKey(
  context: CaseContext,
  query: CapabilityQuery,
  operation: 'createKey' | 'importKey',
): Promise<Attempt> {
  const keyType = query.keyType ?? 'RSA';
  const kind = kindOfQuery(query, keyType);
  const request: NewVersionRequest = {
    name: context.newName(),
    keyType,
    ...(kind.size === undefined ? {} : { size: kind.size }),
    ...(kind.curve === undefined ? {} : { curve: kind.curve }),
    ...(kind.parameterSet === undefined ? {} : { algorithm: kind.parameterSet }),
    keyOperations: standardOperations(kind),
    enabled: true,
    tags: {},
  };
  return operation === 'createKey'
    ? attemptCreate(context, kind, request)
    : attemptImport(context, kind, request, await testKey(kind));
}

function attemptCreate(context: CaseContext, kind: KeyKind, request: NewVersionRequest): Attempt {
  const { create } = context.driver.keys;
  const options = { ...shapeOptions(kind), keyOperations: request.keyOperations };
  return {
    throughManager: () => context.manager.createKey(request.name, request.keyType, options),
    atDriver: create === undefined ? undefined : () => create(request, context.call()),
  };
}

function attemptImport(
  context: CaseContext,
  kind: KeyKind,
  request: NewVersionRequest,
  material: JsonWebKey,
): Attempt {
  const { import: importMaterial } = context.driver.keys;
  const { keyOperations } = request;
  const options = {
    keyOperations,
    ...(kind.parameterSet === undefined ? {} : { algorithm: kind.parameterSet }),
  };
  const typed = { ...material, kty: request.keyType };
  return {
    throughManager: () => context.manager.importKey(request.name, typed, options),
    atDriver:
      importMaterial === undefined
        ? undefined
        : () => importMaterial({ ...request, material }, context.call()),
  };
}

function kindOfQuery(query: CapabilityQuery, keyType: KeyType): KeyKind {
  const family = familyOf(keyType);
  const kind = keyKinds.find(
    (each) =>
      each.family === family &&
      (query.size === undefined || each.size === query.size) &&
      (query.curve === undefined || each.curve === query.curve) &&
      (family !== 'AKP' || query.algorithm === undefined || each.parameterSet === query.algorithm),
  );
  if (kind === undefined) throw new Error(`No kind of key answers to ${JSON.stringify(query)}`);
  return kind;
}
