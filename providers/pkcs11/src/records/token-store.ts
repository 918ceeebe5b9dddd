import type { MetadataEntry, MetadataStore } from '@keyway/core/driver';
import type { JobCall, Token } from '../token/token.ts';
import { createDataObjects } from './data-objects.ts';
import type { DataObject } from './data-objects.ts';

/** Makes one entry of several that writers left side by side. Must give the same for the same entries. */
export type Combine = (key: string, entries: readonly Uint8Array[], call: JobCall) => Promise<Uint8Array>;

/** How often a writer makes one object of several before it leaves that to the next one. */
const maxRounds = 8;

const same = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one === undefined || other === undefined ? one === other : Buffer.compare(one, other) === 0;

/** The store, and what only it needs. */
export interface TokenStore extends MetadataStore {
  /** Makes one object of every entry that killed writers have left in several. */
  tidy(call: JobCall): Promise<void>;
}

/**
 * A store of data objects on a token. The value of such an object cannot be changed: a new object is made, then the one
 * that it follows is destroyed, and no other. So what two writers made at once stands side by side, and `read` gives what
 * both amount to.
 */
export function createTokenStore(token: Token, namespace: string, combine: Combine): TokenStore {
  const objects = createDataObjects(token);
  const prefixed = (key: string): string => `${namespace}/${key}`;

  async function amount(
    key: string,
    found: readonly DataObject[],
    call: JobCall,
  ): Promise<Uint8Array | undefined> {
    const [first] = found;
    if (first === undefined || found.length === 1) return first?.octets;
    const entries = found.map(({ octets }) => octets);
    return combine(key, entries, call);
  }
  async function destroyAll(found: readonly DataObject[], call: JobCall): Promise<void> {
    for (const { handle } of found) await objects.destroy(handle, call);
  }
  /** Makes one object of what stands side by side, so that whoever wrote last has seen what the others wrote. */
  async function settle(key: string, call: JobCall): Promise<void> {
    const label = prefixed(key);
    for (let round = 1; round <= maxRounds; round++) {
      const found = await objects.read(label, call);
      if (found.length < 2) return;
      const whole = await amount(key, found, call);
      if (whole === undefined) return;
      // Of equal ones every writer must keep the same one: otherwise two of them leave none.
      const [kept] = found
        .filter(({ octets }) => same(octets, whole))
        .toSorted((one, other) => (one.mark < other.mark ? -1 : 1));
      if (kept === undefined) await objects.create(label, whole, call);
      await destroyAll(
        found.filter((object) => object !== kept),
        call,
      );
    }
  }
  async function read(key: string, call: JobCall): Promise<Uint8Array | undefined> {
    return amount(key, await objects.read(prefixed(key), call), call);
  }
  return {
    atomic: false,
    read,
    async write(key, octets, expected, call) {
      const label = prefixed(key);
      const found = await objects.read(label, call);
      if (!same(await amount(key, found, call), expected)) return false;
      if (same(octets, expected) && found.length === 1) return true;
      await objects.create(label, octets, call);
      await destroyAll(found, call);
      await settle(key, call);
      return true;
    },
    async remove(key, expected, call) {
      const label = prefixed(key);
      const found = await objects.read(label, call);
      if (!same(await amount(key, found, call), expected)) return false;
      // What is left of a removal that was killed must not be an older state.
      const last = found.filter(({ octets }) => same(octets, expected));
      await destroyAll([...found.filter((object) => !last.includes(object)), ...last], call);
      return true;
    },
    async tidy(call) {
      const labels = await objects.labels(prefixed(''), call);
      const several = labels.filter((label, index) => labels.indexOf(label) !== index);
      for (const label of new Set(several)) await settle(label.slice(namespace.length + 1), call);
    },
    async list({ prefix, after = '', limit }, call) {
      const labels = await objects.labels(prefixed(prefix), call);
      const keys = [...new Set(labels)].map((label) => label.slice(namespace.length + 1));
      const wanted = keys.filter((key) => key > after).toSorted((one, other) => (one < other ? -1 : 1));
      const entries: MetadataEntry[] = [];
      for (const key of wanted) {
        if (entries.length === limit) break;
        const octets = await read(key, call);
        // Somebody has removed it meanwhile.
        if (octets !== undefined) entries.push({ key, octets });
      }
      return entries;
    },
    close: () => Promise.resolve(),
  };
}
