import { cko } from './mechanisms.ts';
import { unlessVanished } from './repeat-vanished.ts';
import type { JobCall, Token } from './token/token.ts';

/** A private or secret key object of a token, whoever made it. */
export interface IndexedObject {
  readonly handle: bigint;
  readonly class: 'private' | 'secret';
  readonly id: Uint8Array;
  readonly label: string;
}

/** All private and secret keys of a token. What of an object was read once is not read again. */
export interface ObjectIndex {
  /** As they are now, but for labels that were changed since they were read. */
  list(call: JobCall): Promise<readonly IndexedObject[]>;
  /** Forgets what was read. */
  clear(): void;
}

const classes = { private: cko.privateKey, secret: cko.secretKey } as const;

/** Makes the index of a token. To look for a class costs little; to compare labels and ids may cost a decryption each. */
export function createObjectIndex(token: Token): ObjectIndex {
  const known = { private: new Map<bigint, IndexedObject>(), secret: new Map<bigint, IndexedObject>() };

  async function learn(
    of: IndexedObject['class'],
    handle: bigint,
    call: JobCall,
  ): Promise<IndexedObject | undefined> {
    const attributes = ['id', 'label'] as const;
    const found = await unlessVanished(() => token.run('read', { object: { handle }, attributes }, call));
    return found && { handle, class: of, id: found.id ?? new Uint8Array(), label: found.label ?? '' };
  }
  async function refresh(of: IndexedObject['class'], call: JobCall): Promise<readonly IndexedObject[]> {
    const handles = await token.run('find', { template: { class: classes[of], token: true } }, call);
    const before = known[of];
    const found = await Promise.all(
      handles.map((handle) =>
        Promise.resolve(before.get(handle)).then((seen) => seen ?? learn(of, handle, call)),
      ),
    );
    const objects = found.filter((object) => object !== undefined);
    known[of] = new Map(objects.map((object) => [object.handle, object]));
    return objects;
  }
  return {
    async list(call) {
      return [...(await refresh('private', call)), ...(await refresh('secret', call))];
    },
    clear() {
      known.private.clear();
      known.secret.clear();
    },
  };
}
