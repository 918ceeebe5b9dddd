import type { KeyOperation } from '@keyway/core';
import { encryptionRows } from './algorithm-ids.ts';
import type { CaseContext } from './case-context.ts';
import { anyKeyOf, kindOf } from './key-kinds.ts';
import type { KeyKind } from './key-kinds.ts';
import { makeKey, standardOperations } from './make-key.ts';
import type { MadeKey, MakeKeyOptions } from './make-key.ts';
import { firstSupported, isSupported } from './requires.ts';
import type { AnyOf, TraitRequirement } from './requires.ts';

/** Kinds of key for promises that hold for every kind, cheapest first. */
const preferred: readonly KeyKind[] = [
  'p-256',
  'oct-256',
  'ed25519',
  'p-384',
  'rsa-2048',
  'oct-128',
  'rsa-3072',
].map(kindOf);

type Origin = 'created' | 'imported' | 'cheapest';

function waysOf(kind: KeyKind, origin: Origin): AnyOf['anyOf'] {
  const { anyOf } = anyKeyOf(kind);
  if (origin === 'cheapest') return anyOf;
  return anyOf.filter(({ operation }) => operation === (origin === 'created' ? 'createKey' : 'importKey'));
}

/** The requirement that some key can be made. */
export const anyKey: AnyOf = { anyOf: preferred.flatMap((kind) => waysOf(kind, 'cheapest')) };

/** The requirement that some key can be created at the vault. */
export const anyCreated: AnyOf = { anyOf: preferred.flatMap((kind) => waysOf(kind, 'created')) };

/** The requirement that symmetric keys encrypt. */
export const symmetricEncryption: AnyOf = {
  anyOf: encryptionRows
    .filter(({ family }) => family === 'oct')
    .map(({ name }) => ({ operation: 'encrypt', algorithm: name }) as const),
};

/** The requirement that the vault knows a member of the options with which keys are created. */
export function createdWith(member: string): TraitRequirement {
  return { trait: `member:createKey.${member}` };
}

/** The requirement that the vault knows a member of a change. */
export function updatedWith(member: string): TraitRequirement {
  return { trait: `member:updateKeyProperties.${member}` };
}

/** The kind of key that `makeAnyKey` makes in this vault. */
export function anyKind(context: CaseContext, origin: Origin = 'cheapest'): KeyKind {
  const kind = preferred.find(
    (each) => firstSupported(context.capabilities, waysOf(each, origin)) !== undefined,
  );
  if (kind === undefined) throw new Error('The vault declares no way in which such a key could come into it');
  return kind;
}

/** Makes a key of whatever kind the vault has, by creating it where the vault can. */
export function makeAnyKey(context: CaseContext, options: MakeKeyOptions = {}): Promise<MadeKey> {
  const kind = anyKind(context, options.origin);
  return makeKey(context, kind, { keyOperations: servedOperations(context, kind), ...options });
}

/** The operations of a kind of key that the vault has algorithms for: symmetric keys sign where they do nothing else. */
export function servedOperations(context: CaseContext, kind: KeyKind): readonly KeyOperation[] {
  const encrypts = encryptionRows.some(
    ({ name, family }) =>
      family === kind.family && isSupported(context.capabilities, { operation: 'encrypt', algorithm: name }),
  );
  return kind.family === 'oct' && !encrypts ? ['sign', 'verify'] : standardOperations(kind);
}
