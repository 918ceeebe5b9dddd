import { randomBytes } from 'node:crypto';
import { cko } from '../mechanisms.ts';
import { pauseBefore, repeatFailed } from '../repeat-failed.ts';
import { repeatVanished, unlessVanished } from '../repeat-vanished.ts';
import type { Attributes } from '../token/attributes.ts';
import type { JobCall, Token } from '../token/token.ts';

/** CKA_APPLICATION of every object of ours that is no key. */
const application = 'keyway';

/** An object with its value. */
export interface DataObject {
  readonly handle: bigint;
  readonly octets: Uint8Array;
  /** Tells it from an equal one, to all processes alike: handles are each process's own. */
  readonly mark: string;
}

/** CKA_OBJECT_ID wants an object identifier: one below 2.25, where any number may be taken without asking. */
const freshMark = (): Uint8Array => {
  const digits = randomBytes(15).map((digit, at) => (at === 0 ? (digit & 0x7e) + 0x81 : digit | 0x80));
  const last = (digits.at(-1) ?? 0) & 0x7f;
  return Uint8Array.from([0x06, digits.length + 1, 0x69, ...digits.subarray(0, -1), last]);
};

function toDataObject(handle: bigint, { value, objectId }: Attributes): readonly DataObject[] {
  if (value === undefined) return [];
  return [{ handle, octets: value, mark: Buffer.from(objectId ?? []).toString('hex') }];
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

/** How often an object is read that is there, but does not tell what it is: somebody is writing it. */
const maxReads = 4;

/**
 * Makes the access to the data objects of a token. Tokens compare labels one object after the other, and may decrypt each
 * for that; so the handles of a class are asked for, which costs little, and the label of each is read only once.
 */
export function createDataObjects(token: Token): DataObjects {
  let labels = new Map<bigint, string>();
  async function learn(handle: bigint, call: JobCall): Promise<readonly [bigint, string] | undefined> {
    const attributes = ['application', 'label'] as const;
    for (let look = 1; look <= maxReads; look++) {
      const found = await unlessVanished(() => token.run('read', { object: { handle }, attributes }, call));
      if (found === undefined) return undefined;
      // The label of an object that is not ours is of no concern; no label of ours is empty.
      if (found.application !== undefined)
        return [handle, found.application === application ? (found.label ?? '') : ''];
      await pauseBefore(look, call);
    }
    return undefined;
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
    labels = new Map(entries.filter((entry) => entry !== undefined));
    return handles;
  }
  /** The objects of a label among those that are known; undefined where one is not what it was. */
  async function known(label: string, call: JobCall): Promise<readonly DataObject[] | undefined> {
    const handles = [...labels].filter(([, found]) => found === label).map(([handle]) => handle);
    const objects = await Promise.all(
      handles.map(async (handle) => {
        const attributes = ['application', 'label', 'value', 'objectId'] as const;
        const found = await unlessVanished(() => token.run('read', { object: { handle }, attributes }, call));
        const still = found?.application === application && found.label === label;
        return still ? toDataObject(handle, found)[0] : undefined;
      }),
    );
    return objects.every((object) => object !== undefined) ? objects : undefined;
  }
  /** Asks the token itself: for objects that took over the handle of another. */
  async function search(label: string, call: JobCall): Promise<readonly DataObject[]> {
    const template = { class: cko.data, token: true, application, label };
    const found = await repeatVanished(() =>
      token.run('findAndRead', { template, attributes: ['value', 'objectId'], quietly: true }, call),
    );
    return found.flatMap(({ handle, attributes }) => toDataObject(handle, attributes));
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
      const shared = { class: cko.data, token: true, private: true, application };
      const template = { ...shared, label, objectId: freshMark(), value: octets };
      const isThere = async (): Promise<true | undefined> => {
        const found = await search(label, call);
        return found.some((object) => Buffer.compare(object.octets, octets) === 0) ? true : undefined;
      };
      await repeatFailed(() => token.run('create', { template }, call).then(() => true), isThere, call);
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
