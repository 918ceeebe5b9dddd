import type { JobCall } from './token/token.ts';
import type { TokenAccess } from './token-access.ts';
import type { ObjectClass } from './key-templates.ts';
import { cko } from './mechanisms.ts';

/** The objects that share one CKA_ID, by class. Of each there is one; more than one is somebody else's doing. */
export type ObjectSet = Readonly<Record<ObjectClass, readonly bigint[]>>;

const classOf: ReadonlyMap<number | undefined, ObjectClass> = new Map([
  [cko.privateKey, 'private'],
  [cko.publicKey, 'public'],
  [cko.secretKey, 'secret'],
] as const);

/** Finds the key objects with a CKA_ID. */
export async function findObjects(access: TokenAccess, id: Uint8Array, call: JobCall): Promise<ObjectSet> {
  const found = await access.token.run('findAndRead', { template: { id }, attributes: ['class'] }, call);
  const set: Record<ObjectClass, bigint[]> = { private: [], public: [], secret: [] };
  for (const { handle, attributes } of found) {
    const of = classOf.get(attributes.class);
    if (of !== undefined) set[of].push(handle);
  }
  return set;
}

const order = ['public', 'private', 'secret'] as const;

/** Drops what is remembered of the objects with a CKA_ID. */
function forgetObjects({ token }: Pick<TokenAccess, 'token'>, id: Uint8Array): void {
  for (const of of order) token.forget({ class: of, id });
}

/** Destroys every key object with a CKA_ID, the public one first. Nothing there is as good as done. */
export async function destroyObjects(access: TokenAccess, id: Uint8Array, call: JobCall): Promise<void> {
  const set = await findObjects(access, id, call);
  for (const of of order) {
    for (const handle of set[of]) await access.token.run('destroy', { object: { handle } }, call);
  }
  forgetObjects(access, id);
}
