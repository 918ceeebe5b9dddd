import { cko } from '../mechanisms.ts';
import { repeatVanished, unlessVanished } from '../repeat-vanished.ts';
import { isTokenError } from '../token/return-values.ts';
import type { JobCall, Token } from '../token/token.ts';

/** CKA_APPLICATION of every object of ours that is no key. */
const application = 'keyway';

/** An object with its value. */
export interface DataObject {
  readonly handle: bigint;
  readonly octets: Uint8Array;
}

/** The data objects of one namespace on a token, by label. */
export interface DataObjects {
  /** The objects of a label. */
  read(label: string, call: JobCall): Promise<readonly DataObject[]>;
  create(label: string, octets: Uint8Array, call: JobCall): Promise<void>;
  /** Destroys an object, if somebody has not done so before. */
  destroy(handle: bigint, call: JobCall): Promise<void>;
  /** The labels that begin so, each as often as there are objects of it. */
  labels(prefix: string, call: JobCall): Promise<readonly string[]>;
}

/** How often a label is looked for while others keep changing objects. */
const maxLooks = 20;

const sameHandles = (one: readonly bigint[], other: readonly bigint[]): boolean =>
  one.length === other.length && new Set([...one, ...other]).size === one.length;

/** CKR_GENERAL_ERROR, which SoftHSM2 gives where two threads write at the same time. */
const generalError = 0x05;

/** Makes an object, again where the token failed at it: two equal ones are as good as one. */
async function createOnce(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run();
      return;
    } catch (error) {
      if (!isTokenError(error) || error.ckr !== generalError || attempt === 5) throw error;
    }
  }
}

/**
 * Makes the access to the data objects of a token. Tokens compare labels one object after the other, and may decrypt each
 * for that; so the handles of a class are asked for, which costs little, and the label of each is read only once.
 */
export function createDataObjects(token: Token): DataObjects {
  let labels = new Map<bigint, string>();
  async function learn(handle: bigint, call: JobCall): Promise<readonly [bigint, string]> {
    const attributes = ['application', 'label'] as const;
    const found = await unlessVanished(() => token.run('read', { object: { handle }, attributes }, call));
    // The label of an object that is not ours is of no concern; no label of ours is empty.
    return [handle, found?.application === application ? (found.label ?? '') : ''];
  }
  /** Gives all handles, in no order. */
  async function refresh(call: JobCall): Promise<readonly bigint[]> {
    const handles = await token.run('find', { template: { class: cko.data, token: true } }, call);
    const before = labels;
    const entries = await Promise.all(
      handles.map((handle) => {
        const label = before.get(handle);
        return label === undefined ? learn(handle, call) : Promise.resolve([handle, label] as const);
      }),
    );
    labels = new Map(entries);
    return handles;
  }
  /** The objects of a label among those that are known; undefined where one is not what it was. */
  async function known(label: string, call: JobCall): Promise<readonly DataObject[] | undefined> {
    const handles = [...labels].filter(([, found]) => found === label).map(([handle]) => handle);
    const objects = await Promise.all(
      handles.map(async (handle) => {
        const attributes = ['application', 'label', 'value'] as const;
        const found = await unlessVanished(() => token.run('read', { object: { handle }, attributes }, call));
        const still = found?.application === application && found.label === label;
        return still && found.value !== undefined ? { handle, octets: found.value } : undefined;
      }),
    );
    return objects.every((object) => object !== undefined) ? objects : undefined;
  }
  /** Asks the token itself: for objects that took over the handle of another. */
  async function search(label: string, call: JobCall): Promise<readonly DataObject[]> {
    const template = { class: cko.data, token: true, application, label };
    const found = await repeatVanished(() =>
      token.run('findAndRead', { template, attributes: ['value'] }, call),
    );
    return found.flatMap(({ handle, attributes: { value } }) =>
      value === undefined ? [] : [{ handle, octets: value }],
    );
  }
  return {
    async read(label, call) {
      for (let look = 1; ; look++) {
        const before = await refresh(call);
        const objects = await known(label, call);
        if (objects !== undefined && objects.length > 0) return objects;
        const missed = await search(label, call);
        if (missed.length > 0) {
          labels = new Map();
          return missed;
        }
        // While others put one object in the place of another, a look may show neither: only where nothing has changed
        // from its beginning to its end is nothing there.
        const after = await refresh(call);
        if (look === maxLooks || sameHandles(before, after)) return [];
      }
    },
    async create(label, octets, call) {
      const template = { class: cko.data, token: true, private: true, application, label, value: octets };
      await createOnce(() => token.run('create', { template }, call));
    },
    async destroy(handle, call) {
      labels.delete(handle);
      await unlessVanished(() => token.run('destroy', { object: { handle } }, call));
    },
    async labels(prefix, call) {
      await refresh(call);
      return [...labels.values()].filter((label) => label.startsWith(prefix));
    },
  };
}
