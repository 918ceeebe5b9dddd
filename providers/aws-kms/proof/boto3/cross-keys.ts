import { createPublicKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { KeyManager } from '@keyway/core';
import type { Boto3 } from './boto3.ts';
import { crossKeyKind } from './cross-key-kinds.ts';
import type { CrossKeyKind } from './cross-key-kinds.ts';
import type { CrossOwner } from './cross-pairs.ts';

/** A key that both sides can use. */
export interface CrossKey {
  /** Keyway's name of it. */
  readonly name: string;
  /** KMS's id of it, which boto3 uses. */
  readonly sourceId: string;
  /** As boto3 gets it; absent for symmetric keys. */
  readonly publicKey: KeyObject | undefined;
}

/** Makes the keys of the pairs, each once. */
export type CrossKeys = (kind: CrossKeyKind, owner: CrossOwner) => Promise<CrossKey>;

/** Makes a source of keys. `aliasFor` says which alias makes a key of others visible to Keyway under a name. */
export function createCrossKeys(
  manager: KeyManager,
  boto3: Boto3,
  aliasFor: (name: string) => string,
): CrossKeys {
  const made = new Map<string, Promise<CrossKey>>();
  const run = randomBytes(4).toString('hex');
  const make = async (kind: CrossKeyKind, owner: CrossOwner): Promise<CrossKey> => {
    const name = `cross-${run}-${kind}-${owner}`;
    const sourceId = await bring(manager, boto3, { kind, owner, name, alias: aliasFor(name) });
    const { keyType } = crossKeyKind(kind);
    const publicKey = keyType === 'oct' ? undefined : await readPublicKey(boto3, sourceId);
    return { name, sourceId, publicKey };
  };
  return (kind, owner) => {
    const id = `${kind} ${owner}`;
    const key = made.get(id) ?? make(kind, owner);
    made.set(id, key);
    return key;
  };
}

interface Wanted {
  readonly kind: CrossKeyKind;
  readonly owner: CrossOwner;
  readonly name: string;
  readonly alias: string;
}

/** Makes a key, and gives KMS's id of it. */
async function bring(
  manager: KeyManager,
  boto3: Boto3,
  { kind, owner, name, alias }: Wanted,
): Promise<string> {
  const { spec, usage, keyType, options } = crossKeyKind(kind);
  if (owner === 'own') {
    const { properties } = await manager.createKey(name, keyType, options);
    if (properties.sourceId === undefined) throw new Error('The key has no sourceId');
    return properties.sourceId;
  }
  const { KeyMetadata } = await boto3.call('create_key', { KeySpec: spec, KeyUsage: usage });
  const { KeyId: sourceId } = KeyMetadata as { readonly KeyId: string };
  if (owner === 'external') await boto3.call('create_alias', { AliasName: alias, TargetKeyId: sourceId });
  const { properties } =
    owner === 'adopted' ? await manager.adoptKey(name, sourceId) : await manager.getKey(name);
  const expected = owner === 'adopted' ? 'own' : 'external';
  if (properties.ownership !== expected)
    throw new Error(`The key is ${properties.ownership}, not ${expected}`);
  return sourceId;
}

async function readPublicKey(boto3: Boto3, sourceId: string): Promise<KeyObject> {
  const { PublicKey } = await boto3.call('get_public_key', { KeyId: sourceId });
  return createPublicKey({ key: PublicKey as Buffer, format: 'der', type: 'spki' });
}
